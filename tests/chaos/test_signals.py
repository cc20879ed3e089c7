"""Whatever ends a live run, and whenever: one job a training, and the same results in the end.

The run is a process, or three; the service is another one. Each case is ended by signals, at moments drawn at
random or at the labelled points of `points.py`, and gone on with until it is done. The service is killed too.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from fbench.datasets.model import Role
from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import RESULTS, make_folder
from fbench.runner.pool import GROUP
from tests.chaos.points import MESSAGES, POINTS, RECORDING, VARIABLE
from tests.cli.cli_user import MODEL, begin
from tests.pipeline.test_recovery import Server, started

IS_WHOLE = bool(os.environ.get("FBENCH_CHAOS"))
DRAWN = range(300 if IS_WHOLE else 1)
KILLED = range(60 if IS_WHOLE else 1)
TIMES = 4 if IS_WHOLE else 1
CONCURRENCY = 4
ENDINGS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ASKED = (
    "--task",
    "people",
    "--limit",
    6,
    "--roles",
    "taught,same",
    "--model",
    MODEL,
    "--epochs",
    1,
    "--epochs",
    2,
    "--upstream",
    "live",
)
RECORDED = ("--cassettes", "recorded", "--record", "all")
WORKING = ("--concurrency", CONCURRENCY, "--budget-usd", 50, "--quiet")
EXPERIMENT = Experiment(
    tasks=("people",),
    limit=6,
    roles=(Role.TAUGHT, Role.SAME),
    models=(MODEL,),
    epochs=(1, 2),
    upstream="live",
)
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from started()


@pytest.fixture(scope="module")
def undisturbed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, int, int]:
    """The results of a run to which nothing happens, its jobs, and its answers."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environ.items():
            patch.setenv(name, value)
        make_folder(folder, EXPERIMENT)
        execute(prepare(EXPERIMENT), folder, jobs=1)
    bill = server.bill
    return (folder / RESULTS).read_bytes(), bill.jobs, bill.answers


