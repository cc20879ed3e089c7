"""Intervals hold what their formulas promise, and agree with tables and with scipy."""

# The parameters of pytest.approx have no types, scipy and statsmodels none at all
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.analysis.stats import (
    bounds,
    clopper_pearson,
    clustered_wilson,
    design_effect,
    effective_n,
    intraclass_correlation,
    wilson,
)
from fbench.analysis.stats.design import cautious_design, unseen
from fbench.analysis.stats.distributions import beta_cdf, beta_quantile, t_quantile
from fbench.testing.samples import clusters, counts, levels


@given(counts(), levels)
def test_wilson_lies_in_the_unit_interval_and_contains_the_share(
    count: tuple[int, int], level: float
) -> None:
    k, n = count
    low, high = wilson(k, n, level)
    assert 0 <= low <= k / n <= high <= 1


@given(counts(), levels)
def test_wilson_mirrors_when_right_and_wrong_are_swapped(count: tuple[int, int], level: float) -> None:
    k, n = count
    low, high = wilson(k, n, level)
    mirrored = wilson(n - k, n, level)
    assert low == pytest.approx(1 - mirrored.high, abs=1e-15)
    assert high == pytest.approx(1 - mirrored.low, abs=1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 25, 218])
def test_wilson_starts_at_exactly_zero_for_no_success_and_ends_at_exactly_one_for_no_failure(n: int) -> None:
    assert wilson(0, n).low == 0.0
    assert wilson(n, n).high == 1.0


@given(counts(), levels)
def test_the_ends_of_wilson_solve_its_defining_equation(count: tuple[int, int], level: float) -> None:
    k, n = count
    z = NormalDist().inv_cdf((1 + level) / 2)
    for end in wilson(k, n, level):
        assert (k / n - end) ** 2 == pytest.approx(z * z * end * (1 - end) / n, abs=1e-12)


def test_wilson_has_the_tabulated_value_of_81_in_263() -> None:
    # Newcombe 1998, Statistics in Medicine 17, table I, method 3
    assert [round(end, 4) for end in wilson(81, 263)] == [0.2553, 0.3662]
    assert [round(end, 4) for end in wilson(15, 148)] == [0.0624, 0.1605]
    assert [round(end, 4) for end in wilson(0, 20)] == [0.0, 0.1611]


def test_clopper_pearson_has_the_tabulated_value_of_81_in_263() -> None:
    # Newcombe 1998, table I, method 5
    assert [round(end, 4) for end in clopper_pearson(81, 263)] == [0.2527, 0.3676]
    assert [round(end, 4) for end in clopper_pearson(15, 148)] == [0.0578, 0.1617]


@given(st.integers(1, 200), levels)
def test_clopper_pearson_has_its_closed_form_at_the_ends(n: int, level: float) -> None:
    tail = (1 - level) / 2
    assert clopper_pearson(0, n, level) == (0.0, pytest.approx(1 - tail ** (1 / n), abs=1e-12))
    assert clopper_pearson(n, n, level) == (pytest.approx(tail ** (1 / n), abs=1e-12), 1.0)


@settings(deadline=None)
@given(st.integers(1, 40), st.floats(0.001, 0.999), levels)
def test_clopper_pearson_covers_at_least_its_level(n: int, p: float, level: float) -> None:
    intervals = [clopper_pearson(k, n, level) for k in range(n + 1)]
    covered = math.fsum(
        math.comb(n, k) * p**k * (1 - p) ** (n - k)
        for k in range(n + 1)
        if intervals[k].low <= p <= intervals[k].high
    )
    assert covered >= level - 1e-9


@given(st.lists(st.booleans(), min_size=2, max_size=60))
def test_clusters_of_one_are_independent_answers(outcomes: list[bool]) -> None:
    singletons = [[outcome] for outcome in outcomes]
    assert design_effect(singletons) == pytest.approx(1)
    assert effective_n(singletons) == pytest.approx(len(outcomes))


@given(clusters())
def test_repeating_every_answer_inside_its_cluster_tells_nothing_more(groups: list[list[bool]]) -> None:
    doubled = [group * 2 for group in groups]
    correct, n = sum(map(sum, groups)), sum(map(len, groups))
    if 0 < correct < n:
        assert design_effect(doubled) == pytest.approx(2 * design_effect(groups))
    if design_effect(groups) >= 1 and 0 < correct < n:
        assert clustered_wilson(doubled) == pytest.approx(clustered_wilson(groups))


