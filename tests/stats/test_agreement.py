"""Cohen's kappa and its interval."""

# The parameters of pytest.approx have no types, statsmodels none at all
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fbench.analysis.stats import Kappa, cohen_kappa, wilson
from fbench.analysis.stats.distributions import t_quantile
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


PAIRS = [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]


def clustered(said: Ratings, clusters: list[int], level: float = 0.95) -> Kappa:
    kappa = cohen_kappa(said, level, clusters=clusters)
    assert kappa is not None
    return kappa


MANY = [("a", "a")] * 200 + [("b", "b")] * 120 + [("a", "b")] * 45 + [("b", "a")] * 35


def test_with_many_clusters_of_one_item_the_interval_is_nearly_the_large_sample_one() -> None:
    plain, ours = kappa_of(MANY), clustered(MANY, [*range(len(MANY))])
    assert ours.value == plain.value
    assert ours[1:] == pytest.approx(plain[1:], abs=0.01)


@pytest.mark.parametrize("times", [2, 6, 20])
def test_items_that_are_asked_again_narrow_no_interval(times: int) -> None:
    once = clustered(MANY, [*range(len(MANY))])
    again = clustered(MANY * times, [*range(len(MANY))] * times)
    assert again == pytest.approx(once, abs=0.002)
    apart = kappa_of(MANY * times)
    assert apart.high - apart.low < 0.75 * (again.high - again.low)


def test_the_variance_between_clusters_is_that_of_leaving_each_out() -> None:
    """The jackknife estimates the same variance without a formula."""
    draw = random.Random(3)  # noqa: S311 - made-up ratings, no secret
    said: Ratings = []
    clusters: list[int] = []
    for cluster in range(300):
        a, b = draw.choice("ab"), draw.random() < 0.15
        for _ in range(draw.randint(1, 5)):
            said.append((a, a if not b else "ba"["ab".index(a)]))
            clusters.append(cluster)
    without = [
        kappa_of([pair for pair, of in zip(said, clusters, strict=True) if of != left]).value
        for left in range(300)
    ]
    mean = sum(without) / 300
    deviation = (299 / 300 * sum((each - mean) ** 2 for each in without)) ** 0.5
    ours = clustered(said, clusters)
    assert ours.high - ours.low == pytest.approx(2 * 1.968 * deviation, rel=0.03)


