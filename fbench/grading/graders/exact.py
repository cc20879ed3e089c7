"""Equality of strings, as the paper's authors compare them, but surrounding white space is ignored."""

from __future__ import annotations

from fbench.datasets.notations import visible
from fbench.grading.graders.model import Grade, Item, Verdict

__all__ = ["exact"]


def exact(item: Item, response: str) -> Grade:
    """Correct if the response equals a gold after `strip` and `casefold`, and incorrect otherwise.

    Invisible characters, such as a byte order mark, do not count.
    """
    told = visible(response).strip().casefold()
    if told and any(told == visible(gold).strip().casefold() for gold in item.gold):
        return Grade(Verdict.CORRECT, "exact", "the strings are equal")
    return Grade(Verdict.INCORRECT, "exact", "the strings differ")
