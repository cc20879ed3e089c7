"""Corrections for several tests in one family. Both return adjusted p values in the given order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from fbench.analysis.stats.inputs import real

__all__ = ["benjamini_hochberg", "holm"]


def holm(p_values: Sequence[float]) -> list[float]:
    """P values that control the chance of any false finding (Holm 1979).

    Raises:
        ValueError: a p value is not from 0 to 1.
    """
    known = _known(p_values)
    order = sorted(range(len(known)), key=known.__getitem__)
    raised = (min(1.0, (len(order) - rank) * known[place]) for rank, place in enumerate(order))
    return _in_place(order, accumulate(raised, max))


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """P values that control the expected share of false findings (Benjamini and Hochberg 1995).

    Raises:
        ValueError: a p value is not from 0 to 1.
    """
    known = _known(p_values)
    n = len(known)
    order = sorted(range(n), key=known.__getitem__, reverse=True)
    raised = (known[place] * (n / (n - rank)) for rank, place in enumerate(order))
    return _in_place(order, accumulate(raised, min))


def _known(p_values: Sequence[float]) -> list[float]:
    return [real(value, "a p value", 0, 1) for value in p_values]


def _in_place(order: list[int], values: accumulate[float]) -> list[float]:
    adjusted = dict(zip(order, values, strict=True))
    return [adjusted[place] for place in range(len(order))]
