"""How much results differ between trainings that differ in their seed alone."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Spread", "spread"]


class Spread(NamedTuple):
    """Of `seeds` values: mean, standard deviation (n - 1; None for one value), least and greatest."""

    seeds: int
    mean: float
    sd: float | None
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Mean, standard deviation and range. One value tells nothing of the deviation, so that is None then.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("there is no spread of no values: give one for each seed.")
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return Spread(len(values), statistics.fmean(values), deviation, min(values), max(values))