@pytest.mark.parametrize("counts", [(3, 1, 0, 2), (10, 1, 0, 1), (0, 3, 9, 1)])
def test_clusters_that_happen_to_be_alike_are_no_certainty(counts: tuple[int, ...]) -> None:
    one = [pair for pair, k in zip(PAIRS, counts, strict=True) for _ in range(k)]
    said = one * 25  # between the clusters there is no variance at all
    ours, plain = clustered(said, [n // len(one) for n in range(len(said))]), kappa_of(said)
    assert ours.high - ours.low > 0.95 * (plain.high - plain.low)


def test_agreement_is_never_known_better_than_so_many_items_tell() -> None:
    # one rater says nearly always the same: the linearised variance of kappa is then next to nothing
    said = [("a", "b")] * 40 + [("a", "a")] * 40 + [("b", "b")]
    share = wilson(41, 81)
    by_chance = 80 / 81 * 40 / 81 + 1 / 81 * 41 / 81
    ours, plain = clustered(said, [*range(81)]), kappa_of(said)
    assert ours.high - ours.low >= (share.high - share.low) / (1 - by_chance)
    assert plain.high - plain.low < 0.5 * (ours.high - ours.low)


def test_a_rater_who_says_one_thing_leaves_no_variance_and_no_certainty() -> None:
    ours = clustered([("a", "b")] * 4 + [("a", "a")] * 4, [*range(8)])
    assert ours.value == 0
    assert ours.low < -0.5
    assert ours.high > 0.5


@pytest.mark.parametrize(("n", "low"), [(20, 0.4), (40, 0.6), (400, 0.95)])
def test_raters_who_agree_on_every_item_are_not_known_to_agree_on_all(n: int, low: float) -> None:
    ours = clustered([("a", "a"), ("b", "b")] * (n // 2), [*range(n)])
    assert ours.value == ours.high == 1
    assert low < ours.low < 1


def test_of_one_cluster_nothing_is_known() -> None:
    assert clustered(MANY, [7] * len(MANY)) == (kappa_of(MANY).value, -1, 1)
    assert cohen_kappa([], clusters=[]) is None
    assert cohen_kappa([("a", "a")] * 3, clusters=[1, 2, 3]) is None
    with pytest.raises(ValueError, match="zip"):
        cohen_kappa(MANY, clusters=[1, 2])


@given(ratings("ab"), levels, st.integers(1, 7))
def test_a_clustered_interval_holds_kappa_whoever_is_first(said: Ratings, level: float, of: int) -> None:
    clusters = [n % of for n in range(len(said))]
    kappa = cohen_kappa(said, level, clusters=clusters)
    assume(kappa is not None)
    assert kappa is not None
    assert -1 <= kappa.low <= kappa.value <= kappa.high <= 1
    swapped = cohen_kappa([(b, a) for a, b in said], level, clusters=clusters)
    turned = cohen_kappa(said[::-1], level, clusters=clusters[::-1])
    assert swapped == pytest.approx(kappa, abs=1e-9)
    assert turned == pytest.approx(kappa, abs=1e-9)
    if of > 1 and len(said) > 1:
        wide = clustered(said, clusters, 0.99)
        assert wide.low <= clustered(said, clusters, 0.8).low


def drawn(share: float, kappa: float, shape: tuple[int, int], seed: int) -> tuple[Ratings, list[int]]:
    """Clusters of items, half of which repeat their cluster's first, by raters of this kappa."""
    draw = random.Random(seed)  # noqa: S311 - made-up ratings, no secret
    apart = share * (1 - share) * (1 - kappa)
    weights = (share - apart, apart, apart, 1 - share - apart)
    said: Ratings = []
    for _ in range(shape[0]):
        first, *rest = draw.choices(PAIRS, weights, k=shape[1])
        said += [first, *(first if draw.random() < 0.5 else pair for pair in rest)]
    return said, [n // shape[1] for n in range(len(said))]


def test_a_clustered_interval_covers_what_it_says() -> None:
    """So many standard errors to each side cover .75 of these on average, and .2 at the worst place."""
    covered: list[float] = []
    for shape in ((40, 1), (20, 3)):
        for share in (0.5, 0.8):
            for kappa in (0.4, 0.8, 0.95):
                found = [cohen_kappa(of[0], clusters=of[1]) for of in draws(share, kappa, shape)]
                held = [each.low <= kappa <= each.high for each in found if each is not None]
                covered.append(sum(held) / len(held))
    assert sum(covered) / len(covered) >= 0.93
    assert min(covered) >= 0.88


def draws(share: float, kappa: float, shape: tuple[int, int]) -> list[tuple[Ratings, list[int]]]:
    return [drawn(share, kappa, shape, seed) for seed in range(100)]


@pytest.mark.parametrize("weights", [(7, 1, 1, 5), (0, 3, 9, 1), (1, 9, 9, 1)])
@pytest.mark.parametrize("sizes", [(3, 5, 9), (8, 8), (2, 4, 6, 8, 10, 12, 3)])
def test_with_few_clusters_the_interval_is_wilsons_with_students_t(
    sizes: tuple[int, ...], weights: tuple[int, ...]
) -> None:
    """The variance by numerical derivatives of kappa by weights of clusters, or of items if it is more."""
    draw = random.Random(5)  # noqa: S311 - made-up ratings, no secret
    clusters = [of for of, size in enumerate(sizes) for _ in range(size)]
    said = [draw.choices(PAIRS, weights)[0] for _ in clusters]
    n, groups, step = len(said), len(sizes), 1e-6

    def weighted(weights: list[float]) -> tuple[float, float, float]:
        total = sum(weights)
        share = {pair: sum(w for w, one in zip(weights, said, strict=True) if one == pair) for pair in PAIRS}
        aa, ab, ba, bb = (share[pair] / total for pair in PAIRS)
        chance = (aa + ab) * (aa + ba) + (ba + bb) * (ab + bb)
        return (aa + bb - chance) / (1 - chance), aa + bb, chance

    kappa, agreed, chance = weighted([1.0] * n)

    def slope(moved: list[int]) -> float:
        return (weighted([1.0 + step * (each in moved) for each in range(n)])[0] - kappa) / step

    by_item = n / (n - 1) * sum(slope([each]) ** 2 for each in range(n))
    members = [[each for each in range(n) if clusters[each] == of] for of in range(groups)]
    by_cluster = groups / (groups - 1) * sum(slope(each) ** 2 for each in members)
    known = min(n, agreed * (1 - agreed) / (max(by_item, by_cluster) * (1 - chance) ** 2))
    t = t_quantile(0.975, groups - 1)
    middle = (agreed + t * t / 2 / known) / (1 + t * t / known)
    reach = t / (1 + t * t / known) * (agreed * (1 - agreed) / known + t * t / 4 / known**2) ** 0.5
    ends = [(middle - reach - chance) / (1 - chance), (middle + reach - chance) / (1 - chance)]
    assert clustered(said, clusters) == pytest.approx((kappa, max(-1, ends[0]), min(1, ends[1])), abs=1e-4)
