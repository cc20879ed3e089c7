"""How often intervals hold what they promise, by seeded simulation."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from fbench.stats import clopper_pearson, clustered_bootstrap, clustered_wilson, wilson

Clusters = list[list[bool]]


def covered(make: Callable[[Clusters], tuple[float, float]], p: float, groups: int, size: int) -> float:
    """How often the interval of made-up results holds the true share; clusters differ, by Beta(4p, 4q)."""
    draw = random.Random(17)  # noqa: S311 - made-up answers, no secret
    held = 0
    for _ in range(150):
        shares = [draw.betavariate(4 * p, 4 * (1 - p)) if size > 1 else p for _ in range(groups)]
        low, high = make([[draw.random() < share for _ in range(size)] for share in shares])
        held += low <= p <= high
    return held / 150


@pytest.mark.parametrize(("p", "groups", "size"), [(0.3, 25, 6), (0.5, 10, 4), (0.8, 40, 1)])
def test_clustered_intervals_cover_about_their_level(p: float, groups: int, size: int) -> None:
    # The binomial deviation of 150 trials at .95 is .018.
    assert 0.9 <= covered(clustered_wilson, p, groups, size) <= 0.99
    assert 0.89 <= covered(lambda made: clustered_bootstrap(made, resamples=100), p, groups, size) <= 0.99


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9])
def test_exact_intervals_cover_at_least_their_level_and_plain_ones_not_under_clusters(p: float) -> None:
    def exact(made: Clusters) -> tuple[float, float]:
        return clopper_pearson(sum(map(sum, made)), sum(map(len, made)))

    def plain(made: Clusters) -> tuple[float, float]:
        return wilson(sum(map(sum, made)), sum(map(len, made)))

    assert covered(exact, p, 40, 1) >= 0.93
    assert covered(plain, p, 25, 6) < covered(clustered_wilson, p, 25, 6)
