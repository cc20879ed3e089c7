"""A live run that deploys, killed at any moment: it goes on, buys no job twice, and leaves no deployment.

`FBENCH_CHAOS=1` makes 60 rounds; the offline suite makes one.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from fbench.runner.folder import RESULTS
from tests.cli.cli_user import begin
from tests.pipeline.test_deployments import MODELS, served

ROUNDS = range(60 if os.environ.get("FBENCH_CHAOS") else 1)
ASKED = ("experiment.toml", "--yes", "--out", "run")
PRICE = "{train = 1.0, base_input = 1.0, base_output = 1.0, tuned_input = 1.0, tuned_output = 1.0}"
EXPERIMENT = f"""
models = {list(MODELS)}
tasks = ["people"]
limit = 3
epochs = [1]
upstream = "live"
[prices]
{"".join(f'"{model}" = {PRICE}' + chr(10) for model in MODELS)}
"""
PATIENCE = 120.0


def go_on(folder: Path, jobs: int, kill_after: float | None = None) -> bool:
    """Begin the run in a folder or go on with it, and say whether it is done."""
    asked = ("resume", "run") if (folder / "run" / "config.toml").exists() else ("run", *ASKED)
    with begin(folder, *asked, "--budget-usd", 9, "--jobs", jobs, "--concurrency", 4, "--quiet") as process:
        try:
            process.communicate(timeout=kill_after or PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
    return process.returncode == 0


@pytest.mark.parametrize("seed", ROUNDS)
@pytest.mark.long
def test_a_run_killed_at_any_moment_leaves_no_deployment_in_the_end(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)  # noqa: S311 - it draws moments
    monkeypatch.setattr("tests.cli.cli_user._KEYS", ())  # these are the server's own
    results: list[bytes] = []
    for kills in (0, 4):
        folder = tmp_path / f"{kills}"
        folder.mkdir()
        (folder / "experiment.toml").write_text(EXPERIMENT, encoding="utf-8")
        with served("--speed", "10000") as (environ, control):
            for name, value in {**environ, "FBENCH_POLL_SECONDS": "0.01"}.items():
                monkeypatch.setenv(name, value)
            jobs = rng.choice([1, 2])
            done = any(go_on(folder, jobs, rng.uniform(0.8, 4.0)) for _ in range(kills))
            deadline = time.monotonic() + PATIENCE
            while not done:
                assert time.monotonic() < deadline
                done = go_on(folder, jobs)
            state = httpx2.get(control).json()
        results.append((folder / "run" / RESULTS).read_bytes())
        assert [len(state[name]["jobs"]) for name in ("nebius", "azure")] == [1, 1]
        assert set(state["nebius"]["deployments"].values()) <= {"deleted"}
        assert state["azure"]["deployments"] == {}
    assert results[0] == results[1]
