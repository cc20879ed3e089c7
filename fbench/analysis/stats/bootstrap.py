"""Intervals by resampling clusters, for means without a reliable formula for their spread."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import NormalDist

from fbench.analysis.stats.distributions import t_quantile
from fbench.analysis.stats.inputs import count, level_of, real
from fbench.analysis.stats.intervals import Interval

__all__ = ["clustered_bootstrap"]


def clustered_bootstrap(
    values_by_cluster: Sequence[Sequence[float]],
    level: float = 0.95,
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> Interval:
    """An interval for the mean of all values, by drawing whole clusters with replacement.

    It is the expanded percentile interval (Hesterberg 2015, The American Statistician 69, section 4.6). The
    plain one is as narrow as a normal interval with the variance divided by n instead of n - 1. So its
    percentiles are moved outwards by the ratio of Student's t on clusters - 1 to the normal, which matters
    for few clusters. The interval stays within the values that the clusters have; this is why score intervals
    are the default for shares. If all clusters have the same mean it would be a point, and that is refused.
    With fewer than two clusters the spread is unknown: from minus to plus infinity.

    Equal seeds give equal intervals on every Python, because only `random()` is used.

    Raises:
        ValueError: the interval has no width, since the clusters hardly differ; a value is not finite; or the
            level or the number of resamples is out of range.
    """
    level, seed = level_of(level), int(seed)
    resamples = count(resamples, "the number of resamples", least=1)
    sums = [
        (math.fsum(real(value, "a value") for value in cluster), len(cluster))
        for cluster in values_by_cluster
    ]
    sums = [(total, size) for total, size in sums if size]
    groups = len(sums)
    if groups < 2:
        return Interval(-math.inf, math.inf)
    draw = random.Random(seed).random  # noqa: S311 - resampling, not a secret
    means: list[float] = []
    for _ in range(resamples):
        drawn = [sums[int(draw() * groups)] for _ in range(groups)]
        means.append(math.fsum(total for total, _ in drawn) / sum(size for _, size in drawn))
    means.sort()
    reach = math.sqrt(groups / (groups - 1)) * t_quantile((1 + level) / 2, groups - 1)
    outside = int(resamples * NormalDist().cdf(-reach))
    low, high = means[outside], means[-1 - outside]
    if math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-12):  # equal, apart from rounding
        raise ValueError(
            f"a bootstrap of these {groups} clusters has no width: their means hardly differ, if at all, and "
            "drawing from them again cannot show how others would. Take a score interval."
        )
    return Interval(low, high)
