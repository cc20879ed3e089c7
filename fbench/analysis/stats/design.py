"""The effect of clustering: intraclass correlation, design effect, effective sample size."""

from __future__ import annotations

from fbench.analysis.stats.inputs import Clusters, clusters_of

__all__ = ["cautious_design", "design_effect", "effective_n", "intraclass_correlation", "unseen"]


def _counts(clusters: Clusters) -> list[tuple[int, int]]:
    return [(sum(cluster), len(cluster)) for cluster in clusters_of(clusters)]


def design_effect(clusters: Clusters) -> float:
    """The variance of the accuracy with clusters kept together, over that of independent answers. At least 0.

    The clustered variance is the sandwich estimate for a ratio of totals (Liang and Zeger 1986), the plain
    one is p (1 - p) / n. Neither is corrected for few clusters; Student's t in the interval does that. So
    clusters of size one give 1, and doubling every answer inside its cluster doubles it. With one cluster or
    no variation it is 1.
    """
    counts = _counts(clusters)
    n, correct = sum(size for _, size in counts), sum(right for right, _ in counts)
    if len(counts) < 2 or correct in (0, n):
        return 1.0
    p = correct / n
    return sum((right - p * size) ** 2 for right, size in counts) / (n * p * (1 - p))


def effective_n(clusters: Clusters) -> float:
    """The number of independent answers with the same information: n / max(1, design effect), at most n."""
    return sum(size for _, size in _counts(clusters)) / max(1.0, design_effect(clusters))


def unseen(rare: float, n: float, size: float) -> float:
    """The share, from 1 to 0, of an unseen cluster with equal outcomes that is added to the seen clusters.

    If nearly all items have the same outcome, the few others hardly show how much clusters differ. Of 36
    clusters, for example, each entirely correct one time in 20, one draw in six has no entirely correct one,
    and looks as if clusters did not differ at all. So the share is 1 if no item has another outcome, and
    falls to 0 if `rare` of the `n` items are as many as in three clusters, or a third of all. `size` is the
    average size of the cluster that an item is in.
    """
    return max(0.0, 1.0 - rare / min(4 * size, 0.4 * n)) ** 2


def cautious_design(clustered: float, independent: float, size: float, share: float) -> float:
    """The design effect with a `share` of a cluster of `size` items with equal outcomes added. At least 1.

    `clustered` and `independent` are the variances of a total. It is at least 1 because clusters that differ
    less than independent items do so by chance, which does not justify a narrower interval.
    """
    if not (independent or share):
        return max(1.0, size)
    return max(1.0, (clustered + share * size * size) / (independent + share * size))


def intraclass_correlation(clusters: Clusters) -> float:
    """The share of the variance that is between clusters, by one-way analysis of variance. In [-1, 1].

    (MSB - MSW) / (MSB + (m0 - 1) MSW), with m0 the adjusted mean cluster size (Donner and Klar 2000, chapter
    1). It is 0 if it is undefined: fewer than two clusters, all of size one, or no variation.
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
