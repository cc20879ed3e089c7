"""How often tests and intervals hold what they promise, by seeded simulation and from both sides.

The ordinary suite draws what tells most; `nox -s props` draws the whole grid.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterator, Sequence
from statistics import fmean

import pytest

from fbench.analysis.stats import (
    clopper_pearson,
    clustered_bootstrap,
    clustered_wilson,
    combined_interval,
    mcnemar,
    paired_difference,
    ratio_of_differences,
    sign_flip_test,
    wilson,
)
from tests.stats.drawn import FULL, Cell, outcomes, pairs, share, triples

Clusters = list[list[bool]]
Pairs = list[list[tuple[bool, bool]]]

CORRELATIONS = (0.0, 0.1, 0.2, 0.4, 0.6) if FULL else (0.0, 0.6)
SHARES = (
    (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.9, 0.98)
    if FULL
    else (0.02, 0.05, 0.15, 0.5, 0.98)
)
SINGLES = [Cell(n, 1) for n in (40, 150, 218)]
GROUPED = [(7, 6), (20, 2), (7, 20), (25, 6), (10, 20), (36, 6), (109, 2)]
MORE = [(8, 6), (13, 6), (16, 6), (75, 2), (9, 20), (30, 6)] if FULL else []
MANY = [(25, 6), (60, 2)]
ALTERNATIVES = [(0.3, 0.0), (0.3, 0.2), (0.0, 0.1)]
OTHERS = [
    (0.1, 0.0),
    (0.5, 0.0),
    (0.1, 0.05),
    (0.3, 0.1),
    (0.2, 0.4),
    (0.0, 0.02),
    (0.0, 0.05),
    (0.0, 0.2),
    (0.0, 0.9),
]


def cells(shapes: list[tuple[int, int]]) -> Iterator[Cell]:
    for clusters, size in shapes:
        for correlation in CORRELATIONS:
            yield Cell(clusters, size, correlation)
            if correlation:
                yield Cell(clusters, size, correlation, "whole")


def accuracy_coverage(cell: Cell, p: float, make: Callable[[Clusters], tuple[float, float]]) -> float:
    def holds(table: Clusters) -> bool:
        low, high = make(table)
        return low <= p <= high

    return share(outcomes(cell, p, 4000 if FULL else 1000), holds)


@pytest.mark.parametrize("cell", [*SINGLES, *cells(GROUPED + MORE)], ids=str)
def test_intervals_of_an_accuracy_hold_it_at_every_share(cell: Cell) -> None:
    found = {p: accuracy_coverage(cell, p, clustered_wilson) for p in SHARES}
    print(cell, {p: round(each, 3) for p, each in found.items()})  # noqa: T201 - for `pytest -s`
    assert min(found.values()) >= 0.9, found
    assert fmean(found.values()) >= 0.93, found
    if cell.clusters == 7 and cell.correlation in (0, 0.6):
        # Student's t, and no variance below the independent one
        assert found[0.5] >= 0.96, found
    if cell.size == 1:
        assert max(found[p] for p in (0.15, 0.5)) <= 0.975, found


def false_alarms(cell: Cell, base: float, p_value: Callable[[Pairs], float], tables: int = 1500) -> float:
    return share(pairs(cell, base, 0.0, tables), lambda table: p_value(table) < 0.05)


@pytest.mark.parametrize("cell", [Cell(40, 1), Cell(150, 1), *cells([*MANY, (11, 20)])], ids=str)
def test_false_alarms_are_as_rare_as_promised_and_no_rarer(cell: Cell) -> None:
    for base in (0.1, 0.3, 0.5) if FULL else (0.3,):
        found = false_alarms(cell, base, lambda table: sign_flip_test(table).mid, 4000 if FULL else 1500)
        print(cell, base, round(found, 4))  # noqa: T201 - as above
        # Where few answers move and all of a cluster's together, a test has few levels to choose from.
        least = 0.02 if base < 0.3 else 0.03
        assert least <= found <= 0.065, (base, found)


def paired_shares(cell: Cell, base: float, gain: float, tables: int) -> tuple[float, float]:
    """How often the interval holds the gain, and how often test and interval disagree about none."""
    held = apart = drawn = 0
    for groups, times in pairs(cell, base, gain, tables):
        _, low, high = paired_difference(groups)
        held += times * (low <= gain <= high)
        apart += times * ((sign_flip_test(groups).mid < 0.05) == (low <= 0 <= high))
        drawn += times
    return held / drawn, apart / drawn


def paired_cells(shapes: list[tuple[int, int]]) -> Iterator[tuple[Cell, float, float]]:
    for cell in cells(shapes):
        for base, gain in ALTERNATIVES + (OTHERS if FULL else []):
            if cell.how == "beta" or 2 * base + gain <= 1:
                yield cell, base, gain


def test_intervals_of_a_difference_hold_it_and_agree_with_the_test() -> None:
    singles = [(Cell(n, 1), *each) for n in (40, 150) for each in ALTERNATIVES + (OTHERS if FULL else [])]
    tables = 1000 if FULL else 250
    disagreements: list[float] = []
    for cell, base, gain in [*singles, *paired_cells(MANY)]:
        held, apart = paired_shares(cell, base, gain, tables)
        print(cell, base, gain, round(held, 3), round(apart, 3))  # noqa: T201 - as above
        disagreements.append(apart)
        assert held >= 0.9, (cell, base, gain, held)
    print("disagreement on average", fmean(disagreements))  # noqa: T201 - as above
    assert fmean(disagreements) <= 0.03


def test_intervals_of_a_difference_hold_it_with_few_clusters_too() -> None:
    for cell, base, gain in paired_cells([(7, 6), (11, 20), *((3, 6), (5, 20), (19, 6))[: 3 * FULL]]):
        held, apart = paired_shares(cell, base, gain, 1000 if FULL else 150)
        print(cell, base, gain, round(held, 3), round(apart, 3))  # noqa: T201 - as above
        assert held >= 0.9, (cell, base, gain, held)


SMALL = [Cell(40, 3), Cell(40, 3, 0.3), Cell(150, 1), *[Cell(20, 6), Cell(20, 6, 0.3)][: 2 * FULL]]
DRAWN = 600 if FULL else 200


def harmonic(shares: Sequence[float]) -> float:
    return len(shares) / sum(1 / each for each in shares) if all(shares) else 0.0


@pytest.mark.parametrize("cell", SMALL, ids=str)
def test_intervals_of_a_ratio_of_two_differences_hold_it(cell: Cell) -> None:
    coverage: list[float] = []
    for first, second, third, together in (
        (0.1, 0.5, 0.9, 0.5),
        (0.1, 0.85, 0.9, 0.9),
        (0.0, 0.95, 1.0, 0.0),
        (0.3, 0.35, 0.8, 0.5),
        (0.2, 0.3, 0.45, 0.5),
    ):
        true = (second - first) / (third - first)
        held = 0
        for table in triples(cell, (first, second, third), together, DRAWN):
            found = ratio_of_differences(table)
            held += found is not None and found.low <= true + 1e-9 and true - 1e-9 <= found.high
        coverage.append(held / DRAWN)
        assert coverage[-1] >= 0.91, (first, second, third, held)
    print(cell, coverage)  # noqa: T201 - as above
    assert fmean(coverage) >= 0.93, coverage


@pytest.mark.parametrize("cell", SMALL, ids=str)
def test_intervals_of_a_harmonic_mean_hold_it(cell: Cell) -> None:
    found: list[float] = []
    for shares in ((0.9, 0.7, 0.5), (0.3, 0.2, 0.9), (0.99, 0.97, 0.95)):
        held = 0
        for table in triples(cell, shares, 0.3, DRAWN):
            groups = [[[item[place] for item in group] for group in table] for place in range(3)]
            means = [fmean(right for group in each for right in group) for each in groups]
            deviations: list[dict[Hashable, float]] = [
                {name: sum(group) - mean * len(group) for name, group in enumerate(each)}
                for mean, each in zip(means, groups, strict=True)
            ]
            intervals = [clustered_wilson(each) for each in groups]
            low, high = combined_interval(harmonic, means, intervals, deviations)
            held += low <= harmonic(shares) <= high
        found.append(held / DRAWN)
        assert found[-1] >= 0.91, (shares, held)
    print(cell, found)  # noqa: T201 - as above
    assert fmean(found) >= 0.93, found


@pytest.mark.parametrize("cell", SMALL, ids=str)
def test_intervals_and_tests_of_weighted_answers_hold_what_they_promise(cell: Cell) -> None:
    weights = [[(1.0, 1.0, 10.0)[(c + i) % 3] for i in range(cell.size)] for c in range(cell.clusters)]
    for first, second in ((0.5, 0.6), (0.1, 0.1), (0.9, 0.95)):
        share_held = held = alarms = 0
        for table in triples(cell, (first, second, 0.5), 0.3, DRAWN):
            before = [[each[0] for each in group] for group in table]
            both = [[(a, b) for a, b, _ in group] for group in table]
            low, high = clustered_wilson(before, weights=weights)
            share_held += low <= first <= high
            _, low, high = paired_difference(both, weights=weights)
            held += low <= second - first <= high
            alarms += sign_flip_test(both, weights=weights).mid < 0.05
        print(cell, (first, second), share_held, held, alarms)  # noqa: T201 - as above
        assert min(share_held, held) >= 0.92 * DRAWN, (first, second)
        assert first != second or alarms <= 0.08 * DRAWN, alarms


def test_the_simulation_notices_what_takes_clusters_for_independent() -> None:
    moving = Cell(25, 6, 0.6)

    def flat(table: Pairs) -> float:
        items = [pair for group in table for pair in group]
        return mcnemar(items.count((True, False)), items.count((False, True)), mid=True)

    assert false_alarms(moving, 0.3, flat, 400) > 0.2
    plain = accuracy_coverage(moving, 0.5, lambda table: wilson(sum(map(sum, table)), 150))
    assert plain < 0.8


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
