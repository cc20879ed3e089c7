"""The words that numbers are written in, and a number as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["ORDINALS", "SCALES", "SMALL", "TENS", "Number"]

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_BELOW_HUNDRED = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
SMALL = {word: value for value, word in enumerate(_BELOW_TWENTY.split())}
TENS = {word: 10 * place for place, word in enumerate(_BELOW_HUNDRED.split(), start=2)}
ORDINALS = {word: place for place, word in enumerate(_PLACES.split(), start=1)}
SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "mn": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `start:end` of a text, exact; `step` is the unit of its last written place.

    `money` is the currency sign before it, or "".
    """

    value: Fraction
    step: Fraction
    start: int
    end: int
    money: str = ""
    ordinal: bool = False
