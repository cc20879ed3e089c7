"""The test that flips the signs of clusters, and the interval that sees the same dependence."""

# The parameters of pytest.approx have no types, scipy none at all
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fbench.analysis.stats import FEW_CLUSTERS, mcnemar, paired_difference, sign_flip_test
from fbench.analysis.stats.distributions import t_quantile
from fbench.testing.samples import levels, paired_clusters

Pair = tuple[bool, bool]
Groups = list[list[Pair]]
GAINED, LOST, BOTH, NEITHER = (False, True), (True, False), (True, True), (False, False)


def swapped(groups: Groups) -> Groups:
    return [[(b, a) for a, b in group] for group in groups]


many_clusters = paired_clusters().map(lambda groups: groups + [[NEITHER]] * FEW_CLUSTERS)


def by_enumeration(groups: Groups) -> tuple[float, float]:
    """Exact p and mid-p from every way to flip the signs of the clusters."""
    sums = [sum(b - a for a, b in group) for group in groups]
    flipped = [
        abs(sum(sign * each for sign, each in zip(signs, sums, strict=True)))
        for signs in itertools.product((-1, 1), repeat=len(sums))
    ]
    seen = abs(sum(sums))
    farther, equal = sum(each > seen for each in flipped), sum(each == seen for each in flipped)
    return (farther + equal) / len(flipped), (farther + equal / 2) / len(flipped)


def likeliest_variance(won: int, lost: int, n: int, difference: float) -> float:
    """The variance of won - lost under a difference, by a search for the greatest likelihood."""
    low, high = max(0.0, -difference), (1 - difference) / 2

    def slope(share: float) -> float:  # of the log likelihood, by the share of lost items
        rest = 1 - 2 * share - difference
        found = 0.0
        for count, value, times in (
            (won, share + difference, 1),
            (lost, share, 1),
            (n - won - lost, rest, -2),
        ):
            found += times * count / value if count else 0.0
        return found

    for _ in range(60):
        middle = (low + high) / 2
        if slope(middle) > 0:
            low = middle
        else:
            high = middle
    return n * (2 * low + difference - difference**2)


def score_ends(won: int, lost: int, n: int, z: float) -> tuple[float, float]:
    """Tango's interval by its definition: a search for the greatest likelihood inside one for the ends."""

    def statistic(difference: float) -> float:
        variance = likeliest_variance(won, lost, n, difference)
        return (won - lost - n * difference) / math.sqrt(variance) if variance else math.inf

    def end(within: float, beyond: float) -> float:
        for _ in range(50):
            middle = (within + beyond) / 2
            if abs(statistic(middle)) > z:
                beyond = middle
            else:
                within = middle
        return beyond

    mean = (won - lost) / n
    return end(mean, -1.0), end(mean, 1.0)


def score_over_critical(groups: Groups, difference: float, level: float, doubt: float = 1.0) -> float:
    """The score statistic of a difference over its critical value, by the words of `paired_difference`."""
    gains = [[b - a for a, b in group] for group in groups]
    n = sum(map(len, groups))
    mean = sum(map(sum, gains)) / n
    size = sum(len(group) for group in groups for _ in group) / n
    between = math.fsum((math.fsum(each - mean for each in group)) ** 2 for group in gains)
    apart = math.fsum((each - mean) ** 2 for group in gains for each in group)

    def unseen(rare: int) -> float:
        enough = min(4 * size, 2 * n / 5)
        return (1 - rare / enough) ** 2 if rare < enough else 0.0

    won, lost = (sum(group.count(kind) for group in groups) for kind in (GAINED, LOST))
    differs = unseen(won + lost)
    if len(groups) >= 20:
        worth = abs(difference) * n / size
        differs *= doubt * (worth if worth < 1 else 1.0)
    share = max(differs, unseen(n - won), unseen(n - lost))
    seen = apart + share * size
    design = (between + share * size**2) / seen if seen > 1e-12 else size
    variance = max(1.0, design) * likeliest_variance(won, lost, n, difference)
    t = t_quantile((1 + level) / 2, len(groups) - 1)
    return (n * (mean - difference)) ** 2 / variance / t**2 if variance > 1e-12 else math.inf


def rejected(groups: Groups, difference: float, level: float) -> bool:
    """Whether the score test rejects a difference."""
    mean = sum(b - a for group in groups for a, b in group)
    doubt = 1.0
    if mean * difference < 0:
        doubt = (1 - min(1.0, score_over_critical(groups, 0.0, level))) ** 2
    return score_over_critical(groups, difference, level, doubt) > 1


