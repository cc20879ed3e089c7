"""Runs whose service is a server on this machine, as shards in processes that others begin, and lose."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fbench.runner.store import Store
from tests.cli.cli_user import MODEL, Said, begin

__all__ = [
    "BUDGET",
    "CONFIG",
    "MONEY",
    "PACE",
    "PATIENCE",
    "TRAININGS",
    "at_work_on",
    "await_that",
    "ended",
    "fbench",
    "results",
    "spent",
]

OTHER = "openai:gpt-4o-2024-08-06"
CONFIG = f"""
models = ["{MODEL}", "{OTHER}"]
tasks = ["news", "people"]
limit = 3
epochs = [1, 2]
upstream = "live"
"""
TRAININGS = 8
BUDGET = 40.0
MONEY = ("--yes", "--budget-usd", BUDGET)
PACE = ("--rpm", 1200)
"""So that a shard works for some seconds."""
PATIENCE = 120.0


def await_that(holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"in vain: {what}"
        time.sleep(0.02)


def fbench(folder: Path, *args: object) -> Said:
    return ended(begin(folder, *args, env=os.environ))


def ended(process: subprocess.Popen[str]) -> Said:
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return Said(process.returncode, out, err)


def results(folder: Path, run: str) -> bytes:
    return (folder / run / "results.json").read_bytes()


def spent(run: Path) -> float:
    with Store(run / "run.sqlite", read_only=True) as store:
        return store.spent_usd()


def answers_in(run: Path) -> int:
    with Store(run / "run.sqlite", read_only=True, checked=False) as store:
        return sum(1 for _ in store.answers())


def at_work_on(run: Path) -> int:
    """The process that has some of a shard's answers, and goes on."""
    found: list[int] = []

    def is_under_way() -> bool:
        with suppress(OSError, ValueError, KeyError):
            if answers_in(run) > 2 and not (run / "results.json").exists():
                found.append(int(json.loads((run / "run.lock").read_text(encoding="utf-8"))["process"]))
        return bool(found)

    await_that(is_under_way, f"{run} is under way")
    return found[0]
