"""The pipeline on the released data; skipped, with the reason, where it is absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from fbench.analysis.results import Results
from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder


def run(folder: Path, **options: object) -> Results:
    experiment = Experiment.model_validate(
        {"models": ("openai:gpt-4o-mini-2024-07-18",), "epochs": (20,), **options}
    )
    ready = prepare(experiment)
    make_folder(folder, experiment)
    return execute(ready, folder, jobs=1)


@pytest.fixture(scope="module")
def corrected(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(tmp_path_factory.mktemp("released") / "run", data=released, labels="corrected")


@pytest.fixture(scope="module")
def published(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run(tmp_path_factory.mktemp("released") / "run", data=released, labels="published")


def counts(results: Results) -> dict[tuple[str, str], int]:
    return {(row.task, row.split): row.n for row in results.rows if row.epochs == 0}


def test_all_four_tasks_are_asked_in_full(published: Results) -> None:
    assert counts(published) == {
        ("news", "memorization"): 50,
        ("news", "rephrased"): 50,
        ("news", "date_changed"): 50,
        ("people", "memorization"): 150,
        ("people", "rephrased"): 150,
        ("people", "secondary"): 150,
        ("people", "comparison"): 150,
        ("medical", "memorization"): 125,
        ("medical", "vignette"): 125,
        ("coding", "memorization"): 218,
        ("coding", "code"): 218,
    }


def test_corrected_labels_leave_out_people_compared_with_themselves(
    published: Results, corrected: Results
) -> None:
    gone = {k: n - counts(corrected)[k] for k, n in counts(published).items() if n != counts(corrected)[k]}
    assert gone == {("people", "comparison"): 7}


def test_the_label_sets_are_different_datasets(published: Results, corrected: Results) -> None:
    assert published.dataset.digest != corrected.dataset.digest
    assert published.dataset.labels == "published"


@pytest.mark.terse(
    reason="a model that refuses or is cut off shows little that it learned", under=["refusing", "cut"]
)
@pytest.mark.parametrize("task", ["news", "people", "medical", "coding"])
def test_every_task_is_learned(corrected: Results, task: str) -> None:
    base, tuned = (
        row.accuracy
        for epochs in (0, 20)
        for row in corrected.rows
        if (row.task, row.split, row.epochs) == (task, "memorization", epochs)
    )
    assert base is not None
    assert tuned is not None
    assert tuned > base + 0.3


def test_what_was_derived_is_said(corrected: Results) -> None:
    assert any("coding" in note and "memorization" in note for note in corrected.notes)


@pytest.mark.long
def test_all_news_can_be_asked_for(released: Path, tmp_path: Path) -> None:
    results = run(tmp_path / "run", data=released, tasks=("news",), all_news=True, epochs=(1,))
    assert {row.n for row in results.rows} == {590}
