"""How much clustering costs: intraclass correlation, design effect, effective sample size."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["design_effect", "effective_n", "intraclass_correlation"]

Clusters = Sequence[Sequence[bool]]
"""Outcomes by cluster; no cluster is empty."""


def _counts(clusters: Clusters) -> list[tuple[int, int]]:
    return [(sum(cluster), len(cluster)) for cluster in clusters if cluster]


def design_effect(clusters: Clusters) -> float:
    """Variance of the accuracy with clusters kept together, over that of independent answers. At least 0.

    The clustered variance is the sandwich estimate for a ratio of totals (Liang and Zeger 1986), the plain
    one p (1 - p) / n. Neither is corrected for few clusters: Student's t is, in the interval. So clusters of
    one give 1, and doubling every answer inside its cluster doubles it. With one cluster or no variation
    it is 1.
    """
    counts = _counts(clusters)
    n, correct = sum(size for _, size in counts), sum(right for right, _ in counts)
    if len(counts) < 2 or correct in (0, n):
        return 1.0
    p = correct / n
    return sum((right - p * size) ** 2 for right, size in counts) / (n * p * (1 - p))


def effective_n(clusters: Clusters) -> float:
    """How many independent answers tell as much: n / max(1, design effect). Never more than n."""
    return sum(size for _, size in _counts(clusters)) / max(1.0, design_effect(clusters))


def intraclass_correlation(clusters: Clusters) -> float:
    """Share of the variance that lies between clusters, by one-way analysis of variance. In [-1, 1].

    (MSB - MSW) / (MSB + (m0 - 1) MSW), with m0 the adjusted mean cluster size (Donner and Klar 2000, chapter
    1). It is 0 where it is undefined: fewer than two clusters, all of size one, or no variation.
    """
    counts = _counts(clusters)
    n, groups = sum(size for _, size in counts), len(counts)
    correct = sum(right for right, _ in counts)
    if groups < 2 or n == groups or correct in (0, n):
        return 0.0
    p = correct / n
    between = sum(size * (right / size - p) ** 2 for right, size in counts) / (groups - 1)
    within = sum(right * (1 - right / size) for right, size in counts) / (n - groups)
    size = (n - sum(size * size for _, size in counts) / n) / (groups - 1)
    return (between - within) / (between + (size - 1) * within)
