"""Made-up results of questions in clusters, by a seeded simulation, and how often something holds of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["FULL", "Cell", "Paired", "outcomes", "pairs", "share", "triples"]

T = TypeVar("T")

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "props"
"""Whether all of a grid is asked for, and not only what tells most."""

Counts = npt.NDArray[np.int64]
How = Literal["beta", "whole"]
"""How clusters differ: in shares that are beta distributed, or in that some answer as one and others not."""


class Cell(NamedTuple):
    """A kind of table: so many clusters of a size, their intraclass correlation, and how they differ."""

    clusters: int
    size: int
    correlation: float = 0.0
    how: How = "beta"


def rights(draw: np.random.Generator, cell: Cell, p: float, tables: int) -> Counts:
    """How many items of each cluster are right, by table."""
    shape = (tables, cell.clusters)
    if p in (0, 1) or not cell.correlation:
        return draw.binomial(cell.size, p, shape)
    if cell.how == "beta":
        weight = 1 / cell.correlation - 1
        return draw.binomial(cell.size, draw.beta(p * weight, (1 - p) * weight, shape))
    as_one = draw.random(shape) < cell.correlation
    return np.where(as_one, cell.size * (draw.random(shape) < p), draw.binomial(cell.size, p, shape))


def outcomes(cell: Cell, p: float, tables: int, seed: int = 1) -> Iterator[tuple[list[list[bool]], int]]:
    """Tables of right and wrong answers, each with how often it, or one as informative, was drawn."""
    counts = rights(np.random.default_rng(seed), cell, p, tables)
    # An interval sees no more of a table than how many are right, and how much clusters differ in that.
    telling = Counter(zip(counts.sum(1).tolist(), (counts**2).sum(1).tolist(), strict=True))
    for row in counts.tolist():
        times = telling.pop((sum(row), sum(each * each for each in row)), 0)
        if times:
            yield [[True] * right + [False] * (cell.size - right) for right in row], times


class Paired(NamedTuple):
    """Pairs by cluster, and how often such a table was drawn."""

    groups: list[list[tuple[bool, bool]]]
    times: int


def pairs(cell: Cell, base: float, gain: float, tables: int, seed: int = 1) -> Iterator[Paired]:
    """Tables of two results on the same items, of which the second is right more often by `gain`.

    With `how="whole"` the share of lost items is `base`, and that of gained ones `base + gain`.
    """
    draw = np.random.default_rng(seed)
    if cell.how == "beta":
        before, after = (rights(draw, cell, p, tables) for p in (base, base + gain))
        both = draw.hypergeometric(before, cell.size - before, after)
        won, lost = after - both, before - both
    else:
        shape = (tables, cell.clusters)
        mark = draw.random(shape)
        won = draw.binomial(cell.size, base + gain, shape)
        lost = draw.binomial(cell.size - won, base / (1 - base - gain))
        as_one = draw.random(shape) < cell.correlation
        won = np.where(as_one, cell.size * (mark < base + gain), won)
        lost = np.where(as_one, cell.size * ((mark >= base + gain) & (mark < 2 * base + gain)), lost)
    rows = zip(won.tolist(), lost.tolist(), strict=True)
    drawn = Counter(tuple(sorted(zip(*row, strict=True))) for row in rows)
    for table, times in drawn.items():
        yield Paired([_cluster(cell.size, *counts) for counts in table], times)


def _cluster(size: int, won: int, lost: int) -> list[tuple[bool, bool]]:
    return [(False, True)] * won + [(True, False)] * lost + [(True, True)] * (size - won - lost)


def share(tables: Iterable[tuple[T, int]], holds: Callable[[T], bool]) -> float:
    """Of all tables drawn, how many something holds of."""
    found: Counter[bool] = Counter()
    for table, times in tables:
        found[holds(table)] += times
    return found[True] / found.total()


def triples(
    cell: Cell, shares: tuple[float, float, float], together: float, tables: int, seed: int = 1
) -> Iterator[list[list[tuple[bool, bool, bool]]]]:
    """Tables of three results on the same items, alike in the share `together` of them, clusters by beta."""
    draw = np.random.default_rng(seed)
    shape = (cell.clusters, cell.size)
    for _ in range(tables):
        alike, as_one = draw.random(shape), draw.random(shape) < together
        found: list[npt.NDArray[np.bool_]] = []
        for p in shares:
            level = np.full((cell.clusters, 1), p)
            if cell.correlation and 0 < p < 1:
                weight = 1 / cell.correlation - 1
                level = draw.beta(p * weight, (1 - p) * weight, (cell.clusters, 1))
            found.append(np.where(as_one, alike, draw.random(shape)) < level)
        yield [list(map(tuple, group)) for group in np.stack(found, axis=2).tolist()]
