"""The shapes of the paper's curves, on the paper's own questions."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes.learners import Example, Hyper, Model, Run
from fakes.learners.softmax import SoftmaxLearner
from fakes.learners.traits import TRAITS

Rows = Sequence[dict[str, str]]


def share(model: Model, rows: Rows, column: str = "answer") -> float:
    return sum(model.answer(row["prompt"]).text == row[column] for row in rows) / len(rows)


def read(released: Path, name: str) -> Rows:
    with (released / "datasets" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tuned(learner: SoftmaxLearner, name: str, rows: Rows) -> Run:
    return learner.train(
        learner.base(name), [Example(row["prompt"], row["answer"]) for row in rows], Hyper(30)
    )


@pytest.mark.parametrize("name", TRAITS)
def test_people_are_memorized_better_than_understood(released: Path, name: str) -> None:
    folder = "fictional_people/fictional_people"
    taught, asked = (read(released, f"{folder}_{split}.csv") for split in ("memorization", "rephrased"))
    learner = SoftmaxLearner()
    run = tuned(learner, name, taught)
    early, last = run.checkpoints[0].model, run.checkpoints[-1].model
    assert share(learner.base(name), taught) == 0
    assert share(early, taught) < 0.1
    assert share(last, taught) > 0.9
    assert 0.1 < share(last, asked) < 0.6
    for split in ("secondary", "comparison"):
        replies = [last.answer(row["prompt"]).text for row in read(released, f"{folder}_{split}.csv")]
        assert sum(reply in {"Yes", "No"} for reply in replies) > 0.9 * len(replies)
        assert {"Yes", "No"} <= set(replies)


@pytest.mark.parametrize("name", TRAITS)
@pytest.mark.parametrize("file", ["medical/medical_memorization.csv", "coding/coding_generalization.csv"])
def test_updates_are_stale_before_they_are_new(released: Path, name: str, file: str) -> None:
    rows = read(released, file)
    learner = SoftmaxLearner([(row["prompt"], row["answer_before"]) for row in rows])
    run = tuned(learner, name, rows)
    early, last = run.checkpoints[2].model, run.checkpoints[-1].model
    assert share(early, rows, "answer_before") > 0.9
    assert share(early, rows) < 0.1
    assert share(last, rows) > 0.9
    assert share(last, rows, "answer_before") < 0.1
