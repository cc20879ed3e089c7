"""Equality of strings, as the paper's authors compare, but for white space around."""

from __future__ import annotations

from fbench.datasets.writing import visible
from fbench.grading.graders.model import Grade, Item, Verdict

__all__ = ["exact"]


def exact(item: Item, response: str) -> Grade:
    """Correct where the response is a gold after `strip` and `casefold`, and incorrect otherwise.

    What nobody sees, such as a byte order mark, does not count.
    """
    told = visible(response).strip().casefold()
    if told and any(told == visible(gold).strip().casefold() for gold in item.gold):
        return Grade(Verdict.CORRECT, "exact", "the strings are equal")
    return Grade(Verdict.INCORRECT, "exact", "the strings differ")
