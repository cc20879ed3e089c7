"""Read the quantities of a text: numbers with units, bounds, ranges, scores and composites (6 ft 1 in)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from fbench.datasets.english_words import MONTH_STARTS
from fbench.datasets.notations import plain_numbers
from fbench.grading.graders.normalise import normalise
from fbench.grading.graders.numbers import read_numbers
from fbench.grading.graders.numerals import Number
from fbench.grading.graders.roots import stem
from fbench.grading.graders.units import UnitOfMeasure, find_unit, unit_named
from fbench.grading.graders.vocabulary import NOT_COUNTED

__all__ = ["AskedQuantity", "Quantity", "as_read", "asked_for", "read_quantities"]

_MORE = r"more than|over|above|greater than|at least|no less than|no fewer than|exceeding|upwards of|>=?"
_LESS = r"less than|under|below|fewer than|at most|no more than|nearly|almost|<=?"
_BOUND = re.compile(rf"(?<![^\W\d_])(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\s*(?:about |approximately )?$")
_BOUND_AFTER = re.compile(
    r"\s?(?:(?P<more>\+|or more\b|or over\b|or older\b)|(?P<less>or less\b|or fewer\b|or under\b))"
)
_NOUN = re.compile(r"[\s-]([^\W\d_]+)")
_BETWEEN = re.compile(r"\s?(?P<sign>[-/])\s?|\s(?P<word>to|and|through)\s")
_FEET_AND_INCHES = re.compile(
    r"(?<![\w.])(\d{1,2})\s?'\s?(?:(\d{1,2}(?:\.\d{1,3})?)\s?(?:\"|''|in\b|inches\b)?)(?![\d'])"
)
_FEET = re.compile(r"^([^']*\d)'([^']*)$")
_INCHES = re.compile(r"^([^\"]*\d)\"([^\"]*)$")
_MONTH = rf"(?:{'|'.join(MONTH_STARTS)})[a-z]*"
_DATE = re.compile(
    rf"\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
    rf"|\b(?:in|of|since|by|until|during) (?:{_MONTH} )?"
    r"(?:1[5-9]|20)\d\d\b(?! [a-z]*(?:dollar|people|yard))"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number, or the two ends of a range or score, in `unit`; `step` is its last written place.

    `noun` is the word counted if it is no unit, `bound` is ">" or "<" or "", `joint` is "-" or "/" between
    two numbers, `larger` is the larger unit of a composite (the foot of 6 ft 1 in).
    """

    values: tuple[Fraction, *tuple[Fraction, ...]]
    step: Fraction
    unit: UnitOfMeasure | None
    noun: str
    bound: str
    start: int
    end: int
    joint: str
    ordinal: bool
    larger: UnitOfMeasure | None = None


@dataclass(frozen=True, slots=True)
class AskedQuantity:
    """The unit and scale that a question asks for, and what it counts: `in millions of US dollars`."""

    unit: UnitOfMeasure | None
    scale: int
    noun: str
    rank: bool = False
    """Whether the question asks for a rank: then `5` and `fifth` are the same."""


_RANK = re.compile(
    r"\b(?:rank|ranks|ranked|position|place|placed|which number|what number|seed|seeded)\b"
    r"|^(?:in |on |at |to |of |for )?(?:the )?(?:which|what) (?!is\b|was\b|are\b|were\b|age\b|number of\b)\w+"
)
_SCALED = {"thousands": 1000, "millions": 10**6, "billions": 10**9, "trillions": 10**12}
_IN = re.compile(
    r"\b(?:in|how many|of|number of)\s+(?:(thousands|millions|billions|trillions)\s+of\s+)?(?=(\w+))"
)
_PERCENTAGE = re.compile(r"\b(?:what|which) (?:percent|percentage|per cent|share)\b|\bby what percent")


@lru_cache(maxsize=1024)
def asked_for(question: str) -> AskedQuantity:
    """The unit, scale and counted noun that the question asks for."""
    told = normalise(question)
    if _PERCENTAGE.search(told):
        return AskedQuantity(unit_named("percent"), 1, "")
    noun = ""
    for match in _IN.finditer(told):
        scale = _SCALED.get(match[1] or "", 1)
        found = find_unit(told, match.end())
        if found and match[2] not in {"second", "seconds"}:
            return AskedQuantity(found[0], scale, "")
        if match[1]:
            return AskedQuantity(None, scale, match[2])
        if match.group().startswith("how many"):
            noun = noun or match[2]
    return AskedQuantity(None, 1, noun, bool(_RANK.search(told)) and not noun)


