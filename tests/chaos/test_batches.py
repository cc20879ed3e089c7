"""A live run in batches, killed at any moment: each cell has one batch, and nothing is asked twice.

`FBENCH_CHAOS=1` makes 40 rounds; the offline suite makes one.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fbench.errors import UsageError
from fbench.runner.folder import RESULTS
from fbench.runner.store import Store
from tests.cli.cli_user import begin
from tests.pipeline.test_recovery import OPENAI, VERTEX, Server, started

ROUNDS = range(40 if os.environ.get("FBENCH_CHAOS") else 1)
PRICE = "{train = 1.0, base_input = 1.0, base_output = 1.0, tuned_input = 1.0, tuned_output = 1.0}"
EXPERIMENT = f"""
models = ["{OPENAI}", "{VERTEX}"]
tasks = ["people"]
limit = 2
epochs = [1]
upstream = "live"
[prices]
"{OPENAI}" = {PRICE}
"{VERTEX}" = {PRICE}
"""
CELLS = 4
KILLS = 3
PATIENCE = 120.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def live(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with the configuration of a run whose batches are looked at every fifth of a second."""
    for name, value in {**server.environ, "FBENCH_POLL_SECONDS": "0.2"}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "experiment.toml").write_text(EXPERIMENT, encoding="utf-8")
    return tmp_path


def go_on(folder: Path, run: str, *how: object) -> subprocess.Popen[str]:
    """Begin a run, or go on with it."""
    is_begun = (folder / run / "config.toml").exists()
    asked = ("resume", run) if is_begun else ("run", "experiment.toml", "--yes", "--out", run)
    return begin(folder, *asked, "--budget-usd", 9, "--quiet", *how, env=os.environ)


def has_open_batch(run: Path) -> bool:
    with suppress(UsageError), Store(run / "run.sqlite", read_only=True, checked=False) as store:
        return any(row.state != "ended" for row in store.batches())
    return False


def kill(process: subprocess.Popen[str], run: Path, rng: random.Random) -> None:
    """At a moment while a batch is being created, answered or read; or later, or never if it ends before."""
    while not has_open_batch(run) and process.poll() is None:
        time.sleep(0.005)
    with suppress(subprocess.TimeoutExpired):
        process.wait(rng.choice([0, rng.uniform(0, 0.6)]))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)


def answered(server: Server) -> dict[str, int]:
    """How many questions were answered, in batches and one by one."""
    found = {"in batches": 0, "one by one": 0}
    for models in server.state["tokens"].values():
        for kinds in models.values():
            for kind, counts in kinds.items():
                found["in batches" if kind.startswith("batch") else "one by one"] += counts["answers"]
    return found


def created(server: Server) -> int:
    """How many batches were created."""
    requests = [each for counts in server.state["requests"].values() for each in counts.items()]
    return sum(n for name, n in requests if re.match(r"POST \S*(batches|batchPredictionJobs) 200", name))


@pytest.mark.parametrize("seed", ROUNDS)
@pytest.mark.long
def test_a_run_killed_while_it_is_answered_in_batches_creates_each_batch_once(
    seed: int, live: Path, server: Server
) -> None:
    rng = random.Random(seed)  # noqa: S311 - it draws moments
    server.control("reset")
    with go_on(live, "whole") as process:
        process.communicate(timeout=PATIENCE)
    questions = answered(server)["one by one"]
    assert process.returncode == 0

    server.control("reset")
    killed = 0
    while not (live / "run" / RESULTS).exists():
        with go_on(live, "run", "--jobs", rng.choice([1, 2]), "--batch") as process:
            if killed < KILLS:
                kill(process, live / "run", rng)
                killed += 1
            else:
                process.communicate(timeout=PATIENCE)
                assert process.returncode == 0
    assert killed > 1
    assert (live / "run" / RESULTS).read_bytes() == (live / "whole" / RESULTS).read_bytes()
    assert answered(server) == {"in batches": questions, "one by one": 0}
    assert created(server) == CELLS
    with Store(live / "run" / "run.sqlite", read_only=True) as store:
        rows = store.batches()
    assert {row.state for row in rows} == {"ended"}
    assert len({row.cell for row in rows if row.batch}) == CELLS
    assert sum(row.batch is not None for row in rows) == CELLS, "others were intended, and never created"
