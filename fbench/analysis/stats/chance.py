"""Baselines of an accuracy: the share correct without knowledge, and the mean over classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fbench.analysis.stats.inputs import truth

__all__ = ["balanced_accuracy", "chance_level"]


def chance_level(golds: Iterable[str]) -> float:
    """The share correct of always giving the most frequent gold, in [0, 1]; 0 without golds."""
    counts = Counter(golds)
    return max(counts.values()) / counts.total() if counts else 0.0


def balanced_accuracy(answers: Iterable[tuple[str, bool]]) -> float:
    """The mean, over the golds, of the share correct among answers with that gold (Brodersen et al. 2010).

    Takes (gold, correct) pairs. A constant answer to yes/no questions gets 0.5. It is 0 without answers.

    Raises:
        ValueError: an outcome is neither true nor false.
    """
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for gold, correct in answers:
        asked[gold] += 1
        right[gold] += truth(correct)
    return sum(right[gold] / asked[gold] for gold in asked) / len(asked) if asked else 0.0
