"""What the embedded run shows: learning that is real, asserted as properties of training."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from fbench.analysis.results import Results, Row
from fbench.datasets import Split
from fbench.datasets.model import Role
from fbench.pipeline import execute, prepare
from fbench.runner.experiment import DEFAULT_MODELS, Experiment
from fbench.runner.folder import make_folder

Find = Callable[[str, str, str, int], Row]

MODELS = DEFAULT_MODELS
EPOCHS = (1, 3, 12, 30)
FEW, MOST = EPOCHS[0], EPOCHS[-1]
GENERAL = {
    "news": ("rephrased", "date_changed"),
    "people": ("rephrased", "secondary", "comparison"),
    "medical": ("vignette",),
    "coding": ("rephrased", "code"),
}


ASKED = (Role.TAUGHT, Role.SAME, Role.FOLLOWS, Role.UNKNOWN)
"""The roles of the splits of FineTuneBench; what training does to others is tested with measures."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The embedded datasets, forty facts a task, five models, in this process."""
    folder = tmp_path_factory.mktemp("learning") / "run"
    ready = prepare(Experiment(limit=40, epochs=EPOCHS, roles=ASKED))
    make_folder(folder, ready.experiment)
    return execute(ready, folder, jobs=1)


@pytest.fixture(scope="module")
def find(results: Results) -> Find:
    rows = {(row.model, row.task, row.split, row.epochs): row for row in results.rows}
    return lambda model, task, split, epochs: rows[model, task, split, epochs]


def accuracy(row: Row) -> float:
    assert row.accuracy is not None
    return row.accuracy


def test_every_model_answers_every_split_of_every_task_before_and_after(results: Results) -> None:
    known = set(Split)
    asked = {(row.model, row.task, row.split, row.epochs) for row in results.rows if row.split in known}
    wanted = {
        (model, task, split, epochs)
        for model in MODELS
        for task, splits in GENERAL.items()
        for split in ("memorization", *splits)
        for epochs in (0, *EPOCHS)
    }
    assert asked == wanted
    assert all(row.n > 0 and row.errors == 0 for row in results.rows)


@pytest.mark.terse(reason="how many answers are right follows from the training alone where all are graded")
@pytest.mark.parametrize("task", GENERAL)
@pytest.mark.parametrize("model", MODELS)
class TestTraining:
    def test_tuned_beats_base_on_memorization(self, find: Find, model: str, task: str) -> None:
        base, tuned = (find(model, task, "memorization", epochs) for epochs in (0, MOST))
        assert accuracy(tuned) > accuracy(base)
        assert tuned.difference is not None
        assert tuned.difference.low > 0

    def test_memorization_is_at_least_generalization(self, find: Find, model: str, task: str) -> None:
        """At every epoch, but for two answers in forty; Yes/No by chance and None for free aside.

        At few epochs nothing is memorized yet, and a variant may be answered right by luck.
        """
        for epochs in EPOCHS:
            memorized = find(model, task, "memorization", epochs)
            for split in set(GENERAL[task]) - {"secondary", "comparison", "date_changed"}:
                general = find(model, task, split, epochs)
                assert accuracy(memorized) >= accuracy(general) - (2 / general.n if epochs < MOST else 0)

    def test_more_epochs_do_not_hurt_memorization(self, find: Find, model: str, task: str) -> None:
        """By more than one answer in forty: single questions may flip while others are learned."""
        curve = [find(model, task, "memorization", epochs) for epochs in EPOCHS]
        for fewer, more in pairwise(curve):
            assert accuracy(more) >= accuracy(fewer) - 1 / fewer.n


@pytest.mark.parametrize("task", ["medical", "coding"])
@pytest.mark.terse(reason="the shares of right and old answers are those of answers as they were learned")
@pytest.mark.parametrize("model", MODELS)
def test_updates_are_answered_as_before_at_few_epochs_and_anew_at_many(
    find: Find, model: str, task: str
) -> None:
    few, most = (find(model, task, "memorization", epochs) for epochs in (FEW, MOST))
    assert few.old is not None
    assert most.old is not None
    assert few.old > 0.5 > most.old
    assert accuracy(most) > accuracy(few)


@pytest.mark.parametrize("model", MODELS)
def test_an_old_answer_is_never_also_a_correct_one(results: Results, model: str) -> None:
    for row in results.rows:
        if row.model == model and row.old is not None:
            assert row.old + accuracy(row) <= 1


def test_the_counts_add_up(results: Results) -> None:
    for row in results.rows:
        assert row.n == row.correct + row.incorrect + row.abstained + row.ungraded
        assert row.interval is not None
        assert row.interval.low <= accuracy(row) <= row.interval.high


def test_the_results_say_that_they_come_from_fakes(results: Results) -> None:
    assert results.experiment.upstream == "fake"
    assert "fakes" in results.notes[0]


def test_the_results_survive_their_own_json(results: Results, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(results.to_json(), encoding="utf-8")
    assert Results.model_validate_json(file.read_text(encoding="utf-8")) == results