@lru_cache(maxsize=4096)
def read_quantities(text: str, *, comma: bool = False) -> tuple[Quantity, ...]:
    """The quantities of a text in order, without dates. Positions refer to the text that `as_read` returns.

    With `comma`, numbers are read with a decimal comma: 1.500 is fifteen hundred.
    """
    told = as_read(text, comma=comma)
    single = [_quantity(told, number) for number in read_numbers(told)]
    return tuple(_join(told, single))


@lru_cache(maxsize=4096)
def as_read(text: str, *, comma: bool) -> str:
    """The normalised text, without its dates, and with feet and inches spelled out."""
    return _primes(_DATE.sub(" ; ", normalise(plain_numbers(text, comma=comma))))


def _primes(told: str) -> str:
    """The text with feet and inches spelled out. A lone prime is a unit, paired ones are quotation marks."""
    told = _FEET_AND_INCHES.sub(r" \1 feet \2 inches ", told)
    return _INCHES.sub(r"\1 inches \2", _FEET.sub(r"\1 feet \2", told))


def _quantity(told: str, number: Number) -> Quantity:
    unit, noun, end = unit_named(number.money) if number.money else None, "", number.end
    counted = end
    found = find_unit(told, number.end)
    if found:
        unit, end = unit or found[0], found[1]
    elif not number.money and (word := _NOUN.match(told, number.end)) and word[1] not in NOT_COUNTED:
        noun, counted = stem(word[1]), word.end()
        # One adjective may precede the unit: 85 rushing yards.
        if further := find_unit(told, word.end()):
            unit, end = further
    before = _BOUND.search(told, max(0, number.start - 40), number.start)
    after = _BOUND_AFTER.match(told, max(end, counted))
    bound = ""
    for match in (before, after):
        if match:
            bound = ">" if match["more"] else "<"
    return Quantity(
        values=(number.value,),
        step=number.step,
        unit=unit,
        noun=noun,
        bound=bound,
        start=number.start,
        end=end,
        joint="",
        ordinal=number.ordinal,
    )


def _join(told: str, single: list[Quantity]) -> list[Quantity]:
    joined: list[Quantity] = []
    for quantity in single:
        if joined and quantity.start < joined[-1].end:
            continue  # a word of the unit: metres per second
        if joined and (one := _as_one(told, joined[-1], quantity)):
            joined[-1] = one
        else:
            joined.append(quantity)
    return joined


def _as_one(told: str, last: Quantity, quantity: Quantity) -> Quantity | None:
    """The two quantities as one range, score or composite; None if they do not combine."""
    if len(last.values) > 1:
        return None
    gap = told[last.end : quantity.start]
    return _pair(told, last, quantity, gap) or _composite(last, quantity, gap)


def _pair(told: str, first: Quantity, second: Quantity, gap: str) -> Quantity | None:
    between = _BETWEEN.fullmatch(gap)
    if between is None or first.ordinal or second.ordinal:
        return None
    if between["word"] == "and" and not told[: first.start].endswith("between "):
        return None
    if first.unit and second.unit and first.unit != second.unit:
        return None
    unit = second.unit or first.unit
    if unit and first.unit is None and unit.dimension == "angle" and between["sign"] is None:
        return None
    values = (*first.values, *second.values)
    return replace(
        second, values=values, unit=unit, bound=first.bound, start=first.start, joint=between["sign"] or "-"
    )


def _composite(last: Quantity, quantity: Quantity, gap: str) -> Quantity | None:
    """6 feet 1 inch as one quantity, in the smaller unit."""
    large, small = last.unit, quantity.unit
    if large is None or small is None or gap.strip() not in {"", ",", "and"}:
        return None
    if large.dimension != small.dimension or large.factor <= small.factor or small.offset:
        return None
    value = last.values[0] * large.factor / small.factor + quantity.values[0]
    return replace(quantity, values=(value,), bound=last.bound, start=last.start, larger=large)
