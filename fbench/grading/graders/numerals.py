"""The words for large numbers, and the type of a number read from a text."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["SCALES", "Number"]

SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "lakh": 10**5,
    "crore": 10**7,
}
"""English words, and Indian ones. A plural has an s."""


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number at `start:end` of a text; `step` is the unit of its last written place.

    `money` is the currency sign before it, or "".
    """

    value: Fraction
    step: Fraction
    start: int
    end: int
    money: str = ""
    ordinal: bool = False
