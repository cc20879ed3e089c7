"""Corrections for several tests in one family. Both return adjusted p values in the order given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

__all__ = ["benjamini_hochberg", "holm"]


def holm(p_values: Sequence[float]) -> list[float]:
    """P values that control the chance of any false finding (Holm 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    raised = (min(1.0, (len(order) - rank) * p_values[place]) for rank, place in enumerate(order))
    return _in_place(order, accumulate(raised, max))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P values that control the expected share of false findings (Benjamini and Hochberg 1995)."""
    n = len(p_values)
    order = sorted(range(n), key=p_values.__getitem__, reverse=True)
    raised = (p_values[place] * (n / (n - rank)) for rank, place in enumerate(order))
    return _in_place(order, accumulate(raised, min))


def _in_place(order: list[int], values: accumulate[float]) -> list[float]:
    adjusted = dict(zip(order, values, strict=True))
    return [adjusted[place] for place in range(len(order))]
