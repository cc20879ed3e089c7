"""Paired tests, corrections and chance levels, against closed forms, laws and oracles."""

# The parameters of pytest.approx have no types, scipy and statsmodels none at all
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.stats import (
    balanced_accuracy,
    benjamini_hochberg,
    chance_level,
    holm,
    mcnemar,
    paired_difference,
)
from fbench.analysis.stats.distributions import t_quantile
from fbench.testing.samples import p_values, paired_clusters


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_does_not_care_which_result_is_first(one: int, other: int) -> None:
    assert mcnemar(one, other) == mcnemar(other, one)
    assert 0 <= mcnemar(one, other) <= 1


@given(st.integers(1, 200))
def test_mcnemar_with_all_discordant_items_on_one_side_is_a_power_of_one_half(n: int) -> None:
    assert mcnemar(0, n) == min(1.0, 2 * 0.5**n)


def test_mcnemar_of_5_and_15_is_the_tabulated_binomial_tail() -> None:
    assert mcnemar(5, 15) == pytest.approx(0.04138946533203125, abs=1e-15)
    assert mcnemar(7, 7) == 1
    assert mcnemar(0, 0) == 1


def test_mcnemar_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats", reason="needs scipy, which only the test group installs")
    for one in range(0, 40, 3):
        for other in range(1, 40, 4):
            assert mcnemar(one, other) == pytest.approx(stats.binomtest(one, one + other).pvalue, abs=1e-12)


@given(paired_clusters())
def test_the_difference_changes_sign_when_the_results_are_swapped(
    groups: list[list[tuple[bool, bool]]],
) -> None:
    there = paired_difference(groups)
    back = paired_difference([[(b, a) for a, b in group] for group in groups])
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))
    assert -1 <= there.low <= there.value <= there.high <= 1


@given(paired_clusters())
def test_repeating_every_item_inside_its_cluster_leaves_the_difference(
    groups: list[list[tuple[bool, bool]]],
) -> None:
    # Where clusters vary less than independent pairs, they count as independent pairs: so repeat them first.
    groups = [group * 40 for group in groups if len({b - a for a, b in group}) == 1]
    assert paired_difference([group * 2 for group in groups]) == pytest.approx(
        paired_difference(groups), abs=1e-9
    )


@pytest.mark.parametrize(("pair", "mean"), [((False, True), 1), ((True, False), -1), ((True, True), 0)])
def test_results_that_differ_alike_everywhere_are_not_a_certainty(
    pair: tuple[bool, bool], mean: float
) -> None:
    # With Student's t for z, Wilson's interval of no cluster in 6 ends at t^2 / (6 + t^2).
    t = t_quantile(0.975, 5)
    share = t * t / (6 + t * t)
    expected = (mean, mean - share * (1 + mean), mean + share * (1 - mean))
    assert paired_difference([[pair] * 3] * 6) == pytest.approx(expected)
    assert paired_difference([[pair]] * 6) == pytest.approx(expected)


def test_the_interval_of_clustered_differences_is_worked_by_hand() -> None:
    # Five clusters of two gain, five lose: no difference, and variances of 10 * 4 over 20, so a design effect
    # of 2. At a difference d the score statistic is (20 d)^2 / (2 * 20 (1 - d^2)): no item is the same.
    better, worse = (False, True), (True, False)
    groups = [[better, better], [], [worse, worse]] * 5
    t = t_quantile(0.9, 9)
    end = math.sqrt(t * t / (10 + t * t))
    assert paired_difference(groups, 0.8) == pytest.approx((0.0, -end, end))


def test_too_few_clusters_leave_the_difference_open() -> None:
    assert paired_difference([[(False, True), (True, True)]]) == (0.5, -1.0, 1.0)
    assert paired_difference([]) == (0.0, -1.0, 1.0)


def test_two_clusters_are_enough_for_an_interval() -> None:
    # One of two gained, and none lost: Wilson's interval of 1 in 2, where t(.6) of one degree is tan(.1 pi).
    t = math.tan(0.1 * math.pi)
    reach = t * math.sqrt(1 / 8 + t * t / 16) / (1 + t * t / 2)
    expected = (0.5, 0.5 - reach, 0.5 + reach)
    assert paired_difference([[(False, True)], [(True, True)]], 0.2) == pytest.approx(expected)


@given(p_values(), st.sampled_from([holm, benjamini_hochberg]))
def test_corrections_keep_order_and_never_lower_a_p_value(
    values: list[float], correct: Callable[[list[float]], list[float]]
) -> None:
    adjusted = correct(values)
    for value, raised in zip(values, adjusted, strict=True):
        assert value - 1e-15 <= raised <= 1
    ranked = [raised for _, raised in sorted(zip(values, adjusted, strict=True))]
    assert ranked == sorted(ranked)


@given(p_values(), st.integers())
def test_corrections_follow_a_permutation(values: list[float], seed: int) -> None:
    order = list(range(len(values)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a permutation, no secret
    for correct in (holm, benjamini_hochberg):
        adjusted = correct(values)
        assert correct([values[place] for place in order]) == [adjusted[place] for place in order]


def test_corrections_have_their_worked_values() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert benjamini_hochberg([0.01, 0.5, 0.02]) == pytest.approx([0.03, 0.5, 0.03])


@pytest.mark.long
def test_corrections_agree_with_statsmodels() -> None:
    multitest = pytest.importorskip(
        "statsmodels.stats.multitest", reason="needs statsmodels, which only the test group installs"
    )
    draw = random.Random(7)  # noqa: S311 - made-up p values, no secret
    for n in range(1, 12):
        values = [draw.random() ** 3 for _ in range(n)]
        assert holm(values) == pytest.approx(list(multitest.multipletests(values, method="holm")[1]))
        assert benjamini_hochberg(values) == pytest.approx(
            list(multitest.multipletests(values, method="fdr_bh")[1])
        )


def test_the_chance_level_is_the_share_of_the_commonest_gold() -> None:
    assert chance_level(["No"] * 92 + ["Yes"] * 58) == pytest.approx(92 / 150)
    assert chance_level([]) == 0


def test_a_constant_answer_gets_half_of_the_balanced_accuracy() -> None:
    assert balanced_accuracy([("No", True)] * 92 + [("Yes", False)] * 58) == 0.5
    assert balanced_accuracy([("No", True), ("No", False), ("Yes", True)]) == 0.75
    assert balanced_accuracy([]) == 0
