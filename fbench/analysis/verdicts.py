"""The verdicts of a layer of grades, by cell, split and question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fbench.datasets.model import Question, Role
from fbench.grading.graders import CUT_OFF, Verdict
from fbench.grading.layers import before_layer
from fbench.runner.store import Store

__all__ = ["CHANGED", "KEPT", "Graded", "Verdicts", "accuracy", "verdicts"]

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


def verdicts(store: Store, questions: Iterable[Question], layer: str) -> Verdicts:
    """The grades of a layer for these questions."""
    by_id = {question.id: question for question in questions}
    correct = Verdict.CORRECT
    old = {(g.cell, g.question) for g in store.grades(before_layer(layer)) if g.verdict == correct}
    altered = store.altered()
    found: dict[tuple[str, str], dict[str, Graded]] = {}
    for grade in store.grades(layer):
        question = by_id.get(grade.question)
        if question is not None:
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


def accuracy(answers: Iterable[Graded]) -> float | None:
    """The share of correct answers among those without an error; None if there are none."""
    kept = [answer.right for answer in answers if answer.counts]
    return sum(kept) / len(kept) if kept else None
