"""Shards that submitit begins, one of which is killed and begun again, are the run of one machine.

`nox -s cluster` has submitit; elsewhere this is skipped. Its jobs are processes on this machine.
"""

from __future__ import annotations

import itertools
import os
import signal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import pytest

import fbench
from tests.cluster.live_runs import BUDGET, TRAININGS, at_work_on, results, spent
from tests.pipeline.test_recovery import Server

pytestmark = pytest.mark.skipif(
    find_spec("submitit") is None, reason="needs submitit: `nox -s cluster` has it"
)


@pytest.mark.parametrize("shard", [1, 2])
def test_shards_of_which_one_is_killed_and_begun_again_are_the_run_of_one_machine(
    live: Path, server: Server, monkeypatch: pytest.MonkeyPatch, shard: int
) -> None:
    monkeypatch.chdir(live)
    submitit = cast("Any", import_module("submitit"))
    executor = submitit.AutoExecutor("logs", cluster="local")
    executor.update_parameters(timeout_min=2)

    def work(i: int) -> fbench.Results:
        return fbench.run("config.toml", f"shard{i}", shard=f"{i}/2", budget_usd=BUDGET, rpm=1200)

    jobs = {number: [job] for number, job in zip((1, 2), executor.map_array(work, [1, 2]), strict=True)}
    try:
        os.kill(at_work_on(live / f"shard{shard}"), signal.SIGKILL)
        with pytest.raises(submitit.core.utils.UncompletedJobError):
            jobs[shard][0].result()
        jobs[shard].append(executor.submit(work, shard))
        assert all(begun[-1].result() for begun in jobs.values())
    finally:
        for job in itertools.chain(*jobs.values()):
            job.cancel(check=False)

    parts = ["shard1", "shard2"]
    assert sum(spent(live / part) for part in parts) <= BUDGET
    assert server.bill.jobs == TRAININGS
    merged = fbench.merge(parts, "all", budget_usd=BUDGET)
    server.control("reset")
    assert fbench.run("config.toml", "whole", budget_usd=BUDGET) == merged
    assert results(live, "whole") == results(live, "all")
