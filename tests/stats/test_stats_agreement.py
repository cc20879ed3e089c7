"""Cohen's kappa and its interval."""

# The parameters of pytest.approx have no types, statsmodels none at all
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given

from fbench.stats import Kappa, cohen_kappa
from fbench.testing.samples import levels, ratings

Ratings = list[tuple[str, str]]


def kappa_of(said: Ratings) -> Kappa:
    kappa = cohen_kappa(said)
    assert kappa is not None
    return kappa


def test_kappa_has_its_worked_value() -> None:
    # 20 of 50 agree on yes and 15 on no. By hand: p_o = .7, p_e = .5 * .6 + .5 * .4 = .5
    said = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa_of(said).value == pytest.approx(0.4)


def test_kappa_and_its_interval_agree_with_statsmodels() -> None:
    raters = pytest.importorskip(
        "statsmodels.stats.inter_rater", reason="needs statsmodels, which only the test group installs"
    )
    draw = random.Random(11)  # noqa: S311 - made-up ratings, no secret
    for labels in ("ab", "abcd"):
        for n in (7, 60, 300):
            said = [(a, a if draw.random() < 0.5 else draw.choice(labels)) for a in draw.choices(labels, k=n)]
            said.append((labels[0], labels[1]))
            table = [[said.count((a, b)) for b in labels] for a in labels]
            theirs = raters.cohens_kappa(table)
            ours = kappa_of(said)
            expected = (theirs.kappa, max(-1.0, theirs.kappa_low), min(1.0, theirs.kappa_upp))
            assert ours == pytest.approx(expected, abs=1e-9)


def test_kappa_of_a_label_that_only_one_rater_uses_counts_as_disagreement() -> None:
    kappa = kappa_of([("a", "b")] * 4 + [("a", "a")] * 4)
    assert kappa.value == 0
    assert (kappa.low, kappa.high) == pytest.approx((0, 0))


@given(ratings(), levels)
def test_kappa_does_not_care_who_is_first_or_in_what_order(said: Ratings, level: float) -> None:
    kappa = cohen_kappa(said, level)
    assume(kappa is not None)
    assert kappa is not None
    assert cohen_kappa([(b, a) for a, b in said], level) == pytest.approx(kappa, abs=1e-12)
    assert cohen_kappa(said[::-1], level) == pytest.approx(kappa, abs=1e-12)
    assert -1 <= kappa.low <= kappa.value <= kappa.high <= 1


@given(ratings())
def test_raters_who_always_agree_have_kappa_one(said: Ratings) -> None:
    same = [(a, a) for a, _ in said]
    assert cohen_kappa(same) == ((1.0, 1.0, 1.0) if len({*same}) > 1 else None)


@given(ratings())
def test_kappa_is_undefined_where_nothing_could_differ(said: Ratings) -> None:
    assert (cohen_kappa(said) is None) == (len({label for pair in said for label in pair}) < 2)
    assert cohen_kappa([]) is None


def test_cohens_own_example() -> None:
    """Table 1 of Cohen (1960), as counts out of 200."""
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    said = [(str(i), str(j)) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    assert kappa_of(said).value == pytest.approx(0.492, abs=0.0005)


@given(ratings("ab", 12))
def test_kappa_by_the_level_is_wider(said: Ratings) -> None:
    narrow, wide = cohen_kappa(said, 0.8), cohen_kappa(said, 0.99)
    assume(narrow is not None)
    assert narrow is not None
    assert wide is not None
    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


def test_an_interval_is_cut_at_one_and_minus_one() -> None:
    assert kappa_of([("a", "a"), ("a", "a"), ("b", "b"), ("a", "b")]).high == 1
    assert kappa_of([("a", "b"), ("b", "a"), ("a", "b"), ("a", "a")]).low == -1
