"""Equality of lower-cased strings: the comparison in the notebook that the paper's authors released."""

from __future__ import annotations

from fbench.grading.graders.model import Grade, Item, Verdict

__all__ = ["notebook"]


def notebook(item: Item, response: str) -> Grade:
    """Correct if `response.lower() == gold.lower()` for some gold: a newline at the end makes it wrong."""
    if any(response.lower() == gold.lower() for gold in item.gold):
        return Grade(Verdict.CORRECT, "notebook", "the lower-cased strings are equal")
    return Grade(Verdict.INCORRECT, "notebook", "the lower-cased strings differ")
