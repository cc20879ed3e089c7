"""The words that numbers are written in, and a number as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fbench.graders.normalise import normalise

__all__ = ["SCALES", "SCALES_ELSEWHERE", "Number"]

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
"""England's words, and India's. A plural has an s."""
_ELSEWHERE = {
    1000: "tausend tsd mille mil tysiac tysiace tysiecy tys тысяча тысячи тысяч тыс ألف الف हजार duizend ribu",
    10**5: "लाख",
    10**6: "mio mln millionen millones millon milione milioni milhao milhoes miljoen miljoner milion miliony "
    "milionow milyon миллион миллиона миллионов млн مليون juta trieu",
    10**7: "करोड",
    10**9: "mrd milliarde milliarden milliard miliardo miliardi miliard miliardy miliardow miljard miljarder "
    "milyar bilhao bilhoes mld миллиард миллиарда миллиардов млрд مليار miliar",
    10**12: "billionen billones bilioni trilhoes trillionen триллион триллиона триллионов трлн",
}
SCALES_ELSEWHERE = {
    word: value for value, words in _ELSEWHERE.items() for word in map(normalise, words.split())
}
"""Those of other languages, which are read behind digits alone: `1,5 Millionen`."""


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
