"""Intervals for numbers that are computed from several shares, and for ratios of two differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import NamedTuple

from fbench.analysis.stats.design import unseen
from fbench.analysis.stats.distributions import t_quantile
from fbench.analysis.stats.inputs import Weights, level_of, real, truth, weights_of
from fbench.analysis.stats.intervals import Interval

__all__ = ["Ratio", "Triples", "combined_interval", "ratio_of_differences"]

Triples = Sequence[Sequence[tuple[bool, bool, bool]]]
"""Outcomes of three results on the same items, by cluster."""


def combined_interval(
    function: Callable[[Sequence[float]], float],
    shares: Sequence[float],
    intervals: Sequence[Interval],
    deviations: Sequence[Mapping[Hashable, float]],
) -> Interval:
    """An interval for a function of several shares, which rises or falls in each, from their own intervals.

    Square and add (Newcombe 1998, Statistics in Medicine 17, 873; Zou and Donner 2008, there 27, 1693, call
    it MOVER): the distance to an end is the root of sum r_ij d_i d_j, where d_i is how far the function moves
    when share i alone moves to the end of its interval. So it inherits the care of the intervals near 0 and
    1. The correlation r_ij is that of the `deviations` of two shares: by cluster, the sum of outcome minus
    share. It is taken to be 1 where a share does not vary, since nothing is known of it. Where no share moves
    the function alone (a harmonic mean of which two are 0), an end is that of all shares together. The
    interval stays between the values that the function has if all shares are at their worst, and at their
    best, ends.
    """
    shares = [real(share, "a share", 0, 1) for share in shares]
    value = function(shares)
    ends = [
        tuple(function([*shares[:i], end, *shares[i + 1 :]]) for end in interval)
        for i, interval in enumerate(intervals)
    ]
    signs = [1 if low <= high else -1 for low, high in ends]
    worst, best = (
        function([each[side if sign > 0 else 1 - side] for each, sign in zip(intervals, signs, strict=True)])
        for side in (0, 1)
    )
    spreads = [math.fsum(each**2 for each in known.values()) for known in deviations]

    def correlation(i: int, j: int) -> float:
        if i == j or not spreads[i] * spreads[j]:
            return 1.0
        shared = math.fsum(each * deviations[j].get(name, 0.0) for name, each in deviations[i].items())
        return signs[i] * signs[j] * shared / math.sqrt(spreads[i] * spreads[j])

    def reach(moves: Sequence[float]) -> float:
        places = range(len(moves))
        return math.sqrt(
            max(0.0, math.fsum(correlation(i, j) * moves[i] * moves[j] for i in places for j in places))
        )

    low = value - (reach([value - min(each) for each in ends]) or value - worst)
    high = value + (reach([max(each) - value for each in ends]) or best - value)
    return Interval(min(value, max(worst, low)), max(value, min(best, high)))


class Ratio(NamedTuple):
    """A ratio of two differences and its interval, from minus to plus infinity if it is unbounded."""

    value: float
    low: float
    high: float


def ratio_of_differences(
    triples_by_cluster: Triples, level: float = 0.95, *, weights: Weights | None = None
) -> Ratio | None:
    """(second - first) / (third - first), of the shares of three results on the same items.

    The interval is Fieller's (1954, Journal of the Royal Statistical Society B 16, 175): the ratios R for
    which the sum of (second - first) - R (third - first) is not rejected as 0, by its variance between
    clusters and Student's t on clusters - 1. It is unbounded if the denominator itself may be 0.
    If few items show how the second result differs from the two others, the variance of a share of an unseen
    cluster is added, see `unseen`. None if the denominator is 0.

    Raises:
        ValueError: an outcome is neither true nor false, a weight is not above 0, or the level not between 0
            and 1.
    """
    level = level_of(level)
    known = weights_of(triples_by_cluster, weights)
    rows: list[tuple[float, float, float]] = []
    n = squares = unlike_first = unlike_third = 0.0
    for triples, scaled in zip([each for each in triples_by_cluster if len(each)], known, strict=True):
        above = most = 0.0
        for outcomes, weight in zip(triples, scaled, strict=True):
            first, second, third = map(truth, outcomes)
            above += weight * (second - first)
            most += weight * (third - first)
            unlike_first += weight * (second != first)
            unlike_third += weight * (second != third)
        size = sum(scaled)
        rows.append((above, most, size))
        n, squares = n + size, squares + size * size
    above, most = (math.fsum(row[place] for row in rows) for place in (0, 1))
    if abs(most) < 1e-9:
        return None
    if len(rows) < 2:
        return Ratio(above / most, -math.inf, math.inf)
    size = squares / n
    doubt = unseen(min(unlike_first, unlike_third), n, size) * size * size
    apart = [(a - s * above / n, m - s * most / n) for a, m, s in rows]
    t = t_quantile((1 + level) / 2, len(rows) - 1) ** 2
    a = most * most - t * (doubt + math.fsum(m * m for _, m in apart))
    b = above * most - t * math.fsum(x * m for x, m in apart)
    c = above * above - t * (doubt + math.fsum(x * x for x, _ in apart))
    if a <= 0:
        return Ratio(above / most, -math.inf, math.inf)
    root = math.sqrt(max(0.0, b * b - a * c))
    return Ratio(above / most, (b - root) / a, (b + root) / a)
