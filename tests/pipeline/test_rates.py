"""A live run keeps to a rate in all its processes, and waits as long as a refusal asks.

The service is a server on this machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fbench.pipeline import execute
from fbench.providers.pacing import Rates
from tests.pipeline.test_recovery import ASKS, OPENAI, VERTEX, Server, begun, experiment, started


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def served(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    running.control("reset")
    running.mend()
    for name, value in running.environ.items():
        monkeypatch.setenv(name, value)
    return running


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_rate_by_hand_is_kept_by_all_processes_together(jobs: int, served: Server, tmp_path: Path) -> None:
    began = time.monotonic()
    execute(begun(tmp_path / "r", experiment(OPENAI)), tmp_path / "r", jobs=jobs, rates=Rates(rpm=480))
    assert time.monotonic() - began > (served.bill.answers - 4) / 8


@pytest.mark.parametrize("model", [OPENAI, VERTEX])
def test_a_run_waits_in_full_as_long_as_a_refusal_asks(model: str, served: Server, tmp_path: Path) -> None:
    fault = {"path": ASKS, "kind": "status", "status": 429, "headers": {"retry-after": "3"}, "calls": [1]}
    served.control("faults", json=[fault])
    began = time.monotonic()
    execute(begun(tmp_path / "r", experiment(model)), tmp_path / "r", jobs=1)
    assert time.monotonic() - began > 3
