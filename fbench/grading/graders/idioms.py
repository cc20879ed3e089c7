"""Read numbers written as idioms: fractions, halves, a dozen, and years such as nineteen oh five."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

from fbench.datasets.english_words import ORDINALS, SMALL
from fbench.grading.graders.normalise import word_set
from fbench.grading.graders.numerals import SCALES, Number

__all__ = ["read_idioms"]

_PARTS = {
    "half": 2,
    "halve": 2,
    "third": 3,
    "quarter": 4,
    **{word: place for word, place in ORDINALS.items() if place >= 4},
    "hundredth": 100,
    "thousandth": 1000,
}
_COUNTS = {**{word: value for word, value in SMALL.items() if value}, "a": 1, "an": 1}
_LARGE = "hundred|thousand|million|billion|trillion|dozen"
_CENTURIES = {**{word: value for word, value in SMALL.items() if value >= 10}, "twenty": 20}


def _any(words: Mapping[str, int]) -> str:
    return "|".join(words)


_IDIOM = re.compile(
    r"(?<![\w/.$-])(?<!\d )(?P<over>\d{1,2})/(?P<under>\d{1,3})(?![\w/]|[.,]\d)"
    rf"|(?<![\w-])(?P<count>{_any(_COUNTS)}|\d{{1,2}})[\s-](?P<part>{_any(_PARTS)})s?\b(?!-)"
    rf"(?P<of>(?: of)? an? (?:{_LARGE})\b)?"
    rf"|(?<![\w.,-])(?P<whole>\d{{1,3}}|{_any(SMALL)}) and a half\b(?P<scale> (?:{_LARGE})\b)?"
    rf"|(?<![\w-])half(?P<large> an? (?:{_LARGE})\b)"
    r"|^(?P<alone>half|an? half)$"
    rf"|(?<![\w-])an? (?P<single>{_LARGE})\b(?! and\b)"
    rf"|(?<![\w-])(?P<century>{_any(_CENTURIES)})[\s-](?:oh|o)[\s-](?P<year>{_any(SMALL)})\b"
)
_IN_IDIOMS = frozenset((*_PARTS, *(f"{part}s" for part in _PARTS), *_LARGE.split("|"), "oh", "o"))
"""An idiom that is not a fraction in digits has one of these words."""


def read_idioms(text: str) -> Iterator[Number]:
    """The idioms of a normalised text in order. `1/2` is a fraction, `120/80` is two numbers."""
    if "/" not in text and _IN_IDIOMS.isdisjoint(word_set(text)):
        return
    for match in _IDIOM.finditer(text):
        said = _value(match)
        if said is not None:
            yield Number(said[0], said[1], match.start(), match.end())


def _value(match: re.Match[str]) -> tuple[Fraction, Fraction] | None:
    """The value, and the unit of its last place; None if the match is no number."""
    if match["over"]:
        over, under = int(match["over"]), int(match["under"])
        return (Fraction(over, under), Fraction(1, under)) if 0 < over < under else None
    if match["part"]:
        count = _COUNTS.get(match["count"]) or int(match["count"])
        step = Fraction(1, _PARTS[match["part"]]) * _scale(match["of"])
        return count * step, step
    if match["whole"]:
        whole = SMALL[match["whole"]] if match["whole"] in SMALL else int(match["whole"])
        return (whole + Fraction(1, 2)) * _scale(match["scale"]), Fraction(1, 2) * _scale(match["scale"])
    if match["century"]:
        return Fraction(100 * _CENTURIES[match["century"]] + SMALL[match["year"]]), Fraction(1)
    if match["single"]:
        return Fraction(SCALES[match["single"]]), Fraction(1)
    half = Fraction(1, 2) * _scale(match["large"])
    return half, half


def _scale(words: str | None) -> int:
    return SCALES[words.split()[-1]] if words else 1
