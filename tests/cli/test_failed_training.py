"""A run in which the service fails some trainings: it says which, and goes on with the others."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest

from fbench.analysis.results_file import read_results
from tests.cli.cli_user import Fbench, begin

LUCKY = "openai:gpt-4o-mini-2024-07-18"
FAILS = "openai:gpt-4.1-mini-2025-04-14"
CANCELLED = "vertex:gemini-2.5-flash"
FATES = [
    {"end": "fails", "model": "gpt-4.1-mini", "message": "It is too hot.", "code": "overheated"},
    {"end": "cancelled", "service": "vertex"},
]


@pytest.fixture
def unlucky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fbench: Fbench) -> Generator[None]:
    """Live services as far as fbench can see, which fail the trainings of one model and cancel another's."""
    del fbench  # it takes keys away; those of the server come after
    with begin(tmp_path, "serve", "--speed", "60000") as server:
        assert server.stdout is not None
        for _ in range(5):
            name, _, value = server.stdout.readline().removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
        control = os.environ["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench")
        httpx2.post(f"{control}/faults", json=FATES).raise_for_status()
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
        monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "us-central1")
        monkeypatch.setenv("FBENCH_POLL_SECONDS", "0.02")
        yield
        server.terminate()


@pytest.mark.usefixtures("unlucky")
def test_what_failed_is_told_in_words_and_the_rest_is_done(fbench: Fbench, tmp_path: Path) -> None:
    models = [option for model in (LUCKY, FAILS, CANCELLED) for option in ("--model", model)]
    live = ("--upstream", "live", "--budget-usd", 10, "--yes")
    said = fbench(
        "run", *models, "--task", "people", "--limit", 2, "--epochs", 1, *live, "--jobs", 1, "--out", "run"
    )

    assert said.code == 5
    assert "2 of " in said.err
    assert "failed for good" in said.err
    assert "Traceback" not in said.err
    results = read_results(tmp_path / "run")
    told = {training.model: (training.state, training.error) for training in results.trainings}
    assert told == {
        LUCKY: ("succeeded", None),
        FAILS: ("failed", "It is too hot."),
        CANCELLED: ("failed", "The job was cancelled."),
    }
    tuned = {row.model for row in results.rows if row.epochs == 1 and row.n}
    assert tuned == {LUCKY}
    assert {row.model for row in results.rows if row.epochs == 0 and row.n} == {LUCKY, FAILS, CANCELLED}
