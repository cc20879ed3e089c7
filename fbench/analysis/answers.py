"""All answers of a run with their questions and grades: what exports and the browser of items are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from fbench.analysis.rebuild import from_graded_copy
from fbench.analysis.verdicts import Graded, verdicts
from fbench.datasets.model import Question
from fbench.grading.experiment_graders import counted_layer
from fbench.grading.layers import before_layer
from fbench.runner.cells import Cell
from fbench.runner.prepared import PreparedRun
from fbench.runner.store import Answer, GradeRow, Store

__all__ = ["AnsweredQuestion", "RunAnswers", "answers_of", "run_answers"]


class AnsweredQuestion(NamedTuple):
    """A cell's answer to a question.

    Attributes:
        cell: who was asked, and how.
        question: what was asked, with the split and the role that it has in that cell.
        answer: the answer.
        grade: the grade that counts.
        others: the grades of other layers (another grader, a judge), by the layer's name.
        old: whether it is the answer from before the update.
    """

    cell: Cell
    question: Question
    answer: Answer
    grade: GradeRow
    others: Mapping[str, GradeRow]
    old: bool


class RunAnswers(NamedTuple):
    """The answers of a run.

    Attributes:
        ready: the run: its experiment, plan and dataset.
        answers: see `answers_of`.
        layers: the names of the layers beside the one that counts, in order.
    """

    ready: PreparedRun
    answers: list[AnsweredQuestion]
    layers: tuple[str, ...]


def answers_of(folder: Path) -> list[AnsweredQuestion]:
    """The answers in a run's store, by cell in the order of the plan, then by question in that of the data.

    They are graded as the results are; of a run that did not finish, those that there are. Nothing is asked
    of any service, and nothing is written.

    Raises:
        UsageError: there is no store, or its dataset cannot be read.
    """
    return run_answers(folder).answers


def run_answers(folder: Path) -> RunAnswers:
    """The answers in a run's store, with the run itself.

    Raises:
        UsageError: as `answers_of`.
    """
    return from_graded_copy(folder, _answers)


def _answers(ready: PreparedRun, store: Store) -> RunAnswers:
    counted = counted_layer(ready)
    graded: dict[tuple[str, str], Graded] = {}
    for (cell, _), found in verdicts(ready, store, counted).items():
        graded |= {(cell, name): each for name, each in found.items()}
    names = [layer for layer in store.layers() if "@" in layer and not layer.endswith(before_layer(""))]
    layers = {layer: _grades(store.grades(layer)) for layer in names}
    answers = {(each.cell, each.question): each for each in store.answers()}
    asked = [
        (cell, (cell.id, question.id))
        for cell in ready.plan.cells
        for question in ready.dataset.questions
        if (cell.id, question.id) in answers
    ]
    found = [
        AnsweredQuestion(
            cell,
            graded[key].question,
            answers[key],
            layers[counted][key],
            {name: rows[key] for name, rows in layers.items() if name != counted and key in rows},
            graded[key].old,
        )
        for cell, key in asked
        if key in graded
    ]
    return RunAnswers(ready, found, tuple(name for name in names if name != counted))


def _grades(rows: Iterable[GradeRow]) -> dict[tuple[str, str], GradeRow]:
    return {(row.cell, row.question): row for row in rows}
