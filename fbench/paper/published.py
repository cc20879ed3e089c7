"""The numbers that the paper states, as data, and how its leaderboard was averaged."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources

__all__ = ["MODELS", "Half", "Published", "halves", "leaderboard_value", "published", "whole_percent"]

MODELS = (
    "gpt-4o-mini-2024-07-18",
    "gpt-3.5-turbo-0125",
    "gpt-4o-2024-08-06",
    "gemini-1.5-flash-002",
    "gemini-1.5-pro-002",
)
"""The five fine-tuned models, in the leaderboard's order."""


@dataclass(frozen=True, slots=True)
class Published:
    """One number of the paper: `value` is a share; `model` is "all" for a mean over the five."""

    quantity: str
    model: str
    value: float
    source: str


@cache
def published() -> tuple[Published, ...]:
    """All numbers of the paper that could be computed from answers, in the order of the data file."""
    text = (resources.files("fbench.paper") / "published.csv").read_text(encoding="utf-8")
    return tuple(
        Published(row["quantity"], row["model"], float(row["value"]), row["source"])
        for row in csv.DictReader(text.splitlines())
    )


@dataclass(frozen=True, slots=True)
class Half:
    """The average of two of the four tasks over the models, according to the published numbers.

    Shares, exact to a tenth of a percent: the minimum and maximum possible, and their middle.
    """

    low: Fraction
    high: Fraction

    @property
    def middle(self) -> Fraction:
        """Halfway between the two."""
        return (self.low + self.high) / 2

    def minus(self, whole: Fraction) -> Half:
        """The other half, if the two halves add up to `whole`."""
        return Half(whole - self.high, whole - self.low)


def halves(numbers: Sequence[Published]) -> tuple[Half, Half]:
    """The averages for new knowledge and for updated knowledge that the generalization column allows.

    A cell is the mean of one whole percent per task, so the two halves are means of equally many whole
    percents, and add up to twice the mean of the column. Each rounds to its own published number; ties may
    round either way. Raises `ValueError` if no two halves satisfy both conditions.
    """
    cells = [4 * _percent(number) for number in numbers if number.quantity == "generalization"]
    new, updated = (
        next(_percent(number) for number in numbers if number.quantity == quantity)
        for quantity in ("new knowledge", "updated knowledge")
    )
    whole, n = sum(cells, Fraction(0)), 2 * len(cells)
    tie = Fraction(1, 2)
    fitting = [
        Fraction(percents, 100 * n)
        for percents in range(100 * n + 1)
        if abs(Fraction(percents, n) - new) <= tie and abs((whole - percents) / n - updated) <= tie
    ]
    if not fitting:
        raise ValueError("no halves of the published cells round to the published numbers")
    first = Half(fitting[0], fitting[-1])
    return first, first.minus(whole / (100 * n))


def _percent(number: Published) -> Fraction:
    """The published number in percent, exactly."""
    return 100 * Fraction(str(number.value))


def whole_percent(correct: int, n: int) -> int:
    """`correct` of `n` in percent, rounded half to even."""
    return round(Fraction(100 * correct, n))


def leaderboard_value(percents: Sequence[int]) -> float:
    """A leaderboard cell, as a share: the mean of one whole percent per task, with equal weights.

    Both follow from the step size of .0025 between the published cells of four tasks.
    """
    return float(Fraction(sum(percents), 100 * len(percents)))