def tables(clusters: int, size: int, draw: random.Random) -> Iterator[Groups]:
    """Tables of clusters of a size, 0 for several: few answers differ, few do not, or any number."""
    sizes = [size or draw.randint(1, 9) for _ in range(clusters)]
    n = sum(sizes)

    def laid(won: int, lost: int, how: str) -> Groups:
        items = [GAINED] * won + [LOST] * lost + [BOTH] * (n - won - lost)
        if how == "apart":
            draw.shuffle(items)
        rest = iter(items)
        return [list(itertools.islice(rest, each)) for each in sizes]

    few = [0, 1, 2, 3, 5, 8, n // 8, n // 4, n // 2]
    for how in ("together", "apart"):
        for won, lost in [*((each, 0) for each in few), (1, 1), (2, 1), (n // 5, n // 6), (n // 3, n // 9)]:
            if won + lost <= n:
                yield laid(won, lost, how)
                yield swapped(laid(n - won - lost, lost, how))


@pytest.mark.parametrize("clusters", [2, 3, 5, 8, 19, 20, 21, 40])
@pytest.mark.parametrize("size", [1, 2, 6, 20, 0])
def test_an_interval_ends_where_the_score_test_begins_to_reject(clusters: int, size: int) -> None:
    draw = random.Random(f"{clusters} {size}")  # noqa: S311 - made-up answers, no secret
    near = 1e-9
    for groups in tables(clusters, size, draw):
        level = draw.choice([0.1, 0.5, 0.8, 0.9, 0.95, 0.99])
        value, low, high = paired_difference(groups, level)
        assert value == pytest.approx(
            sum(b - a for group in groups for a, b in group) / sum(map(len, groups))
        )
        reaches = clusters >= 20 and sign_flip_test(groups).mid >= 1 - level
        if reaches:
            assert low <= 0 <= high
        for end, outer in ((low, -1), (high, 1)):
            told = (groups, level, end)
            assert end == outer or rejected(groups, end + outer * near, level), told
            if reaches and end == 0:
                continue
            for part in (0.3, 0.6, 0.9, 1.0):
                middle = value + part * (end - outer * near - value)
                assert abs(end - value) <= near or not rejected(groups, middle, level), told


@settings(max_examples=60)
@given(paired_clusters(most=9))
def test_flipping_signs_agrees_with_every_way_to_flip_them(groups: Groups) -> None:
    found = sign_flip_test(groups)
    if any(sum(b - a for a, b in group) for group in groups):
        assert found == pytest.approx(by_enumeration(groups), abs=1e-15)
    else:
        assert found == (1.0, 1.0)


def test_the_p_values_of_three_clusters_are_worked_by_hand() -> None:
    # Sums 2, 1, 1: of eight signs two reach 4, none more, and none else as far.
    groups = [[GAINED, GAINED], [GAINED, BOTH], [GAINED], [NEITHER, BOTH], []]
    assert sign_flip_test(groups) == (2 / 8, 1 / 8)
    # Sums 2, -1, 1: two signs reach 4, four reach 2 as was seen (2 - 1 + 1 = 2), two reach 0.
    assert sign_flip_test([[GAINED, GAINED], [LOST], [GAINED]]) == (6 / 8, (2 + 4 / 2) / 8)
    # Sums 1 and -1: two signs reach 2, two reach 0 as was seen.
    assert sign_flip_test([[GAINED], [LOST]]) == (1.0, (2 + 2 / 2) / 4)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 9))
def test_with_one_item_a_cluster_it_is_mcnemars(won: int, lost: int, same: int) -> None:
    groups = [[GAINED]] * won + [[LOST]] * lost + [[BOTH]] * same
    assert sign_flip_test(groups) == (mcnemar(lost, won), mcnemar(lost, won, mid=True))


@pytest.mark.parametrize(
    "sizes", [[1] * 7 + [2] * 3, [3] * 5 + [1] * 4, [5, 4, 3, 2, 1], [2] * 6 + [5] * 2 + [0]]
)
def test_every_sum_of_clusters_of_several_sizes_has_its_p_value(sizes: list[int]) -> None:
    # The sizes come in any order, and are lost from none to all.
    for lost in range(len(sizes) + 1):
        groups = [[LOST if place < lost else GAINED] * size or [BOTH] for place, size in enumerate(sizes)]
        assert sign_flip_test(groups) == by_enumeration(groups)
        assert sign_flip_test(groups[::-1]) == by_enumeration(groups)


def test_mcnemars_mid_p_is_the_exact_one_less_the_chance_of_just_what_was_seen() -> None:
    stats = pytest.importorskip("scipy.stats", reason="needs scipy, which only the test group installs")
    for lost, won in ((0, 4), (1, 7), (5, 14), (12, 30), (0, 200)):
        seen = float(stats.binom.pmf(lost, lost + won, 0.5))
        assert mcnemar(lost, won, mid=True) == pytest.approx(mcnemar(lost, won) - seen, rel=1e-9)
    for half in (1, 6):  # Fagerland, Lydersen and Laake 2013, for equal numbers
        seen = float(stats.binom.pmf(half, 2 * half, 0.5))
        assert mcnemar(half, half, mid=True) == pytest.approx(1 - seen / 2)
    assert mcnemar(0, 0, mid=True) == 1


@given(paired_clusters(), st.randoms(use_true_random=False))
def test_the_test_ignores_order_direction_and_clusters_without_a_difference(
    groups: Groups, order: random.Random
) -> None:
    found = sign_flip_test(groups)
    mixed = [*groups, [BOTH], [GAINED, LOST], []]
    order.shuffle(mixed)
    assert sign_flip_test(mixed) == sign_flip_test(swapped(groups)) == found
    assert sign_flip_test([group * 3 for group in groups]) == found
    assert 0 < found.mid <= found.exact <= 1


def test_thousands_of_items_are_no_obstacle() -> None:
    draw = random.Random(2)  # noqa: S311 - made-up answers, no secret
    groups = [[(draw.random() < 0.5, draw.random() < 0.5) for _ in range(6)] for _ in range(500)]
    assert 0 < sign_flip_test(groups).mid < 1
    assert sign_flip_test([[GAINED]] * 4000).exact == 0  # 2^-3999 is below every float
    assert sign_flip_test([[GAINED]] * 1000).exact == 2.0**-999


@settings(max_examples=20)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 60), levels)
def test_the_interval_of_independent_pairs_is_tangos(won: int, lost: int, same: int, level: float) -> None:
    groups = [[GAINED]] * won + [[LOST]] * lost + [[BOTH]] * same
    n = len(groups)
    if n < 2:
        return
    low, high = score_ends(won, lost, n, t_quantile((1 + level) / 2, n - 1))
    if n >= FEW_CLUSTERS and mcnemar(lost, won, mid=True) >= 1 - level:
        low, high = min(0.0, low), max(0.0, high)
    assert paired_difference(groups, level) == pytest.approx(((won - lost) / n, low, high), abs=1e-9)


