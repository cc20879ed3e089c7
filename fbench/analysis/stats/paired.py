"""Comparisons of two results on the same items: a test and an interval that use the same clusters."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from fbench.analysis.stats.design import cautious_design, unseen
from fbench.analysis.stats.distributions import t_quantile
from fbench.analysis.stats.inputs import Pairs, Weights, count, level_of, pairs_of, weights_of

__all__ = [
    "FEW_CLUSTERS",
    "Difference",
    "PValues",
    "flip_signs",
    "mcnemar",
    "paired_difference",
    "sign_flip_test",
]

FEW_CLUSTERS = 20
"""With fewer clusters a p value and its interval can disagree about a difference, and a result says so."""


class Difference(NamedTuple):
    """Accuracy of the second result minus that of the first, and an interval for it; all in [-1, 1]."""

    value: float
    low: float
    high: float


class PValues(NamedTuple):
    """Two-sided p values: exact, and mid-p, which counts half of the outcomes that are equally extreme."""

    exact: float
    mid: float


_STEPS = 1 << 13
"""Into how many steps the sum of all weighted differences is cut."""


def sign_flip_test(pairs_by_cluster: Pairs, *, weights: Weights | None = None) -> PValues:
    """P values that two results differ, by flipping the sign of each cluster's difference.

    A cluster's difference is how many more of its items the second result got right. If the results do not
    differ, each difference could equally have the other sign, whatever the items of a cluster have in common.
    So the sum has an exact distribution (Fisher 1935), a convolution over the clusters; if every cluster has
    one item, it is McNemar's test. The exact p value is cautious; its mid-p keeps its level on average
    (Lancaster 1961; Fagerland, Lydersen and Laake 2013 for McNemar's). Both are 1 if no cluster has a
    difference. With `weights`, a difference is the sum of the weights, to 1/8192 of the sum of all.

    Raises:
        ValueError: an outcome is neither true nor false, or a weight is not above 0.
    """
    sums = [total for total, _ in _sums(pairs_of(pairs_by_cluster), weights_of(pairs_by_cluster, weights))]
    return _flip(sums)


def flip_signs(differences: Iterable[float]) -> PValues:
    """As `sign_flip_test`, of each cluster's difference in any measure; whole numbers are exact."""
    return _flip(list(differences))


def _sums(
    clusters: Sequence[Sequence[tuple[bool, bool]]], weights: Sequence[Sequence[float]]
) -> list[tuple[float, float]]:
    """The difference and the size of each cluster: whole numbers where all weights are 1."""
    return [
        (sum(w * (b - a) for (a, b), w in zip(pairs, known, strict=True)), sum(known))
        for pairs, known in zip(clusters, weights, strict=True)
    ]


def mcnemar(only_first: int, only_second: int, *, mid: bool = False) -> float:
    """P value that two results differ, from the items that only one of them got right (McNemar 1947).

    It is exact, or its mid-p. Items that both or neither got right say nothing about the difference. Items
    must be independent: if they are in clusters, use `sign_flip_test`. It is 1 if there is no such item.

    Raises:
        ValueError: a number is negative or not whole.
    """
    lost = count(only_first, "the number of items that only the first got right")
    won = count(only_second, "the number of items that only the second got right")
    found = _p_values(Counter({1: lost + won}), abs(won - lost))
    return found.mid if mid else found.exact


def paired_difference(
    pairs_by_cluster: Pairs, level: float = 0.95, *, weights: Weights | None = None
) -> Difference:
    """The difference over all items, with Tango's score interval for clusters.

    Tango's interval (1998, Statistics in Medicine 17, 891) contains the differences that a score test does
    not reject. Its counts are divided by the design effect, which is the variance between clusters over that
    of independent pairs, and at least 1. Its normal quantile is replaced by Student's t on clusters - 1. So
    it is never a point, and never narrower than that of independent pairs.

    If few pairs show how much clusters differ, the design effect is that of `cautious_design`. With
    `FEW_CLUSTERS` or more, this caution shrinks as the tested difference d approaches 0: if there is no
    difference, unseen clusters are as likely lost as gained. The share of an unseen cluster that differs is
    then multiplied by |d| in clusters' worth of items, at most 1. If d and the mean are on different sides of
    0, it is also multiplied by (1 - (z / t)^2)^2, with z the score statistic of 0 and t its critical value;
    by 0 if z is larger than t. Finally, if the mid-p of `sign_flip_test` does not reject 0, the interval is
    extended to 0. So if the two disagree, the interval is the more cautious one.

    With fewer than two clusters the spread is unknown: [-1, 1]. Shares are those of the `weights`, if there
    are any; see `weights_of`.

    Raises:
        ValueError: an outcome is neither true nor false, a weight is not above 0, or the level not between 0
            and 1.
    """
    level = level_of(level)
    clusters, known = pairs_of(pairs_by_cluster), weights_of(pairs_by_cluster, weights)
    sums = _sums(clusters, known)
    n = sum(size for _, size in sums)
    if not n:
        return Difference(0.0, -1.0, 1.0)
    whole = sum(total for total, _ in sums)
    if len(sums) < 2:
        return Difference(whole / n, -1.0, 1.0)
    rejects = _score_test(clusters, known, sums, t_quantile((1 + level) / 2, len(sums) - 1))
    low, high = (_end(whole / n, outer, rejects) for outer in (-1.0, 1.0))
    if len(sums) >= FEW_CLUSTERS and _flip([total for total, _ in sums]).mid >= 1 - level:
        low, high = min(0.0, low), max(0.0, high)
    return Difference(whole / n, low, high)


def _score_test(
    clusters: Sequence[Sequence[tuple[bool, bool]]],
    weights: Sequence[Sequence[float]],
    sums: Sequence[tuple[float, float]],
    t: float,
) -> Callable[[float], bool]:
    """Whether a difference is rejected, by Tango's score statistic over the design effect."""
    won = lost = n = 0
    for pairs, known in zip(clusters, weights, strict=True):
        for (first, second), weight in zip(pairs, known, strict=True):
            won += weight * (second and not first)
            lost += weight * (first and not second)
            n += weight
    whole = won - lost
    size = sum(size * size for _, size in sums) / n
    clustered = sum((total * n - whole * size) ** 2 for total, size in sums) / (n * n)
    independent = ((won + lost) * n - whole * whole) / n
    few_differ, few_do_not = unseen(won + lost, n, size), unseen(n - max(won, lost), n, size)

    def statistic(difference: float, share: float) -> float:
        design = cautious_design(clustered, independent, size, max(share, few_do_not))
        variance = (
            _variance(won, lost, n, difference) if difference > 0 else _variance(lost, won, n, -difference)
        )
        return (whole - n * difference) ** 2 / (t * t * design * variance) if variance else math.inf

    # Beyond 0, as seen from the mean, doubt is smaller the closer 0 itself is to being rejected.
    beyond = max(0.0, 1.0 - statistic(0.0, 0.0)) ** 2

    def rejects(difference: float) -> bool:
        share = few_differ
        if len(sums) >= FEW_CLUSTERS:
            # A difference needs at least this many clusters' worth of gained or lost items.
            share *= min(1.0, n / size * abs(difference)) * (beyond if difference * whole < 0 else 1.0)
        return statistic(difference, share) > 1

    return rejects


def _variance(won: float, lost: float, n: float, difference: float) -> float:
    """The variance of won - lost if this is the true difference, which is not negative.

    It uses the most likely share of lost items in that case, the root of a quadratic (Tango 1998, section 2).
    """
    b = (2 * n - won + lost) * difference - won - lost
    c = lost * difference * (1 - difference)
    share = (math.sqrt(b * b + 8 * n * c) - b) / (4 * n)
    return n * (2 * share + difference * (1 - difference))


def _end(mean: float, outer: float, rejects: Callable[[float], bool]) -> float:
    """An end of an interval, from its mean towards `outer`, by bisection."""
    within, beyond = mean, outer
    for _ in range(64):
        middle = (within + beyond) / 2
        if rejects(middle):
            beyond = middle
        else:
            within = middle
    return beyond


def _flip(sums: Sequence[float]) -> PValues:
    """P values of a sum, in steps of the greatest common divisor; weighted sums are rounded to steps."""
    whole: list[int]
    if all(isinstance(each, int) for each in sums):
        whole = [int(each) for each in sums]
    else:
        step = math.fsum(map(abs, sums)) / _STEPS
        whole = [round(each / step) for each in sums] if step else []
    step = math.gcd(*whole) or 1
    return _p_values(Counter(abs(each) // step for each in whole if each), abs(sum(whole)) // step)


def _p_values(sizes: Counter[int], distance: int) -> PValues:
    """P values: how often a sum with random signs is at least `distance` from 0; `sizes` counts its terms."""
    terms = sizes.total()
    if not terms:
        return PValues(1.0, 1.0)
    # One long number holds how many ways reach each sum of the positive terms, each in so many bytes.
    width = terms // 8 + 1
    ways = 1
    for size, times in sorted(sizes.items()):
        for _ in range(times):
            ways += ways << 8 * width * size
    whole = sum(size * times for size, times in sizes.items())
    place = (whole + distance) // 2
    farther = 2 * _total(ways >> 8 * width * (place + 1), width)
    equal = (ways >> 8 * width * place) % (1 << 8 * width) * (2 if distance else 1)
    return PValues((farther + equal) / 2**terms, (2 * farther + equal) / 2 ** (terms + 1))


def _total(ways: int, width: int) -> int:
    """The sum of the numbers that one long number holds."""
    held = ways.to_bytes(-(-ways.bit_length() // 8), "little")
    return sum(int.from_bytes(held[at : at + width], "little") for at in range(0, len(held), width))