@given(clusters())
def test_clustered_wilson_contains_the_share_and_is_never_narrower_than_wilson(
    groups: list[list[bool]],
) -> None:
    correct, n = sum(map(sum, groups)), sum(map(len, groups))
    low, high = clustered_wilson(groups)
    plain = wilson(correct, n)
    assert 0 <= low <= correct / n + 1e-12
    assert correct / n - 1e-12 <= high <= 1
    assert low <= plain.low + 1e-12
    assert high >= plain.high - 1e-12


def test_a_cluster_that_was_not_seen_counts_the_less_the_more_answers_are_right() -> None:
    # 36 clusters of six: up to four clusters' worth, the square of what is left to that.
    assert unseen(0, 216, 6.0) == 1
    assert unseen(6, 216, 6.0) == pytest.approx((1 - 6 / 24) ** 2)
    assert unseen(24, 216, 6.0) == unseen(30, 216, 6.0) == 0
    # Seven of 20: two fifths of 140 are less than four clusters' worth.
    assert unseen(28, 140, 20.0) == pytest.approx(0.25)


@pytest.mark.parametrize("right", [1, 2, 3, 6])
def test_few_right_answers_of_one_cluster_reach_as_low_as_the_exact_interval(right: int) -> None:
    groups = [[True] * right + [False] * (6 - right), *[[False] * 6] * 24]
    n = 150
    variance = sum((sum(group) * n - right * 6) ** 2 for group in groups) / n**2
    design = cautious_design(variance, right * (n - right) / n, 6, unseen(right, n, 6))
    assert right / design <= 2 < right * design
    exact = beta_quantile(0.025, right / design, (n - right) / design + 1)

    assert clustered_wilson(groups).low == pytest.approx(exact, rel=1e-9)


def test_the_cautious_design_effect_adds_a_cluster_that_moved_as_one() -> None:
    assert cautious_design(30, 10, 6, 0) == 3
    assert cautious_design(30, 10, 6, 0.5) == (30 + 18) / (10 + 3)
    assert cautious_design(5, 10, 6, 0) == 1
    assert cautious_design(0, 0, 6, 1) == cautious_design(0, 0, 6, 0) == 6
    assert cautious_design(0, 0, 1, 0) == 1


def test_no_right_answer_leaves_as_much_open_as_that_many_clusters() -> None:
    # By the score test t^2 / (G + t^2), by the exact one 1 - .025^(1/G): the wider holds.
    t = t_quantile(0.975, 24)
    expected = max(t * t / (25 + t * t), 1 - 0.025 ** (1 / 25))
    assert clustered_wilson([[False] * 6] * 25) == (0.0, pytest.approx(expected))
    assert clustered_wilson([[True] * 6] * 25) == (pytest.approx(1 - expected), 1.0)


@pytest.mark.parametrize("k", [0, 1, 2, 38, 39, 40])
def test_two_right_or_wrong_answers_have_an_interval_at_least_as_wide_as_the_exact_one(k: int) -> None:
    groups = [[True]] * k + [[False]] * (40 - k)
    score, exact = wilson(k, 40, 2 * NormalDist().cdf(t_quantile(0.975, 39)) - 1), clopper_pearson(k, 40)
    found = clustered_wilson(groups)
    assert found == pytest.approx((min(score.low, exact.low), max(score.high, exact.high)))


def test_three_right_answers_have_the_score_interval() -> None:
    t = t_quantile(0.975, 39)
    score = wilson(3, 40, 2 * NormalDist().cdf(t) - 1)
    assert clustered_wilson([[True]] * 3 + [[False]] * 37) == pytest.approx(score)
    assert clopper_pearson(3, 40).low < score.low


@given(clusters(), levels)
def test_clustered_intervals_mirror_when_right_and_wrong_are_swapped(
    groups: list[list[bool]], level: float
) -> None:
    low, high = clustered_wilson(groups, level)
    mirrored = clustered_wilson([[not each for each in group] for group in groups], level)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_one_cluster_tells_nothing_of_the_spread() -> None:
    assert clustered_wilson([[True, False, True]]) == (0.0, 1.0)
    assert clustered_wilson([]) == (0.0, 1.0)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_design_effect_of_clusters_that_agree_inside_is_their_size() -> None:
    assert design_effect([[True] * 6, [False] * 6] * 5) == pytest.approx(6)
    assert effective_n([[True] * 6, [False] * 6] * 5) == pytest.approx(10)


