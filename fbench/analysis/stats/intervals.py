"""Intervals for a share of correct answers."""

from __future__ import annotations

import math
from typing import NamedTuple

from fbench.analysis.stats.design import cautious_design, unseen
from fbench.analysis.stats.distributions import beta_quantile, normal_quantile, t_quantile
from fbench.analysis.stats.inputs import Clusters, Weights, clusters_of, count, level_of, real, weights_of

__all__ = ["Interval", "bounds", "clopper_pearson", "clustered_wilson", "wilson"]

_EXACT = 2
"""With at most this many right or wrong answers, an interval is at least as wide as the exact one."""


class Interval(NamedTuple):
    """Both ends of an interval of shares, 0 <= low <= high <= 1."""

    low: float
    high: float


_ANY = Interval(0.0, 1.0)


def wilson(k: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval for `k` of `n` (Wilson 1927); [0, 1] for n = 0. Both may be fractions.

    Raises:
        ValueError: `k` is not from 0 to `n`, or the level not between 0 and 1.
    """
    n = real(n, "n", 0)
    return _wilson(real(k, "k", 0, n), n, normal_quantile((1 + level_of(level)) / 2))


def clustered_wilson(
    outcomes_by_cluster: Clusters, level: float = 0.95, *, weights: Weights | None = None
) -> Interval:
    """Wilson's interval with the effective n of the clusters, and Student's t on clusters - 1 for the normal.

    The effective n is n / design effect (Korn and Graubard 1998 do so for Clopper-Pearson; Dean and Pagano
    2015 compare). Near 0 and 1, where few clusters show how much they differ, the design effect is that of
    `cautious_design`. If at most two answers, in effective numbers, are right or wrong, the interval is
    extended to contain Clopper and Pearson's. With fewer than two clusters the spread is unknown: [0, 1].
    The share is that of the `weights`, if there are any; see `weights_of`.

    Raises:
        ValueError: an outcome is neither true nor false, a weight is not above 0, or the level not between 0
            and 1.
    """
    level = level_of(level)
    clusters, scaled = clusters_of(outcomes_by_cluster), weights_of(outcomes_by_cluster, weights)
    counts = [
        (sum(weight for right, weight in zip(*each, strict=True) if right), sum(each[1]))
        for each in zip(clusters, scaled, strict=True)
    ]
    if len(counts) < 2:
        return _ANY
    k, n = sum(right for right, _ in counts), sum(size for _, size in counts)
    clustered = sum((right * n - k * size) ** 2 for right, size in counts) / (n * n)
    size = sum(size * size for _, size in counts) / n
    k = min(k, n)  # the sums of weights are rounded
    rare = min(k, n - k)
    design = cautious_design(clustered, k * (n - k) / n, size, unseen(rare, n, size))
    known = n / design
    right = known if k == n else k / design
    found = _wilson(right, known, t_quantile((1 + level) / 2, len(counts) - 1))
    if rare > _EXACT * design:
        return found
    exact = _clopper_pearson(right, known, level)
    return Interval(min(found.low, exact.low), max(found.high, exact.high))


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Interval:
    """The exact interval: it covers at least its level (Clopper and Pearson 1934); [0, 1] for n = 0.

    Raises:
        ValueError: `k` is not from 0 to `n`, or the level not between 0 and 1.
    """
    n = count(n, "n")
    return _clopper_pearson(count(k, "k", n), n, level_of(level))


def bounds(correct: int, ungraded: int, n: int) -> Interval:
    """The share of correct answers if none, and if all, of the ungraded ones are; [0, 1] for n = 0.

    Raises:
        ValueError: a count is negative or no whole number, or both are more than `n`.
    """
    n = count(n, "n")
    correct = count(correct, "the number of correct answers", n)
    ungraded = count(ungraded, "the number of ungraded answers", n - correct)
    return Interval(correct / n, (correct + ungraded) / n) if n else _ANY


def _clopper_pearson(k: float, n: float, level: float) -> Interval:
    tail = (1 - level) / 2
    low = beta_quantile(tail, k, n - k + 1) if k > 0 else 0.0
    high = beta_quantile(1 - tail, k + 1, n - k) if k < n else 1.0
    return Interval(low, high)


def _wilson(k: float, n: float, z: float) -> Interval:
    return Interval(_low(k, n, z), 1.0 - _low(n - k, n, z))


def _low(k: float, n: float, z: float) -> float:
    """The lower end. Both ends are computed with it, so they are symmetric, and it is exactly 0 for k = 0."""
    if k <= 0:
        return 0.0
    # (p + z^2/2n - r) / (1 + z^2/n) with r the root, multiplied by its conjugate to lose no digits.
    middle = k + z * z / 2
    root = z * math.sqrt(k * (n - k) / n + z * z / 4)
    return min(k / n, k * k / n / (middle + root))
