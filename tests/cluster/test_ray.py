"""A run whose shards are tasks of a Ray cluster, which loses a node, is the run of one machine.

`nox -s cluster` has Ray; elsewhere this is skipped. The cluster and the service are processes on loopback.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.cli_user import MODEL, begin
from tests.cluster.live_runs import (
    BUDGET,
    MONEY,
    PACE,
    PATIENCE,
    TRAININGS,
    at_work_on,
    await_that,
    ended,
    fbench,
    results,
    spent,
)
from tests.pipeline.test_recovery import ASKS, CREATES, Server

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray: `nox -s cluster` has it")


class Cluster:
    """A cluster of a head and two nodes of one CPU each, in processes of a session of their own."""

    def __init__(self, folder: Path) -> None:
        self.errors = (folder / "cluster.log").open("w", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.nodes", "2"],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            start_new_session=True,
        )
        self.address = self.said()

    def said(self) -> str:
        """What it says next, to itself apart from what Ray says."""
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if re.fullmatch(r"[\d.]+:\d+|lost", line.strip()):
                return line.strip()
        raise AssertionError("the cluster ended")

    def lose_node_of(self, process: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"lose {process}\n")
        self.process.stdin.flush()
        assert self.said() == "lost"

    def processes(self) -> list[int]:
        """All processes of its session that live."""
        found: list[int] = []
        for each in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, _, _, session = each.read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    found.append(int(each.parent.name))
        return found

    def end(self) -> None:
        try:
            self.process.communicate(timeout=PATIENCE)
            await_that(lambda: not self.processes(), "all processes of the cluster have ended", 30)
        finally:
            for left in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(left, signal.SIGKILL)
            self.errors.close()


@pytest.fixture
def cluster(live: Path) -> Iterator[Cluster]:
    made = Cluster(live)
    try:
        yield made
    finally:
        made.end()


def on_ray(cluster: Cluster, *more: object, shards: int = 2) -> tuple[object, ...]:
    """A run on the cluster, in shards."""
    how = ("--executor", "ray", "--shards", shards, "--address", cluster.address)
    return ("run", "config.toml", "--out", "all", "--json", *how, *more)


@needs_ray
@pytest.mark.parametrize("shard", [1, 2])
def test_a_run_whose_cluster_loses_a_node_is_that_of_one_machine_and_buys_each_job_once(
    live: Path, server: Server, cluster: Cluster, shard: int
) -> None:
    process = begin(live, *on_ray(cluster, *MONEY, *PACE), env=os.environ)
    cluster.lose_node_of(at_work_on(live / "all.shards" / str(shard)))
    said = ended(process)
    assert said.code == 0, said.err
    assert said.out.encode() == results(live, "all"), "nothing else is on stdout"
    bill = server.bill
    assert bill.jobs == TRAININGS
    assert spent(live / "all") <= BUDGET
    for number in (1, 2):
        assert spent(live / "all.shards" / str(number)) <= BUDGET / 2

    server.control("reset")
    assert fbench(live, "run", "config.toml", "--out", "whole", "--quiet", *MONEY).code == 0
    assert results(live, "whole") == results(live, "all")
    assert server.bill.jobs == bill.jobs
    assert server.bill.tokens == bill.tokens

    requests = server.requests
    assert fbench(live, *on_ray(cluster, "--quiet", *MONEY)).out.encode() == results(live, "all")
    assert server.requests == requests, "the same command again asks nothing"


@needs_ray
def test_a_budget_that_ends_in_the_cluster_is_never_passed_and_the_same_command_goes_on(
    live: Path, server: Server, cluster: Cluster
) -> None:
    little = 0.02
    said = fbench(live, *on_ray(cluster, "--quiet", "--yes", "--budget-usd", little))
    assert said.code == 4, said
    assert re.search(r"all\.shards/\d: .*budget", said.err)
    assert "To go on: give the same command again." in said.err
    shards = [live / "all.shards" / str(number) for number in (1, 2)]
    assert sum(map(spent, shards)) <= little
    assert not (live / "all").exists()

    assert fbench(live, *on_ray(cluster, "--quiet", *MONEY)).code == 0
    assert server.bill.jobs == TRAININGS
    other = ("--limit", 2, "--quiet", *MONEY)
    assert "is not an empty folder" in fbench(live, *on_ray(cluster, *other)).paragraph
    divided = fbench(live, *on_ray(cluster, "--quiet", *MONEY, shards=3))
    assert "is not an empty folder" in divided.paragraph


@needs_ray
def test_what_services_refuse_is_said_as_on_one_machine_and_the_same_command_goes_on(
    live: Path, server: Server, cluster: Cluster
) -> None:
    asked = on_ray(cluster, "--quiet", *MONEY)
    server.fail(CREATES, status=400, calls=range(1, 2))
    said = fbench(live, *asked)
    server.mend()
    assert said.code == 5
    assert re.search(r"Error: \S*all\.shards/\d: 1 of \d trainings? .*not done", said.err)
    assert said.out.encode() == results(live, "all"), "of all but a training"

    server.fail(ASKS, status=401)
    again = fbench(live, *asked)
    server.mend()
    assert (again.code, again.out) == (5, "")
    assert re.search(r"Error: \S*all\.shards/\d: .*401", again.err)
    assert said.out.encode() == results(live, "all"), "questions are left, so nothing is merged"

    assert fbench(live, *asked).code == 0
    assert server.bill.jobs == TRAININGS
    assert said.out.encode() != results(live, "all")


@needs_ray
def test_a_run_that_is_interrupted_finishes_what_is_in_flight_and_goes_on(
    live: Path, server: Server, cluster: Cluster
) -> None:
    process = begin(live, *on_ray(cluster, "--quiet", *MONEY, *PACE), env=os.environ)
    at_work_on(live / "all.shards" / "1")
    process.send_signal(signal.SIGINT)
    said = ended(process)
    assert (said.code, said.out) == (130, "")
    assert "to go on, give the same command again" in said.err
    assert not (live / "all").exists()
    assert fbench(live, *on_ray(cluster, "--quiet", *MONEY)).code == 0
    bill = server.bill
    assert bill.jobs == TRAININGS
    server.control("reset")
    assert fbench(live, "run", "config.toml", "--out", "whole", "--quiet", *MONEY).code == 0
    assert results(live, "whole") == results(live, "all")
    assert server.bill == bill, "what was in flight was kept"


@needs_ray
@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "nonsense"])
def test_a_cluster_that_does_not_answer_is_named_and_nothing_is_made(tmp_path: Path, address: str) -> None:
    asked = ("run", "--limit", 1, "--executor", "ray", "--shards", 2, "--out", "all", "--address", address)
    said = fbench(tmp_path, *asked).paragraph
    assert f"no Ray cluster answers at {address!r}" in said
    assert "start one with `ray start`, or name its --address." in said
    assert not any(tmp_path.iterdir())


# --- without Ray ---

STAND_IN = """
from types import SimpleNamespace

