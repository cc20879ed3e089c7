"""What a grader is given and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from fbench.datasets.model import AnswerKind

__all__ = ["Grade", "Grader", "Item", "Rule", "Verdict"]


class Verdict(StrEnum):
    """What was made of an answer. `ungraded` widens a result to a bound; `error` leaves its denominator."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    ABSTAINED = "abstained"
    UNGRADED = "ungraded"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Item:
    """What an answer is graded against.

    `question` is the bare question; `gold` holds the accepted answers; without a `kind` it is inferred
    from each gold; `answer_before` is what was right before an update.
    """

    question: str
    gold: tuple[str, ...]
    kind: AnswerKind | None = None
    answer_before: str | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A verdict, the name of the rule that reached it, and why, in plain words."""

    verdict: Verdict
    grader: str
    reason: str


Grader = Callable[[Item, str], Grade]
"""Grades a response. Total: it never raises, whatever the texts are."""

Rule = Callable[[str, str, str], Grade]
"""Grades (gold, answer, question) for one kind of answer, after the guards that all kinds share."""