def test_the_intraclass_correlation_is_one_for_agreement_and_negative_for_balance() -> None:
    assert intraclass_correlation([[True] * 4, [False] * 4]) == pytest.approx(1)
    # Between mean square 0: (0 - W) / (0 + (2 - 1) W) = -1.
    assert intraclass_correlation([[True, False]] * 5) == pytest.approx(-1)
    assert intraclass_correlation([[True], [False]]) == 0
    # By hand: MSB = 1/2, MSW = 1/4, m0 = 2, so (1/2 - 1/4) / (1/2 + 1/4).
    assert intraclass_correlation([[True, True], [True, False], [False, False]]) == pytest.approx(
        (1 / 2 - 1 / 6) / (1 / 2 + 1 / 6)
    )


def test_one_right_answer_is_variation_enough_for_a_correlation() -> None:
    # By hand: MSB = 2/15, MSW = 2/9, m0 = 12/5, so (2/15 - 2/9) / (2/15 + 7/5 * 2/9).
    assert intraclass_correlation([[True, False, False], [False, False]]) == pytest.approx(-0.2)
    assert intraclass_correlation([[False, False], [False]]) == 0


def test_ungraded_answers_widen_the_share_to_a_bound() -> None:
    assert bounds(12, 3, 25) == (0.48, 0.6)
    assert bounds(12, 0, 25) == (0.48, 0.48)
    assert bounds(0, 0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("df", "expected"),
    [(1, 12.706204736), (2, 4.302652730), (4, 2.776445105), (24, 2.063898562), (100, 1.983971519)],
)
def test_t_quantiles_are_those_of_the_table(df: int, expected: float) -> None:
    assert t_quantile(0.975, df) == pytest.approx(expected, abs=1e-9)


@given(st.floats(-100, math.log10(0.4)))
def test_t_has_its_closed_forms_for_one_and_two_degrees_however_far_out(exponent: float) -> None:
    p = 10**exponent
    assert t_quantile(p, 1) == pytest.approx(-1 / math.tan(math.pi * p), rel=1e-12)
    assert t_quantile(p, 2) == pytest.approx((2 * p - 1) / math.sqrt(2 * p * (1 - p)), rel=1e-12)


@given(st.floats(1e-6, 1 - 1e-6))
def test_t_has_its_closed_forms_for_three_and_four_degrees(p: float) -> None:
    t = t_quantile(p, 3) / math.sqrt(3)
    assert 0.5 + (t / (1 + t * t) + math.atan(t)) / math.pi == pytest.approx(p, abs=1e-14)
    u = t_quantile(p, 4) / math.sqrt(1 + t_quantile(p, 4) ** 2 / 4)
    assert 0.5 + 3 / 8 * u * (1 - u * u / 12) == pytest.approx(p, abs=1e-14)


@given(st.floats(1e-6, 0.5), st.floats(0.5, 1000))
def test_t_mirrors_and_is_nothing_in_the_middle(p: float, df: float) -> None:
    assert t_quantile(1 - p, df) == pytest.approx(-t_quantile(1 - (1 - p), df), rel=1e-15, abs=1e-15)
    assert t_quantile(0.5, df) == pytest.approx(0, abs=1e-15)


@given(st.integers(1, 30), st.integers(1, 30), st.floats(0.001, 0.999))
def test_beta_with_whole_parameters_is_a_binomial_tail(a: int, b: int, x: float) -> None:
    n = a + b - 1
    tail = math.fsum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))
    assert beta_cdf(x, a, b) == pytest.approx(tail, abs=1e-11)


@settings(deadline=None)
@given(st.floats(0.5, 50), st.floats(0.5, 50), st.floats(0.001, 0.999))
def test_quantiles_invert_their_distributions(a: float, b: float, p: float) -> None:
    assert beta_cdf(beta_quantile(p, a, b), a, b) == pytest.approx(p, abs=1e-10)


