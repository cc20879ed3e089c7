"""Input validation: convert any numbers to plain Python numbers, or raise an error that names the problem.

NumPy's integers overflow (two hundreds in eight bits add to -56) and divide by zero with only a warning, and
its booleans cannot be subtracted. Plain numbers avoid this.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

__all__ = ["Clusters", "Pairs", "clusters_of", "count", "level_of", "pairs_of", "real", "truth"]

Clusters = Sequence[Sequence[bool]]
"""Outcomes by cluster."""

Pairs = Sequence[Sequence[tuple[bool, bool]]]
"""Outcomes of two results on the same items, by cluster."""


def real(value: float, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite float in [low, high].

    Raises:
        ValueError: the value is not one.
    """
    plain = float(value)
    if not math.isfinite(plain) or not low <= plain <= high:
        limits = f" from {low:g} to {high:g}" if (low, high) != (-math.inf, math.inf) else ""
        raise ValueError(f"{name} must be a finite number{limits}, got {value!r}.")
    return plain


def count(value: float, name: str, most: float = math.inf, least: int = 0) -> int:
    """A whole number from `least` to `most`; a float with a whole value is accepted.

    Raises:
        ValueError: the value is not one.
    """
    plain = real(value, name, least, most)
    if plain != int(plain):
        raise ValueError(f"{name} must be a whole number, got {value!r}.")
    return int(value)


def truth(value: float, name: str = "an outcome") -> bool:
    """A bool from True or False, 1 or 0.

    Raises:
        ValueError: the value is none of these, such as a share or None.
    """
    if isinstance(value, str | None) or value not in (0, 1):
        raise ValueError(f"{name} must be True or False, got {value!r}.")
    return bool(value)


def level_of(level: float, name: str = "the level of an interval") -> float:
    """A float strictly between 0 and 1.

    Raises:
        ValueError: the value is not one.
    """
    plain = real(level, name, 0, 1)
    if plain in (0, 1):
        raise ValueError(f"{name} must be between 0 and 1, got {level!r}.")
    return plain


def clusters_of(outcomes_by_cluster: Iterable[Sequence[bool]]) -> list[list[bool]]:
    """The clusters that are not empty."""
    return [[truth(each) for each in cluster] for cluster in outcomes_by_cluster if len(cluster)]


def pairs_of(pairs_by_cluster: Iterable[Sequence[tuple[bool, bool]]]) -> list[list[tuple[bool, bool]]]:
    """The clusters that are not empty."""
    return [[(truth(a), truth(b)) for a, b in cluster] for cluster in pairs_by_cluster if len(cluster)]
