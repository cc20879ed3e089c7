"""The input and output types of a grader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fbench.datasets.model import AnswerKind

__all__ = ["Grade", "Grader", "Item", "Rule", "Verdict"]


class Verdict(StrEnum):
    """The result of grading. `ungraded` widens a result to bounds; `error` is left out of the denominator."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    ABSTAINED = "abstained"
    UNGRADED = "ungraded"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Item:
    """The item that an answer is graded against.

    `question` is the bare question; `gold` holds the accepted answers; without a `kind`, the kind is inferred
    from each gold; `answer_before` is the correct answer before an update.
    """

    question: str
    gold: tuple[str, ...]
    kind: AnswerKind | None = None
    answer_before: str | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A verdict, the name of the rule that reached it, and the reason in plain words."""

    verdict: Verdict
    grader: str
    reason: str


Grader = Callable[[Item, str], Grade]
"""Grades a response. It never raises, whatever the texts are."""

Rule = Callable[[str, str, str], Grade]
"""Grades (gold, answer, question) for one kind of answer, after the guards that all kinds share."""
