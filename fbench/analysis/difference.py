"""The difference of two cells on the same questions, with its interval and p value."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.analysis.results import ReportedDifference, rounded
from fbench.analysis.stats import FEW_CLUSTERS, Weights, paired_difference, sign_flip_test

__all__ = ["difference_of"]


def difference_of(
    clusters: Sequence[Sequence[tuple[bool, bool]]], weights: Weights | None = None
) -> tuple[ReportedDifference, float]:
    """The second minus the first share of correct answers, from pairs by cluster; and p before rounding."""
    value, low, high = paired_difference(clusters, weights=weights)
    p = sign_flip_test(clusters, weights=weights).mid
    few = sum(len(cluster) > 0 for cluster in clusters) < FEW_CLUSTERS
    found = ReportedDifference(
        value=rounded(value), low=rounded(low), high=rounded(high), p=rounded(p), few_clusters=few
    )
    return found, p