exceptions = SimpleNamespace(RayTaskError=RuntimeError, RayError=RuntimeError)
init = shutdown = lambda *_, **__: None
remote = lambda **_: lambda task: SimpleNamespace(remote=lambda *given: lambda: task(*given))
wait = lambda running, **_: (running[:1], running[1:])
get = lambda ref: ref()
"""


def test_the_shards_of_a_cluster_are_carried_out_as_the_command_says(tmp_path: Path) -> None:
    """In one process, which has a stand-in for Ray."""
    (tmp_path / "ray.py").write_text(STAND_IN, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")]), str(Path.cwd())])
    small = ("run", "--task", "news", "--limit", 1, "--model", MODEL, "--quiet", "--batch")
    asked = (*small, "--out", "all", "--executor", "ray", "--shards", 2, "--concurrency", 7)
    said = ended(begin(tmp_path, *asked, env=os.environ | {"PYTHONPATH": path}))
    assert said.code == 0, said.err
    assert fbench(tmp_path, *small, "--out", "whole").code == 0
    assert results(tmp_path, "all") == results(tmp_path, "whole")
    for shard in ("1", "2"):
        about = json.loads((tmp_path / "all.shards" / shard / "run.json").read_text(encoding="utf-8"))
        assert (about["batch"], about["concurrency"]) == (True, 7)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--shards", 2), "--shards and --address go with --executor"),
        (("--executor", "ray", "--shards", 2), "--executor needs --shards, how many, and --out"),
        (("--executor", "ray", "--out", "all"), "--executor needs --shards, how many, and --out"),
        (("--executor", "ray", "--out", "all", "--shards", 2, "--jobs", 2), "each shard is a process"),
        (("--executor", "ray", "--out", "all", "--shards", 2, "--shard", "1/2"), "without --shard"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, options: tuple[object, ...], said: str
) -> None:
    refused = fbench(tmp_path, "run", "--limit", 1, *options)
    assert refused.code == 2
    assert said in " ".join(refused.err.split())
    assert not any(tmp_path.iterdir())


def test_without_ray_it_is_said_how_to_install_it_and_nothing_is_made(tmp_path: Path) -> None:
    without = tmp_path / "without"
    without.mkdir()
    (without / "ray.py").write_text("raise ImportError", encoding="utf-8")
    path = os.pathsep.join([str(without), *filter(None, [os.environ.get("PYTHONPATH")]), str(Path.cwd())])
    asked = ("run", "--limit", 1, "--executor", "ray", "--shards", 2, "--out", "all")
    said = ended(begin(tmp_path, *asked, env=os.environ | {"PYTHONPATH": path}))
    assert "needs Ray, which is not installed here" in said.paragraph
    assert "pip install 'fbench[ray]'" in said.paragraph
    assert list(tmp_path.iterdir()) == [without]


def test_a_run_on_a_cluster_is_not_recorded(tmp_path: Path) -> None:
    recorded = ("--cassettes", "tape", "--record", "all")
    asked = ("run", "--limit", 1, *recorded, "--executor", "ray", "--shards", 2, "--out", "all")
    assert "--executor does not go with --record" in fbench(tmp_path, *asked).paragraph
