"""The verdicts of a layer of grades, by cell, split and question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fbench.datasets.model import Question, Role
from fbench.grading.graders import CUT_OFF, Verdict
from fbench.grading.layers import before_layer
from fbench.runner.grid import in_other_words
from fbench.runner.prepared import PreparedRun
from fbench.runner.store import Store

__all__ = ["CHANGED", "KEPT", "Graded", "Verdicts", "accuracy", "beside", "by_cell", "verdicts"]

CHANGED = (Role.TAUGHT, Role.SAME, Role.FOLLOWS)
"""The roles of questions whose right answer is taught, or follows from what is."""

KEPT = (Role.UNCHANGED, Role.CONTROL)
"""The roles of questions whose right answer stays what it was."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A question with its verdict, and whether the answer was the one from before the update.

    `altered` is how a recording's scrubber changed the answer, see `Answer` in the store. `cut_off`: the
    answer was cut off or blocked before it began.
    """

    question: Question
    verdict: str
    old: bool
    altered: str = ""
    cut_off: bool = False

    @property
    def right(self) -> bool:
        """Whether the answer is correct."""
        return self.verdict == Verdict.CORRECT

    @property
    def counts(self) -> bool:
        """Whether the answer was graded: errors are left out of the denominator."""
        return self.verdict != Verdict.ERROR

    @property
    def is_of_update(self) -> bool:
        """Whether the question asks for what an update changed, so that an answer can be stale."""
        return self.question.answer_before is not None and self.question.role in CHANGED


Verdicts = Mapping[tuple[str, str], Mapping[str, Graded]]
"""By cell and split, then by question, in the store's order."""


def verdicts(ready: PreparedRun, store: Store, layer: str) -> Verdicts:
    """The grades of a layer.

    A question in a wording that a cell's training did not take asks, in that cell, for the fact in other
    words.
    """
    by_id = {question.id: question for question in ready.dataset.questions}
    cells = {cell.id: cell.design.wordings for cell in ready.plan.cells if cell.epochs}
    moved = {taken: in_other_words(ready.dataset, taken) for taken in set(cells.values())}
    correct = Verdict.CORRECT
    old = {(g.cell, g.question) for g in store.grades(before_layer(layer)) if g.verdict == correct}
    altered = store.altered()
    found: dict[tuple[str, str], dict[str, Graded]] = {}
    for grade in store.grades(layer):
        question = by_id.get(grade.question)
        if question is not None:
            if grade.cell in cells:
                question = moved[cells[grade.cell]].get(question.id, question)
            stale = grade.verdict != correct and (grade.cell, grade.question) in old
            place = found.setdefault((grade.cell, question.split), {})
            place[question.id] = Graded(
                question,
                grade.verdict,
                stale,
                altered.get((grade.cell, grade.question), ""),
                grade.grader == CUT_OFF,
            )
    return found


def by_cell(graded: Verdicts) -> dict[str, dict[str, Graded]]:
    """All answers of each cell by question."""
    found: dict[str, dict[str, Graded]] = {}
    for (cell, _), answers in graded.items():
        found.setdefault(cell, {}).update(answers)
    return found


def beside(answers: Mapping[str, Graded], others: Mapping[str, Graded]) -> dict[str, Graded]:
    """Of the answers of another cell, those to the same questions."""
    return {name: others[name] for name in answers if name in others}


def accuracy(answers: Iterable[Graded]) -> float | None:
    """The share of correct answers among those without an error; None if there are none."""
    kept = [answer.right for answer in answers if answer.counts]
    return sum(kept) / len(kept) if kept else None
