"""The bootstrap over clusters."""

# The parameters of pytest.approx have no types
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random
from statistics import NormalDist, fmean

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fbench.analysis.stats import clustered_bootstrap
from fbench.analysis.stats.distributions import t_quantile
from fbench.testing.samples import clusters

Clusters = list[list[bool]]


@settings(max_examples=20)
@given(clusters(), st.integers(0, 9))
def test_equal_seeds_give_equal_intervals_around_the_share(groups: Clusters, seed: int) -> None:
    try:
        low, high = clustered_bootstrap(groups, seed=seed, resamples=200)
    except ValueError:
        shares = {fmean(group) for group in groups}
        assert len(shares) == 1
        return
    assert clustered_bootstrap(groups, seed=seed, resamples=200) == (low, high)
    assert 0 <= low < high <= 1


def test_the_numbers_are_the_same_on_every_python() -> None:
    groups = [[True, False], [True], [False, False, True], [True, True], [False]]
    assert clustered_bootstrap(groups, seed=0, resamples=50) == (0.2, 6 / 7)
    assert clustered_bootstrap(groups, level=0.5, seed=1, resamples=200) == (3 / 7, 2 / 3)
    assert clustered_bootstrap(groups, level=0.8) == (1 / 3, 6 / 7)


def test_the_ends_are_the_percentiles_that_student_moves_out() -> None:
    groups = [[float(n**5)] for n in range(12)]
    draw = random.Random(0).random  # noqa: S311 - as the bootstrap draws
    means = sorted(sum(groups[int(draw() * 12)][0] for _ in groups) / 12 for _ in range(2000))
    for level in (0.2, 0.5, 0.8, 0.95):
        reach = math.sqrt(12 / 11) * t_quantile((1 + level) / 2, 11)
        outside = int(2000 * NormalDist().cdf(-reach))
        expected = (means[outside], means[1999 - outside])
        assert clustered_bootstrap(groups, level) == pytest.approx(expected, rel=1e-12)
        assert clustered_bootstrap(groups, level, seed=0, resamples=2000) == clustered_bootstrap(
            groups, level
        )


def test_the_level_is_95_percent_unless_another_is_asked_for() -> None:
    groups = [[float(n**5)] for n in range(12)]
    assert clustered_bootstrap(groups) == clustered_bootstrap(groups, 0.95)
    assert clustered_bootstrap(groups) != clustered_bootstrap(groups, 0.999)


def test_other_seeds_draw_other_clusters() -> None:
    groups = [[(number * 7) % 10 / 9] for number in range(30)]
    found = {clustered_bootstrap(groups, seed=seed, resamples=100) for seed in range(5)}
    assert len(found) == 5


@settings(max_examples=20)
@given(clusters(most=10))
def test_repeating_items_inside_their_cluster_or_empty_clusters_change_nothing(groups: Clusters) -> None:
    assume(len({fmean(group) for group in groups}) > 1)
    plain = clustered_bootstrap(groups, resamples=100)
    assert clustered_bootstrap([group * 2 for group in groups], resamples=100) == pytest.approx(plain)
    assert clustered_bootstrap([[], *groups, []], resamples=100) == plain


def test_the_interval_grows_with_its_level_and_is_near_that_of_student() -> None:
    draw = random.Random(3)  # noqa: S311 - made-up values, no secret
    groups = [[draw.gauss(0, 1)] for _ in range(40)]
    values = [value for (value,) in groups]
    mean = sum(values) / 40
    error = math.sqrt(sum((value - mean) ** 2 for value in values) / 39 / 40)
    intervals = [clustered_bootstrap(groups, level, resamples=3000) for level in (0.5, 0.8, 0.95)]
    for level, (low, high) in zip((0.5, 0.8, 0.95), intervals, strict=True):
        reach = t_quantile((1 + level) / 2, 39) * error
        assert high - low == pytest.approx(2 * reach, rel=0.08)
        assert (low + high) / 2 == pytest.approx(mean, abs=0.1 * error)
    assert intervals[2].low < intervals[1].low < intervals[0].low


def test_few_clusters_are_widened_to_what_student_says() -> None:
    # Of five clusters the plain percentile interval would have z where Student's t is 2.78.
    draw = random.Random(5)  # noqa: S311 - as above
    groups = [[draw.gauss(0, 1)] for _ in range(5)]
    values = [value for (value,) in groups]
    mean = sum(values) / 5
    plain = 2 * 1.96 * math.sqrt(sum((value - mean) ** 2 for value in values)) / 5
    low, high = clustered_bootstrap(groups)
    assert high - low > 1.2 * plain


def test_too_few_clusters_leave_it_open() -> None:
    assert clustered_bootstrap([[True, False]]) == (-math.inf, math.inf)
    assert clustered_bootstrap([[True, False], []]) == (-math.inf, math.inf)
    assert clustered_bootstrap([]) == (-math.inf, math.inf)


@pytest.mark.parametrize("groups", [[[1.0], [1.0]], [[0.0, 1.0]] * 25, [[0.1, 0.2], [0.15]], [[-1.0]] * 3])
def test_a_bootstrap_without_width_is_refused_with_the_reason(groups: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=rf"these {len(groups)} clusters has no width.*score interval"):
        clustered_bootstrap(groups, resamples=50)


def test_one_resample_shows_no_width() -> None:
    with pytest.raises(ValueError, match="has no width"):
        clustered_bootstrap([[True], [False], [True]], resamples=1)
