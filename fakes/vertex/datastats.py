"""Distributions over a tuning dataset, as SupervisedTuningDataStats of the discovery document has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median

__all__ = ["distribution"]

_BUCKETS = 10


def distribution(values: Sequence[int]) -> dict[str, object]:
    """A SupervisedTuningDatasetDistribution of some values (at least one).

    Percentiles are of the nearest rank; the histogram has ten buckets of equal width, or one where all
    values are the same. int64 as strings, doubles as numbers.
    """
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    count = _BUCKETS if high > low else 1
    width = (high - low) / count
    held = [0] * count
    for value in ordered:
        held[min(count - 1, (value - low) * count // (high - low)) if high > low else 0] += 1
    total = str(sum(ordered))
    return {
        "sum": total,
        "billableSum": total,
        "min": low,
        "max": high,
        "mean": round(fmean(ordered), 6),
        "median": median(ordered),
        "p5": _percentile(ordered, 5),
        "p95": _percentile(ordered, 95),
        "buckets": [
            {"count": number, "left": round(low + at * width, 6), "right": round(low + (at + 1) * width, 6)}
            for at, number in enumerate(held)
        ],
    }


def _percentile(ordered: Sequence[int], percent: int) -> int:
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
