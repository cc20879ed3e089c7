"""The study of one's own machine that fbench ships: its recording, its results and its page say the same."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

import fbench
from fbench.analysis.results import Results
from fbench.cassette import read_index
from fbench.cassette.scrub.detect import find_secrets
from fbench.runner.config import read_experiment
from tests.local.study_page import PAGE, STUDY, page

RESULTS = Results.model_validate_json((STUDY / "results.json").read_text(encoding="utf-8"))


def test_every_figure_of_the_page_comes_from_the_results() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS)


def test_the_results_are_of_the_recording() -> None:
    provenance: dict[str, Any] = read_index(STUDY).provenance
    experiment = RESULTS.experiment
    assert experiment.upstream == provenance["upstream"] == "weights"
    assert [each.model_dump() for each in experiment.weights] == provenance["weights"]
    assert list(experiment.models) == provenance["models"]
    assert RESULTS.dataset.digest == provenance["dataset"]


def test_the_study_is_whole_and_of_all_tasks() -> None:
    assert RESULTS.experiment.tasks == ("news", "people", "medical", "coding")
    assert all(training.state == "succeeded" for training in RESULTS.trainings)
    assert sum(row.n + row.errors for row in RESULTS.rows) == RESULTS.asked > 300
    assert not any(row.invalid for row in RESULTS.rows)


def test_it_is_small_and_holds_neither_secrets_nor_places_of_a_machine() -> None:
    files = [path for path in STUDY.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert find_secrets(text) == [], path.name
        assert not re.search(r"/(tmp|home|root|work)/", text), path.name


@pytest.mark.long
def test_the_recording_replays_without_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "transformers", "peft"):
        monkeypatch.setitem(sys.modules, name, None)
    replayed = fbench.run(read_experiment(STUDY / "config.toml", {"cassettes": STUDY}), tmp_path / "run")
    experiment = replayed.experiment.model_copy(update={"recorded": None})
    assert replayed.model_copy(update={"experiment": experiment}) == RESULTS
