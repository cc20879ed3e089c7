"""All answers of a run with their questions and grades: what exports and the browser of items are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from fbench.analysis.rebuild import graded_copy
from fbench.analysis.verdicts import Graded, verdicts
from fbench.datasets.model import Question
from fbench.grading.experiment_graders import counted_layer
from fbench.runner.cells import Cell
from fbench.runner.store import Answer, GradeRow

__all__ = ["AnsweredQuestion", "answers_of"]


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


def answers_of(folder: Path) -> list[AnsweredQuestion]:
    """The answers in a run's store, by cell in the order of the plan, then by question in that of the data.

    They are graded as the results are; of a run that did not finish, those that there are. Nothing is asked
    of any service, and nothing is written.

    Raises:
        UsageError: there is no store, or its dataset cannot be read.
    """
    with graded_copy(folder) as (ready, store):
        counted = counted_layer(ready)
        graded: dict[tuple[str, str], Graded] = {}
        for (cell, _), found in verdicts(ready, store, counted).items():
            graded |= {(cell, name): each for name, each in found.items()}
        layers = {layer: _grades(store.grades(layer)) for layer in store.layers() if "@" in layer}
        answers = {(each.cell, each.question): each for each in store.answers()}
        asked = [
            (cell, (cell.id, question.id))
            for cell in ready.plan.cells
            for question in ready.dataset.questions
            if (cell.id, question.id) in answers
        ]
        return [
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


def _grades(rows: Iterable[GradeRow]) -> dict[tuple[str, str], GradeRow]:
    return {(row.cell, row.question): row for row in rows}
