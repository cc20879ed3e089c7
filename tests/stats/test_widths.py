"""One more answer makes no interval much wider or narrower: what is known hardly changes."""

from __future__ import annotations

import itertools
import random

import pytest

from fbench.analysis.stats import clustered_wilson, paired_difference

Groups = list[list[tuple[bool, bool]]]


def answered(sizes: list[int], before: list[bool], order: list[int]) -> list[Groups]:
    """Tables in which one answer after the other becomes right, after none was."""
    after = [False] * sum(sizes)
    tables: list[Groups] = []
    for place in [None, *order]:
        if place is not None:
            after[place] = True
        pairs = iter(zip(before, list(after), strict=True))
        tables.append([list(itertools.islice(pairs, size)) for size in sizes])
    return tables


@pytest.mark.parametrize("clusters", [2, 5, 7, 19, 20, 25])
@pytest.mark.parametrize("size", [1, 2, 6, 20, 0])
@pytest.mark.parametrize("how", ["spread", "cluster by cluster", "anyhow"])
def test_one_more_right_answer_changes_no_width_by_more_than_half(clusters: int, size: int, how: str) -> None:
    draw = random.Random(f"{clusters} {size} {how}")  # noqa: S311 - made-up answers, no secret
    sizes = [size or draw.randint(1, 9) for _ in range(clusters)]
    places = [(inside, group) for group, many in enumerate(sizes) for inside in range(many)]
    order = list(range(len(places)))
    if how == "spread":
        order.sort(key=places.__getitem__)
    elif how == "anyhow":
        draw.shuffle(order)
    n, cut = len(order), 25
    for base in (0.0, draw.random(), 1.0):
        before = [draw.random() < base for _ in range(n)]
        tables = answered(sizes, before, order)
        chosen = range(n) if n <= 2 * cut else [*range(cut), *range(n - cut, n)]
        for place in chosen:
            widths = [high - low for _, low, high in map(paired_difference, tables[place : place + 2])]
            assert max(widths) <= 1.5 * min(widths), (base, place, widths)
            shares = [
                [[after for _, after in group] for group in table] for table in tables[place : place + 2]
            ]
            widths = [high - low for low, high in map(clustered_wilson, shares)]
            assert max(widths) <= 1.5 * min(widths), (place, widths)
