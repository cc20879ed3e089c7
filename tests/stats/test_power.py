"""Detectable differences solve the equations of sample sizes, and their tests have the power promised."""

# The parameters of pytest.approx have no types, statsmodels none at all
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import random
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fbench.analysis.stats import detectable_difference, detectable_paired_difference, mcnemar
from fbench.analysis.stats.distributions import t_quantile

Z = NormalDist().inv_cdf
sizes = st.integers(20, 2000)
alphas = st.sampled_from([0.01, 0.05, 0.1])
powers = st.sampled_from([0.5, 0.8, 0.9])


@given(sizes, st.floats(0.3, 1), alphas, powers)
def test_the_paired_difference_needs_just_the_items_that_there_are(
    n: int, discordant: float, alpha: float, power: float
) -> None:
    d = detectable_paired_difference(n, discordant=discordant, alpha=alpha, power=power)
    if d is None:
        return
    a, b = Z(1 - alpha / 2), Z(power)
    assert ((a * math.sqrt(discordant) + b * math.sqrt(discordant - d * d)) / d) ** 2 == pytest.approx(n)


@given(sizes, alphas, powers)
def test_the_unpaired_difference_needs_just_the_items_that_there_are(
    n: int, alpha: float, power: float
) -> None:
    d = detectable_difference(n, alpha=alpha, power=power)
    assert d is not None
    a, b = Z(1 - alpha / 2), Z(power)
    one, other = 0.5 - d / 2, 0.5 + d / 2
    spread = a * math.sqrt(0.5) + b * math.sqrt(one * (1 - one) + other * (1 - other))
    assert (spread / d) ** 2 == pytest.approx(n)


@given(sizes, st.floats(1, 4), st.integers(5, 40))
def test_clusters_cost_their_design_effect_and_students_t(n: int, design: float, clusters: int) -> None:
    d = detectable_paired_difference(n, design=design, clusters=clusters)
    if d is None:
        return
    a, b = t_quantile(0.975, clusters - 1), t_quantile(0.8, clusters - 1)
    assert ((a * math.sqrt(0.5) + b * math.sqrt(0.5 - d * d)) / d) ** 2 == pytest.approx(n / design)
    assert detectable_paired_difference(2 * n, design=2 * design, clusters=clusters) == pytest.approx(d)


def test_a_design_effect_below_one_promises_nothing_more() -> None:
    assert detectable_difference(50, design=0.3) == detectable_difference(50)


def test_too_few_items_find_nothing() -> None:
    assert detectable_paired_difference(0) is None
    assert detectable_difference(0) is None
    assert detectable_paired_difference(2) is None
    assert detectable_difference(1, power=0.5) is None
    assert detectable_difference(2, power=0.5) is not None
    assert detectable_paired_difference(100, clusters=1) is None
    assert detectable_paired_difference(100, clusters=2) is None
    assert detectable_paired_difference(100_000, clusters=2) is not None
    assert detectable_paired_difference(0, alpha=0.2, power=0.99) is None
    assert detectable_difference(0, alpha=0.2, power=0.99) is None
    assert detectable_paired_difference(1, discordant=1.0, alpha=0.9, power=0.5) is not None
    assert detectable_paired_difference(10, discordant=0.1) is None
    assert detectable_paired_difference(100, discordant=0.1) is not None


def test_a_difference_may_be_as_large_as_it_can_be() -> None:
    # With as many items as the quantile squared, and a power of one half, only a difference of all will do.
    z = NormalDist().inv_cdf(0.975)
    found = [
        detectable_paired_difference(n, discordant=1.0, design=n / z**2, power=0.5) for n in range(4, 200)
    ]
    exact = [n for n in range(4, 200) if n / (n / z**2) == z**2]
    assert exact
    assert all(found[n - 4] is not None for n in exact)
    assert all(each is None or each == pytest.approx(1.0) for each in found)


@pytest.mark.parametrize("n", range(1, 30))
@pytest.mark.parametrize("power", [0.5, 0.8, 0.99])
def test_the_fewer_the_items_the_larger_is_the_difference_until_there_is_none(n: int, power: float) -> None:
    here, fewer = (detectable_difference(n, design=design, power=power) for design in (1.0, 1.2))
    if here is None:
        assert fewer is None
        return
    assert here * math.sqrt(n) == pytest.approx(
        Z(0.975) * math.sqrt(0.5) + Z(power) * math.sqrt(max(0.0, 0.5 - here**2 / 2))
    )
    assert fewer is None or fewer > here


def test_the_cautious_defaults_are_alpha_05_power_80_and_half_of_the_items_discordant() -> None:
    assert detectable_paired_difference(150) == detectable_paired_difference(
        150, discordant=0.5, clusters=None, design=1, alpha=0.05, power=0.8
    )
    assert detectable_difference(90) == detectable_difference(90, design=1, alpha=0.05, power=0.8)


def test_statsmodels_finds_about_the_same_difference_of_independent_shares() -> None:
    power = pytest.importorskip(
        "statsmodels.stats.power", reason="needs statsmodels, which only the test group installs"
    )
    for n in (25, 150, 1000):
        effect = power.NormalIndPower().solve_power(nobs1=n, alpha=0.05, power=0.8)
        arcsine = math.sin(effect / 2)  # Cohen's h of shares at equal distance from one half
        assert detectable_difference(n) == pytest.approx(arcsine, rel=0.03)


def test_mcnemar_finds_the_detectable_difference_about_as_often_as_promised() -> None:
    draw = random.Random(23)  # noqa: S311 - made-up answers, no secret
    n, discordant = 200, 0.5
    d = detectable_paired_difference(n, discordant=discordant)
    assert d is not None
    only_second = (discordant + d) / 2
    found = 0
    for _ in range(200):
        said = [draw.random() for _ in range(n)]
        second = sum(value < only_second for value in said)
        first = sum(only_second <= value < discordant for value in said)
        found += mcnemar(first, second) < 0.05
    assert (
        0.72 <= found / 200 <= 0.85
    )  # exact tests are a little cautious; the deviation of 200 trials is .03
