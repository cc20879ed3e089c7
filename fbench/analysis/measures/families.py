"""Holm's correction within families of tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from fbench.analysis.results import Contrast, Curve, Measure, rounded
from fbench.analysis.stats import holm

__all__ = ["with_holm"]

Tested = TypeVar("Tested", Measure, Curve, Contrast)


def with_holm(rows: Sequence[Tested]) -> list[Tested]:
    """The rows with the corrected p value of each test, by the family that each row names."""
    families: dict[str, list[tuple[int, float]]] = {}
    for place, row in enumerate(rows):
        p = row.difference.p if isinstance(row, Contrast) else row.p
        if p is not None:
            families.setdefault(row.family, []).append((place, p))
    found = list(rows)
    for tests in families.values():
        for (place, _), corrected in zip(tests, holm([p for _, p in tests]), strict=True):
            found[place] = found[place].model_copy(update={"holm": rounded(corrected)})
    return found
