"""How much results differ between trainings that differ only in their seed."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from fbench.analysis.stats.inputs import real

__all__ = ["Spread", "spread"]


class Spread(NamedTuple):
    """Of `seeds` values: mean, standard deviation (n - 1; None for one value), minimum and maximum."""

    seeds: int
    mean: float
    sd: float | None
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Mean, standard deviation and range. The deviation of one value is None, because it is unknown.

    Raises:
        ValueError: there are no values, or one is not finite.
    """
    known = [real(value, "a value") for value in values]
    if not known:
        raise ValueError("there is no spread of no values: give one for each seed.")
    deviation = statistics.stdev(known) if len(known) > 1 else None
    return Spread(len(known), statistics.fmean(known), deviation, min(known), max(known))