class Ended:
    """A run in `folder/run` that is ended again and again, and gone on with."""

    def __init__(self, folder: Path, *how: object, recorded: bool) -> None:
        self.folder, self.run = folder, folder / "run"
        self._working, self._recording = (*WORKING, *how), RECORDED if recorded else ()
        self.kills = 0
        self.is_done = False

    def go_on(self, module: str = "fbench") -> None:
        """Begins the run or goes on with it, until the process ends; one that does not is killed."""
        process = self.begin(module)
        try:
            self.wait(process)
        finally:
            process.kill()

    def wait(self, process: subprocess.Popen[str], timeout: float = PATIENCE) -> None:
        process.communicate(timeout=timeout)
        self.is_done = process.returncode == 0

    def begin(self, module: str = "fbench") -> subprocess.Popen[str]:
        """Begins the run, or goes on with it."""
        if (self.run / "config.toml").exists():
            asked: tuple[object, ...] = ("resume", "run", *self._working)
        else:
            asked = ("run", *ASKED, *self._working, "--yes", "--out", "run", *self._recording)
        return begin(self.folder, *asked, module=module)

    def end(self, number: signal.Signals, after: float) -> None:
        """Ends it after some seconds, if it is still at work then."""
        process = self.begin()
        try:
            self.wait(process, after)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            self.wait(process)
            self.kills += 1

    def finish(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_done:
            assert time.monotonic() < deadline
            self.go_on()


def assert_as_undisturbed(ended: Ended, server: Server, undisturbed: tuple[bytes, int, int]) -> None:
    results, jobs, answers = undisturbed
    bill = server.bill
    assert bill.jobs == jobs
    assert answers <= bill.answers <= answers + ended.kills * (CONCURRENCY + GROUP)
    assert (ended.run / RESULTS).read_bytes() == results
    assert not (ended.run / "run.lock").exists()


@pytest.fixture
def live(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with an empty world, where live services would be."""
    server.control("reset")
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the server's own
    return server


@pytest.mark.parametrize("seed", DRAWN)
def test_signals_at_any_moment_buy_nothing_twice(
    seed: int, live: Server, undisturbed: tuple[bytes, int, int], tmp_path: Path
) -> None:
    rng = random.Random(seed)  # noqa: S311 - it draws moments
    ended = Ended(tmp_path, "--jobs", rng.choice([1, 2]), recorded=rng.random() < 0.3)
    for _ in range(4):
        if not ended.is_done:
            ended.end(rng.choice(ENDINGS), rng.uniform(0.6, 4.0))
    ended.finish()
    assert_as_undisturbed(ended, live, undisturbed)


class Case(NamedTuple):
    """A signal at a labelled point of a run."""

    point: str
    number: signal.Signals
    jobs: int
    recorded: bool


def points_of(jobs: int, *, recorded: bool) -> dict[str, int]:
    """The labelled points of a run, and how often one of its processes comes by at least."""
    points = POINTS | (RECORDING if recorded else {})
    if jobs > 1:
        points |= {f"message {kind}": times for kind, times in MESSAGES.items()}
        # a point in workers is come by in one of them at least so often
        workers = ("request", "exchange", "message")
        points = {
            name: -(-times // jobs) if name.startswith(workers) else times for name, times in points.items()
        }
    return {f"{side} {point}": times for point, times in points.items() for side in ("before", "after")}


CASES = [
    Case(point, number, jobs, recorded)
    for jobs in (1, 2)
    for recorded in (False, True)
    for point in points_of(jobs, recorded=recorded)
    for number in ENDINGS
]


@pytest.mark.parametrize("case", CASES if IS_WHOLE else CASES[::300], ids=str)
@pytest.mark.long
def test_a_signal_at_a_labelled_point_buys_nothing_twice(
    case: Case,
    live: Server,
    undisturbed: tuple[bytes, int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The run is ended at the point, then at another one, if it comes by."""
    rng = random.Random(str(case))  # noqa: S311 - it draws points
    points = points_of(case.jobs, recorded=case.recorded)
    other = rng.choice(list(points))
    ended = Ended(tmp_path, "--jobs", case.jobs, recorded=case.recorded)
    for number, point in enumerate([case.point, other]):
        mark = tmp_path / f"mark{number}"
        time_come_by = rng.randint(1, points[point])
        monkeypatch.setenv(VARIABLE, f"{point};{time_come_by};{int(case.number)};{mark}")
        if not ended.is_done:
            ended.go_on("tests.chaos.points")
            assert number or mark.exists()
        ended.kills += mark.exists()
    monkeypatch.delenv(VARIABLE)
    ended.finish()
    assert_as_undisturbed(ended, live, undisturbed)


@pytest.mark.parametrize("jobs", [1, 2] if IS_WHOLE else [2])
@pytest.mark.long
def test_a_run_comes_by_every_labelled_point_and_no_other(
    jobs: int, live: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert live.bill.jobs == 0
    monkeypatch.setenv(VARIABLE, f";;;{tmp_path / 'come by'}")
    Ended(tmp_path, "--jobs", jobs, recorded=True).go_on("tests.chaos.points")
    times = Counter((tmp_path / "come by").read_text(encoding="utf-8").splitlines())
    points = points_of(jobs, recorded=True)
    assert times.keys() == points.keys()
    assert [point for point in points if times[point] < points[point]] == []


@pytest.mark.parametrize("seed", KILLED)
@pytest.mark.long
def test_a_service_that_is_killed_too_sells_nothing_twice(
    seed: int,
    undisturbed: tuple[bytes, int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The service keeps its state in a journal, and comes back at the same address."""
    rng = random.Random(seed)  # noqa: S311 - it draws moments
    results, jobs, _ = undisturbed
    journal = tmp_path / "journal"
    server = Server("--state", journal)
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    ended = Ended(tmp_path, "--jobs", rng.choice([1, 2]), recorded=rng.random() < 0.3)
    address: str = server.address
    port = urlsplit(address).port or 0
    try:
        for _ in range(TIMES):
            if ended.is_done:
                break
            process = ended.begin()
            time.sleep(rng.uniform(0.6, 3.0))
            victims = rng.choice([(server.process,), (process, server.process), (server.process, process)])
            for victim in victims:
                victim.kill()
                time.sleep(rng.uniform(0.0, 0.3))
            server.process.communicate()
            server = Server("--state", journal, port=port)
            ended.wait(process)
        ended.finish()
        assert server.bill.jobs == jobs
        assert (ended.run / RESULTS).read_bytes() == results
    finally:
        server.process.kill()
        server.process.communicate()
