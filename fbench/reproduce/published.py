"""The numbers that the paper states, as data, and the way its leaderboard was averaged."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources

__all__ = ["MODELS", "Published", "leaderboard_value", "published", "whole_percent"]

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
    """All numbers of the paper that answers could give, in the order of the data file."""
    text = (resources.files("fbench.reproduce") / "published.csv").read_text(encoding="utf-8")
    return tuple(
        Published(row["quantity"], row["model"], float(row["value"]), row["source"])
        for row in csv.DictReader(text.splitlines())
    )


def whole_percent(correct: int, n: int) -> int:
    """`correct` of `n` in percent, rounded half to even."""
    return round(Fraction(100 * correct, n))


def leaderboard_value(percents: Sequence[int]) -> float:
    """A leaderboard cell, as a share: the mean of one whole percent a task, each task weighing the same.

    That the published cells of four tasks step by .0025 tells both.
    """
    return float(Fraction(sum(percents), 100 * len(percents)))