@pytest.mark.parametrize("level", [0.9, 0.1, 0.001, 0.00001])
@pytest.mark.parametrize("clusters", [2, 12, 20, 50])
def test_where_all_items_differ_alike_the_interval_is_wilsons_to_the_last_digit(
    level: float, clusters: int
) -> None:
    # Wilson's interval of none in n ends at t^2 / (n + t^2), and a difference runs over two units.
    t = t_quantile((1 + level) / 2, clusters - 1)
    reach = 2 * t * t / (clusters + t * t)
    gained, lost = (
        paired_difference([[GAINED]] * clusters, level),
        paired_difference([[LOST]] * clusters, level),
    )
    assert (gained.value, gained.low, gained.high) == pytest.approx((1, 1 - reach, 1), abs=2e-15)
    assert (lost.value, lost.low, lost.high) == pytest.approx((-1, -1, reach - 1), abs=2e-15)


def test_clusters_divide_the_counts_by_their_design_effect() -> None:
    # 30 clusters of four that gained, lost or kept all: four times the variance of independent pairs.
    clusters = [[GAINED] * 4] * 12 + [[LOST] * 4] * 8 + [[BOTH] * 4] * 10
    apart = [[group[0]] for group in clusters]
    assert paired_difference(clusters) == pytest.approx(paired_difference(apart), abs=1e-12)
    assert paired_difference(clusters) != paired_difference([[pair] for group in clusters for pair in group])


@settings(max_examples=25)
@given(paired_clusters(), levels)
def test_clusters_never_make_an_interval_narrower(groups: Groups, level: float) -> None:
    items = [pair for group in groups for pair in group]
    won, lost, n = items.count(GAINED), items.count(LOST), len(items)
    low, high = score_ends(won, lost, n, t_quantile((1 + level) / 2, len(groups) - 1))
    found = paired_difference(groups, level)
    assert -1 <= found.low <= low + 1e-9
    assert high - 1e-9 <= found.high <= 1
    assert found.low <= found.value <= found.high
    assert found.high - found.low > 0.01


@given(many_clusters, levels)
def test_an_interval_of_many_clusters_without_zero_has_a_test_that_rejects_it(
    groups: Groups, level: float
) -> None:
    found = paired_difference(groups, level)
    if found.low > 0 or found.high < 0:
        assert sign_flip_test(groups).mid < 1 - level


def six(gained: int) -> list[Pair]:
    return [GAINED] * gained + [NEITHER] * (6 - gained)


def test_clusters_that_gain_alike_are_no_certainty() -> None:
    one = paired_difference([six(1)] * 25)
    more = paired_difference([six(1)] * 24 + [six(2)])
    assert sign_flip_test([six(1)] * 25).mid < 1e-7
    assert one.low > 0.1
    assert more.low > 0.1
    assert 0.1 < one.high - one.low < 0.15
    assert more.high - more.low == pytest.approx(one.high - one.low, rel=0.05)
