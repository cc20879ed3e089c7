"""Input validation: convert any numbers to plain Python numbers, or raise an error that names the problem.

NumPy's integers overflow (two hundreds in eight bits add to -56) and divide by zero with only a warning, and
its booleans cannot be subtracted. Plain numbers avoid this.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

__all__ = [
    "Clusters",
    "Pairs",
    "Weights",
    "clusters_of",
    "count",
    "level_of",
    "pairs_of",
    "real",
    "truth",
    "weights_of",
]

Clusters = Sequence[Sequence[bool]]
"""Outcomes by cluster."""

Pairs = Sequence[Sequence[tuple[bool, bool]]]
"""Outcomes of two results on the same items, by cluster."""

Weights = Sequence[Sequence[float]]
"""What each outcome counts, by cluster."""


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
    if value is True or value is False:  # the usual case, which need not wait for the others
        return value
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


def weights_of(outcomes_by_cluster: Iterable[Sequence[object]], weights: Weights | None) -> list[list[float]]:
    """The weights of the clusters that are not empty, 1 each where none are given or all are equal.

    Others are scaled to add up to Kish's effective number of outcomes, (sum w)^2 / sum w^2 (1965, section
    11.7). What is then computed as from so many outcomes of weight 1 is right for independent ones.

    Raises:
        ValueError: a weight is not above 0, or there is not one for each outcome.
    """
    sizes = list(map(len, outcomes_by_cluster))
    if weights is None:
        return [[1] * size for size in sizes if size]
    if sizes != [len(cluster) for cluster in weights]:
        raise ValueError("there must be one weight for each outcome.")
    known = [[real(weight, "a weight", 0) for weight in cluster] for cluster in weights if len(cluster)]
    every = [weight for cluster in known for weight in cluster]
    if every and min(every) == max(every) > 0:
        return [[1] * len(cluster) for cluster in known]
    if not all(every):
        raise ValueError("a weight must be above 0.")
    scale = math.fsum(every) / math.fsum(weight * weight for weight in every) if every else 1.0
    return [[weight * scale for weight in cluster] for cluster in known]
