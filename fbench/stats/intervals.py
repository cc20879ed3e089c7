"""Intervals for a share of correct answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from fbench.stats.design import effective_n
from fbench.stats.distributions import beta_quantile, normal_quantile, t_quantile

__all__ = ["Interval", "bounds", "clopper_pearson", "clustered_wilson", "wilson"]


class Interval(NamedTuple):
    """Both ends of an interval of shares, 0 <= low <= high <= 1."""

    low: float
    high: float


_ANY = Interval(0.0, 1.0)


def wilson(k: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval for `k` of `n` (Wilson 1927); [0, 1] for n = 0."""
    return _wilson(k, n, normal_quantile((1 + level) / 2))


def clustered_wilson(outcomes_by_cluster: Sequence[Sequence[bool]], level: float = 0.95) -> Interval:
    """Wilson's interval with the effective n of the clusters, and Student's t on clusters - 1 for the normal.

    The effective n is n / max(1, design effect) (Korn and Graubard 1998 do so for Clopper-Pearson; Dean and
    Pagano 2015 compare). With fewer than two clusters nothing is known of the spread: [0, 1].
    """
    clusters = [cluster for cluster in outcomes_by_cluster if cluster]
    n = sum(len(cluster) for cluster in clusters)
    if len(clusters) < 2:
        return _ANY
    k, known = sum(sum(cluster) for cluster in clusters), effective_n(clusters)
    return _wilson(known if k == n else k * known / n, known, t_quantile((1 + level) / 2, len(clusters) - 1))


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Interval:
    """The exact interval: it covers at least its level (Clopper and Pearson 1934); [0, 1] for n = 0."""
    tail = (1 - level) / 2
    low = beta_quantile(tail, k, n - k + 1) if k > 0 else 0.0
    high = beta_quantile(1 - tail, k + 1, n - k) if k < n else 1.0
    return Interval(low, high)


def bounds(correct: int, ungraded: int, n: int) -> Interval:
    """The share of correct answers if none, and if all, of the ungraded ones are; [0, 1] for n = 0."""
    return Interval(correct / n, (correct + ungraded) / n) if n else _ANY


def _wilson(k: float, n: float, z: float) -> Interval:
    return Interval(_low(k, n, z), 1.0 - _low(n - k, n, z))


def _low(k: float, n: float, z: float) -> float:
    """The lower end. Both ends come from it, so that they mirror, and it is exactly 0 for k = 0."""
    if k <= 0:
        return 0.0
    # (p + z^2/2n - r) / (1 + z^2/n) with r the root, multiplied by its conjugate to lose no digits.
    middle = k + z * z / 2
    root = z * math.sqrt(k * (n - k) / n + z * z / 4)
    return min(k / n, k * k / n / (middle + root))
