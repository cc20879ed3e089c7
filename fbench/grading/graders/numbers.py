"""Read the numbers of a text (digits, words and scales), each with the place to which it is precise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice

from fbench.datasets.english_words import ORDINALS, SMALL, TENS
from fbench.grading.graders.idioms import read_idioms
from fbench.grading.graders.normalise import word_set
from fbench.grading.graders.numerals import SCALES, Number
from fbench.grading.graders.units import find_unit

__all__ = ["read_numbers"]

_LETTERS = {"k": 1000, "m": 10**6, "b": 10**9, "t": 10**12}
"""Scale letters: they mean a scale after an amount of money (`$5m`), and `k` directly after any number."""

_MOST = 200
"""The most numbers read in a text: one with more of them states none, and would cost far more time."""
_BELOW_HUNDRED = SMALL | TENS
_SCALE = rf"(?:{'|'.join(SCALES)})s?"
_SCALE_WORD = re.compile("|".join(SCALES))
_BASES = (2, 10)
"""Bases whose powers are written out: 10^6 is a million; 12^2 may be 12 with a footnote number."""
_CARDINAL = "|".join(sorted([*_BELOW_HUNDRED, *SCALES], key=len, reverse=True))
_CARDINAL_WORD = re.compile(_CARDINAL)
_BETWEEN_THOUSANDS = re.compile(r"[,\s]")
# The number of digits is limited so that the time stays linear in the length, even for hostile text.
_DIGITS = (
    r"(?P<money>(?:\b(?:us|a|ca?))?\$|[£€¥₹₩])?\s?"
    r"(?P<sign>(?<![\w)\]%'\"-])(?:[-+]|(?:minus|negative)\s)(?=[\d.$£€]))?(?P<late>[$£€¥₹₩])?"
    r"(?<![\w^])(?<!\d[.,])(?<![a-z]-)"
    r"(?:(?P<whole>\d{1,3}(?:,\d{3}){1,12}|\d{1,3}(?:\s\d{3}){1,12}|\d{1,40})(?P<part>\.\d{1,40})?|(?P<bare>\.\d{1,40}))(?!\d|[.,]\d)"
    r"(?:e(?P<power>[-+]?\d{1,2})(?!\w)|\s?[x*\u00b7\u22c5\u2219]\s?10\s?(?:\^|\*\*)\s?\(?(?P<ten>[-+]?\d{1,2})\)?(?!\w)|(?:\^|\*\*)\(?(?P<raised>-?\d{1,2})\)?(?![\w.]))?"
    r"(?:(?P<th>st|nd|rd|th)\b)?"
    r"(?:\s(?P<over>\d)/(?P<under>\d{1,2})(?![\d/]))?"
    rf"(?P<scales>(?:[\s-]?(?:{_SCALE})\b){{0,3}})(?P<letter>(?P<thousand>k)\b(?!\.\w)|\s?[kmbt]\b(?!\.\w))?"
)
_NUMBER = re.compile(
    r"(?:(?<!\w)|(?=[^a-z]))"  # no number begins within a word; this test is quick
    rf"(?:{_DIGITS}"
    rf"|(?<![\w-])(?P<tens>{'|'.join(TENS)})[\s-](?P<place>{'|'.join(list(ORDINALS)[:9])})\b"
    rf"|(?<![\w-])(?P<negative>minus |negative )?"
    rf"(?P<words>(?:{_CARDINAL})(?:(?:[\s-]|\sand\s)(?:{_CARDINAL})){{0,24}})\b"
    rf"|\b(?P<ordinal>{'|'.join(ORDINALS)})\b)"
)
_IN_DIGITS = re.compile(rf"(?=[\s$£€¥₩₹+.\d-]|(?:us|a|ca?)\$|minus|negative){_DIGITS}")
_IN_WORDS = frozenset(_BELOW_HUNDRED) | frozenset(SCALES) | frozenset(ORDINALS)
"""A number in words has one of these; a text without them is searched for digits only."""


def read_numbers(text: str) -> list[Number]:
    """The numbers of a normalised text in order. Digits inside a word (`mq-9`, `2a`) are not numbers."""
    idioms = list(islice(read_idioms(text), _MOST))
    others = _other_numbers(_blanked(text, idioms))
    return sorted(islice(chain(idioms, others), _MOST), key=lambda number: number.start)


def _other_numbers(text: str) -> Iterator[Number]:
    if _IN_WORDS.isdisjoint(word_set(text)):
        yield from filter(None, (_written(match, text) for match in _IN_DIGITS.finditer(text)))
        return
    for match in _NUMBER.finditer(text):
        if match["words"]:
            yield from _spelled(match)
        elif place := match["ordinal"] or match["place"]:
            value = Fraction(ORDINALS[place] + (TENS[match["tens"]] if match["tens"] else 0))
            yield Number(value, Fraction(1), match.start(), match.end(), ordinal=True)
        elif number := _written(match, text):
            yield number


def _blanked(text: str, read: list[Number]) -> str:
    """The text with the numbers already read overwritten by `~`; all positions stay the same."""
    kept: list[str] = []
    position = 0
    for number in read:
        kept += [text[position : number.start], "~" * (number.end - number.start)]
        position = number.end
    return "".join([*kept, text[position:]])


def _written(match: re.Match[str], text: str) -> Number | None:
    money = match["money"] or match["late"] or ""
    end, letter = match.end(), match["letter"]
    factor = Fraction(1)
    if letter and (money or match["thousand"]):
        factor *= _LETTERS[letter.strip()]
    elif letter:
        end = match.end("scales")
    # Letters directly after the number are a unit (50kg), or the whole is a code (23xi).
    if text[end : end + 1].isalpha() and find_unit(text, end) is None:
        return None
    for scale in _SCALE_WORD.findall(match["scales"]):
        factor *= SCALES[scale]
    factor *= Fraction(10) ** int(match["power"] or match["ten"] or 0)
    part = match["part"] or match["bare"] or ""
    value = Fraction(_BETWEEN_THOUSANDS.sub("", match["whole"] or "0") + part)
    if match["raised"] and value in _BASES:
        value **= int(match["raised"])
    step = Fraction(1, 10 ** max(0, len(part) - 1))
    if match["under"] and int(match["under"]):
        step = Fraction(1, int(match["under"]))
        value += int(match["over"]) * step
    start = match.start() + len(match.group()) - len(match.group().lstrip())
    sign = -1 if match["sign"] and match["sign"] != "+" else 1
    return Number(sign * value * factor, step * factor, start, end, money, match["th"] is not None)


def _spelled(match: re.Match[str]) -> list[Number]:
    """Numbers in words, left to right; a word that does not combine with the last starts a new number."""
    sign = -1 if match["negative"] else 1
    found: list[Number] = []
    total, current, start, end = 0, 0, match.start(), match.start("words")
    last = None
    for word in _CARDINAL_WORD.finditer(match["words"]):
        name = word.group()
        begin, stop = match.start("words") + word.start(), match.start("words") + word.end()
        if name in SCALES:
            scale = SCALES[name]
            if scale < 1000:
                current = (current or 1) * scale
            elif last in SCALES and not current:
                total *= scale  # two thousand million
            else:
                total += (current or 1) * scale
                current = 0
        else:
            value = _BELOW_HUNDRED[name]
            if last is not None and not _combines(last, value):
                if 10 <= current < 100 and value >= 10 and not total:
                    current *= 100  # a year: nineteen eighty-four
                else:
                    found.append(Number(Fraction(sign * (total + current)), Fraction(1), start, end))
                    total, current, start, sign = 0, 0, begin, 1
            current += value
        last, end = name, stop
    found.append(Number(Fraction(sign * (total + current)), Fraction(1), start, end))
    return found


def _combines(last: str, value: int) -> bool:
    """Whether a number word below a hundred may follow `last` in one number."""
    return value > 0 if last in SCALES else last in TENS and 0 < value < 10
