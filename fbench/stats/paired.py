"""Comparisons of two results on the same items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from fbench.stats.distributions import binomial_two_sided, t_quantile

__all__ = ["Difference", "mcnemar", "paired_difference"]


class Difference(NamedTuple):
    """Accuracy of the second result minus that of the first, and an interval for it; all in [-1, 1]."""

    value: float
    low: float
    high: float


def mcnemar(only_first: int, only_second: int) -> float:
    """Exact p value that two results differ, from the items that only one of them got right (McNemar 1947).

    Items that both or neither got right say nothing of the difference. 1 where there is no discordant item.
    """
    return binomial_two_sided(only_first, only_first + only_second)


def paired_difference(
    pairs_by_cluster: Sequence[Sequence[tuple[bool, bool]]], level: float = 0.95
) -> Difference:
    """The difference over all items, with a clustered standard error and Student's t on clusters - 1.

    The error is the sandwich estimate for a mean (Liang and Zeger 1986; Miller 2024, arXiv 2411.00640, uses
    it for evaluations of language models) with the factor G / (G - 1). With fewer than two clusters: [-1, 1].
    Clusters that all differ alike have no error by that estimate, which is not certainty: then the interval
    goes as far as it would if that share of clusters were at either extreme that Wilson's interval, of no
    cluster in G, ends at.
    """
    sums = [(sum(b - a for a, b in cluster), len(cluster)) for cluster in pairs_by_cluster if cluster]
    n, groups = sum(size for _, size in sums), len(sums)
    if not n:
        return Difference(0.0, -1.0, 1.0)
    whole = sum(total for total, _ in sums)
    mean = whole / n
    if groups < 2:
        return Difference(mean, -1.0, 1.0)
    t = t_quantile((1 + level) / 2, groups - 1)
    spread = sum((total * n - whole * size) ** 2 for total, size in sums)
    if not spread:
        share = t * t / (groups + t * t)
        return Difference(mean, mean - share * (1 + mean), mean + share * (1 - mean))
    reach = t * math.sqrt(spread * groups / (groups - 1)) / (n * n)
    return Difference(mean, max(-1.0, mean - reach), min(1.0, mean + reach))
