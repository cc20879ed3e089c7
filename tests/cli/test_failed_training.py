"""A run in which the service fails some trainings: it says which, and goes on with the others."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import httpx2
import pytest

from fakes.failures import Fault, quota_exhausted, revoked_key
from fbench.analysis.results_file import read_results
from tests.cli.cli_user import Fbench, begin

LUCKY = "openai:gpt-4o-mini-2024-07-18"
FAILS = "openai:gpt-4.1-mini-2025-04-14"
CANCELLED = "vertex:gemini-2.5-flash"
FATES = [
    {"end": "fails", "model": "gpt-4.1-mini", "message": "It is too hot.", "code": "overheated"},
    {"end": "cancelled", "service": "vertex"},
]


def put(faults: Sequence[Mapping[str, object]]) -> None:
    """Makes the server fail so."""
    control = os.environ["OPENAI_BASE_URL"].replace("/openai/v1", "/_fbench")
    httpx2.post(f"{control}/faults", json=faults).raise_for_status()


ONE = ("run", "--model", LUCKY, "--task", "people", "--limit", 2, "--epochs", 1, "--jobs", 1, "--quiet")
LIVE = ("--upstream", "live", "--budget-usd", 10, "--yes", "--out", "run")


@pytest.fixture
def unlucky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fbench: Fbench) -> Generator[None]:
    """Live services as far as fbench can see, which fail the trainings of one model and cancel another's."""
    del fbench  # it takes keys away; those of the server come after
    with begin(tmp_path, "serve", "--speed", "60000") as server:
        assert server.stdout is not None
        for _ in range(5):
            name, _, value = server.stdout.readline().removeprefix("export ").strip().partition("=")
            monkeypatch.setenv(name, value)
        put(FATES)
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
    *told, error, hint = said.err.splitlines()
    assert re.search(
        r"Error: 2 of 3 trainings and 22 of 66 questions are not done, and the results leave", error
    )
    assert error.endswith("It is too hot. Going on tries failed trainings again, and pays for them again.")
    assert hint == "To go on: fbench resume run --budget-usd 10"
    failed = [line for line in told if re.match("training .* failed: ", line)]
    assert len(failed) == 2, "each is told when it fails"
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


@pytest.mark.parametrize(
    ("fault", "do"),
    [(revoked_key(), "correct OPENAI_API_KEY"), (quota_exhausted(), "see to the quota and the bill")],
)
@pytest.mark.usefixtures("unlucky")
def test_a_key_or_a_quota_that_ends_everything_is_told_with_what_to_do(
    fbench: Fbench, fault: Fault, do: str
) -> None:
    told = {"status": fault.status, "headers": dict(fault.headers), "body": fault.body}
    put([told])
    said = fbench(*ONE, *LIVE)
    assert said.code == 5
    assert "Error: 1 of 1 training and 22 of 22 questions are not done" in said.err
    assert f"Nothing more was asked of openai: {do}" in said.err
    assert said.err.endswith("To go on: fbench resume run --budget-usd 10\n")

    put([])
    assert fbench("resume", "run", "--budget-usd", 10, "--quiet", "--jobs", 1).code == 0


@pytest.mark.usefixtures("unlucky")
def test_an_address_that_is_none_is_refused_and_one_of_nothing_is_named(
    fbench: Fbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ["OPENAI_BASE_URL"]
    monkeypatch.setenv("OPENAI_BASE_URL", right.removeprefix("http://"))
    assert "OPENAI_BASE_URL must be a URL" in fbench(*ONE, *LIVE).paragraph
    assert not any(tmp_path.iterdir())
    monkeypatch.setenv("OPENAI_BASE_URL", right.removesuffix("/v1"))
    assert "see the base URL in the environment, or in the configuration" in fbench(*ONE, *LIVE).err