def test_all_agree_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="needs scipy, which only the test group installs")
    for n in (1, 3, 25, 150, 218):
        for k in {0, 1, n // 3, n // 2, n}:
            result = stats.binomtest(k, n)
            for level in (0.9, 0.95):
                for ours, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
                    theirs = result.proportion_ci(level, method)
                    assert ours(k, n, level) == pytest.approx((theirs.low, theirs.high), abs=1e-10)
    for df in (1, 2.5, 7, 24, 300):
        for p in (1e-30, 1e-9, 0.001, 0.025, 0.2499, 0.25, 0.4, 0.499, 0.9, 0.9995, 1 - 1e-9):
            assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-12)
            assert beta_cdf(p, df, 3) == pytest.approx(stats.beta.cdf(p, df, 3), rel=1e-12)
            low = beta_quantile(p, df, 3)
            assert stats.beta.cdf(low, df, 3) == pytest.approx(p, rel=1e-12)
    for p in (1e-30, 0.025, 0.4):
        assert t_quantile(p, 1e5) == pytest.approx(stats.t.ppf(p, 1e5), rel=1e-10)


def test_two_clusters_have_students_t_with_one_degree_of_freedom() -> None:
    groups = [[True] * 5, [True] + [False] * 4]
    assert design_effect(groups) > 1
    known = 10 / design_effect(groups)
    z = math.tan(math.pi * 0.475)
    for end in clustered_wilson(groups):
        assert (0.6 - end) ** 2 == pytest.approx(z * z * end * (1 - end) / known, abs=1e-12)
    assert clustered_wilson(groups) != (0.0, 1.0)


def test_the_share_is_in_the_interval_however_narrow_it_is_asked_to_be() -> None:
    for k, n in ((17, 18), (18, 19), (33, 34), (1, 3)):
        low, high = wilson(k, n, 1e-15)
        assert low <= k / n <= high
        assert high - low < 1e-12


@given(st.floats(-3, -5e-5), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_beta_is_nothing_below_its_range_and_everything_above(beyond: float, a: float, b: float) -> None:
    assert beta_cdf(beyond, a, b) == beta_cdf(0, a, b) == 0
    assert beta_cdf(1 - beyond, a, b) == beta_cdf(1, a, b) == 1


@given(st.floats(-12, 4), st.floats(-12, 6), st.floats(1e-6, 1 - 1e-6))
def test_beta_is_a_probability_at_every_size_of_its_parameters(a: float, b: float, x: float) -> None:
    assert 0 <= beta_cdf(x, 10**a, 10**b) <= 1


def test_beta_is_a_probability_where_lost_digits_weigh_more_than_what_is_left_to_one() -> None:
    # Of I_x(1e-11, 1e6), less than 1e-10 is left to 1; the logarithms of its factors are known to 1e-9.
    assert beta_cdf(9e-7, 1e-11, 1e6) == 1
    assert beta_cdf(1 - 9e-7, 1e6, 1e-11) == 0


@pytest.mark.parametrize("p", [0.25, 0.5, 0.75])
def test_a_quantile_is_no_further_than_need_be(p: float) -> None:
    assert beta_cdf(p, 1, 1) == pytest.approx(p, rel=1e-15)
    assert beta_quantile(p, 1, 1) == pytest.approx(p, rel=1e-15)
    assert beta_quantile(0.25, 1, 1) <= 0.25


def test_nothing_is_known_of_what_is_not_a_number() -> None:
    assert math.isnan(beta_cdf(math.nan, 2, 3))


def test_weights_whose_mean_is_met_by_both_tails_have_an_interval() -> None:
    low, high = clustered_wilson([[True], [False], [False]], weights=[[1.0], [2.0], [4.0]])
    assert 0 <= low < 1 / 7 < high <= 1


@given(st.floats(0, 1), st.floats(0.01, 100), st.floats(0.01, 100))
def test_the_beta_distribution_is_known_beside_its_mean(apart: float, a: float, b: float) -> None:
    stats = pytest.importorskip("scipy.stats", reason="needs scipy, which only the test group installs")
    mean = (a + 1) / (a + b + 2)
    for x in (mean, math.nextafter(mean, 0), math.nextafter(mean, 1), 1 - mean, mean + apart * 1e-15):
        assert beta_cdf(x, a, b) == pytest.approx(stats.beta.cdf(x, a, b), abs=1e-10)
