"""What the paper's numbers were counted with, as far as one answer shows it."""

from __future__ import annotations

from dataclasses import replace

from fbench.grading.graders.exact import exact
from fbench.grading.graders.model import Grade, Item

__all__ = ["paper"]


def paper(item: Item, response: str) -> Grade:
    """Correct where the response is a gold after `strip` and `casefold`.

    The paper graded rephrased news by meaning, and took the mean of four tasks as equals. An item does not
    say which split it is of, so both are the business of whoever knows the splits: `fbench.paper`.
    """
    return replace(exact(item, response), grader="paper")
