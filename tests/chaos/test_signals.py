"""Whatever ends a live run, and whenever: one job a training, and the same results in the end.

The run is a process, or three; the service is another one, with a journal, and is killed too. Each case is
ended by signals at moments drawn at random, and gone on with until it is done.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import RESULTS, make_folder
from fbench.runner.pool import GROUP
from tests.cli.cli_user import MODEL, begin
from tests.pipeline.test_recovery import Server, started

DRAWN = range(300 if os.environ.get("FBENCH_CHAOS") else 1)
CONCURRENCY = 4
ENDINGS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
ASKED = (
    "--task",
    "people",
    "--limit",
    6,
    "--model",
    MODEL,
    "--epochs",
    1,
    "--epochs",
    2,
    "--upstream",
    "live",
)
WORKING = ("--concurrency", CONCURRENCY, "--budget-usd", 50, "--quiet")
EXPERIMENT = Experiment(tasks=("people",), limit=6, models=(MODEL,), epochs=(1, 2), upstream="live")
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


def ended(process: subprocess.Popen[str], number: signal.Signals, after: float) -> bool:
    """Whether the process was still at work when the signal came."""
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        process.communicate(timeout=PATIENCE)
        return True
    return False


@pytest.mark.parametrize("seed", DRAWN)
def test_signals_at_any_moment_buy_nothing_twice(
    seed: int,
    server: Server,
    undisturbed: tuple[bytes, int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(seed)  # noqa: S311 - it draws moments
    results, jobs, answers = undisturbed
    server.control("reset")
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the server's own
    working = [*WORKING, "--jobs", rng.choice([1, 2])]
    recording = ("--cassettes", "recorded", "--record", "all") if rng.random() < 0.3 else ()
    run = tmp_path / "run"
    kills = 0
    deadline = time.monotonic() + PATIENCE
    while not (run / RESULTS).exists():
        assert time.monotonic() < deadline
        if (run / "config.toml").exists():
            asked = ("resume", "run", *working)
        else:
            asked = ("run", *ASKED, *working, "--yes", "--out", "run", *recording)
        number = rng.choice(ENDINGS)
        after = rng.uniform(0.6, 4.0) if kills < 4 else PATIENCE
        kills += ended(begin(tmp_path, *asked), number, after)

    bill = server.bill
    assert bill.jobs == jobs
    assert answers <= bill.answers <= answers + kills * (CONCURRENCY + GROUP)
    assert (run / RESULTS).read_bytes() == results
    assert not (run / "run.lock").exists()
