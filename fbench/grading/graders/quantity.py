"""Grade numbers: the same number, the same dimension, at least as precise as the gold."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from operator import sub

from fbench.grading.graders.language import language_of
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.negation import asserted, negations
from fbench.grading.graders.normalise import unwrap
from fbench.grading.graders.number_words import in_digits
from fbench.grading.graders.quantities import AskedQuantity, Quantity, as_read, asked_for, read_quantities
from fbench.grading.graders.units import UnitOfMeasure

__all__ = ["quantity"]

_EXPLAINS = re.compile(
    r"[.;:(](?!\d)|, (?!or\b)[a-z]|\b(?:which|who|that|from|between|since|with|after|before|until)\b"
)
_SCALE_LETTER = re.compile(r"(?<=\d)\s?([mMB]|(?<=\d)b)\b(?![.&'/]\w)")
_CAPITAL = re.compile(r"(?<=\d)\s?(M|(?<=\d)B)\b(?![.&'/]\w)")
_COUNTS = re.compile(
    r"\b(?:how many|population|people|inhabitants|residents|votes|viewers|copies|users|cost|price|budget"
    r"|revenue|sales|profit|salary|income|parameters)\b",
    re.IGNORECASE,
)
_ASKS_LENGTH = re.compile(
    r"\b(?:how (?:long|tall|high|deep|wide|far)|length|height|depth|width|distance|altitude|elevation|metres"
    r"|meters|sprint|freestyle)\b",
    re.IGNORECASE,
)
_WORDY = re.compile(r"[^\W\d_]{2}|\d[er]")
_POINT = "percentage point"
_NEAR = 3
"""Two numbers with at most this many words between them may describe one thing: `five or six`."""


def quantity(gold: str, answer: str, question: str) -> Grade:
    """Correct if the answer states the gold's quantity, and no other that could be meant instead.

    In the same unit only the same number passes. After conversion the answer must round to the gold at the
    gold's last place, and be written at least that precisely. If the gold or the answer has no unit, the
    unit of the question applies.
    """
    asked = asked_for(question)
    language = language_of(question)
    comma = bool(language)
    wanted = read_quantities(_scaled(unwrap(_in_words(gold, language)), gold, asked, question), comma=comma)
    if not wanted:
        return Grade(Verdict.INCORRECT, "quantity", f"the gold {gold!r} holds no number to compare with")
    said = unwrap(_in_words(answer, language))
    said = _scaled(said if negations(question) else asserted(said), gold, asked, question)
    told = read_quantities(said, comma=comma)
    if not told:
        return Grade(Verdict.INCORRECT, "quantity", "the answer holds no number")
    first, *others = wanted
    if any(not any(_agree(one, other, asked) for other in told) for one in others):
        return Grade(Verdict.INCORRECT, "quantity", "some of the numbers differ")
    hits = [one for one in told if _agree(first, one, asked)]
    if not hits:
        return Grade(Verdict.INCORRECT, "quantity", "no number of the answer equals the gold's")
    echoed = {one.values for one in read_quantities(question)}
    for other in told if not others else ():
        if other in hits or other.values in echoed or not _rivals(hits[0], other):
            continue
        if _stands_against(hits[0], other, as_read(said, comma=comma)):
            return Grade(Verdict.INCORRECT, "quantity", "the answer gives another number as well")
    return Grade(Verdict.CORRECT, "quantity", "the number and its unit agree")


def _in_words(text: str, language: str) -> str:
    """The text with number words of the question's language in digits, if it may have any."""
    return in_digits(text, language) if language and _WORDY.search(text) else text


def _scaled(text: str, gold: str, asked: AskedQuantity, question: str) -> str:
    """The text with `M` and `B` after a number read as millions and billions, unless a length is meant.

    In lower case they are scales only if something is counted: `1.5m people`.
    """
    if not _SCALE_LETTER.search(text) or _is_length(asked.unit) or _ASKS_LENGTH.search(question):
        return text
    if any(_is_length(one.unit) for one in read_quantities(gold)) and not _CAPITAL.search(gold):
        return text
    counted = asked.noun or _COUNTS.search(question)
    letters = _SCALE_LETTER if counted else _CAPITAL
    return letters.sub(lambda found: " million" if found[1] in "mM" else " billion", text)


def _is_length(unit: UnitOfMeasure | None) -> bool:
    return unit is not None and unit.dimension == "length"


def _stands_against(hit: Quantity, other: Quantity, told: str) -> bool:
    """Whether the answer may mean either quantity: the other is close before, or after in the same clause.

    A quantity in another clause explains: `six pockets: four in the corners and two at the sides`.
    """
    first, second = sorted((hit, other), key=lambda quantity: quantity.start)
    between = told[first.end : second.start]
    if other is first and "=" in between:
        return False  # a step of a calculation
    return _EXPLAINS.search(between) is None and (other is second or len(between.split()) <= _NEAR)


def _agree(gold: Quantity, answer: Quantity, asked: AskedQuantity) -> bool:
    unit = gold.unit or asked.unit
    if asked.unit and asked.unit.name == _POINT:
        gold, answer = _in_points(gold, asked.unit), _in_points(answer, asked.unit)
        unit = gold.unit
    return _alike(gold, answer, asked) and (
        _agree_in(unit, gold, answer, asked.scale) if unit else _agree_without(gold, answer, asked)
    )


def _in_points(one: Quantity, point: UnitOfMeasure) -> Quantity:
    """The quantity in percentage points if it is in percent or points; for questions about points."""
    said = (one.unit.name in ("percent", _POINT)) if one.unit else one.noun in ("", "point")
    return replace(one, unit=point, noun="") if said else one


def _alike(gold: Quantity, answer: Quantity, asked: AskedQuantity) -> bool:
    """Whether both are single numbers, ranges or scores; bounds and ordinals only if they are wanted."""
    placed = gold.ordinal or asked.rank or not answer.ordinal
    return gold.joint == answer.joint and answer.bound in {"", gold.bound} and placed


def _agree_without(gold: Quantity, answer: Quantity, asked: AskedQuantity) -> bool:
    """Whether they agree if no unit is wanted. A count does not agree with a measured quantity."""
    counted = gold.noun or asked.noun
    if answer.unit and answer.unit.name == "percent":
        return not counted and _is_share(gold.values, of=answer.values)
    scaled = tuple(value * asked.scale for value in gold.values)
    return answer.values in (gold.values, scaled) and not (answer.unit and counted)


def _agree_in(unit: UnitOfMeasure, gold: Quantity, answer: Quantity, asked_scale: int) -> bool:
    in_full = tuple(value * asked_scale for value in gold.values)
    if answer.unit is None:
        if gold.unit:
            return not answer.noun and _bare(gold.values, answer, unit, asked_scale)
        return answer.values == in_full or _bare(gold.values, answer, unit, asked_scale)
    scale, values = (1, gold.values) if gold.unit else (asked_scale, in_full)
    if unit.loosely(answer.unit):
        return values == answer.values
    return unit.dimension == answer.unit.dimension and _converts(
        values, gold.step * scale, unit, answer, answer.unit
    )


def _converts(
    values: tuple[Fraction, ...], step: Fraction, unit: UnitOfMeasure, answer: Quantity, other: UnitOfMeasure
) -> bool:
    """Whether the answer, in another unit, is at least as precise as the gold and rounds to it.

    A composite in the gold's unit, such as 6 feet 5 inches for 6 feet, is not a rounding.
    """
    converted = tuple(other.to_base(value) / unit.factor - unit.offset for value in answer.values)
    precise = answer.larger != unit and answer.step * other.factor <= step * unit.factor
    return converted == values or (
        precise and all(abs(difference) <= step / 2 for difference in map(sub, converted, values))
    )


def _bare(values: tuple[Fraction, ...], answer: Quantity, unit: UnitOfMeasure, scale: int) -> bool:
    """Whether a number without a unit is the gold's: as written, in the question's scale, or as a share."""
    scaled = tuple(value * scale for value in answer.values)
    share = unit.name == "percent" and _is_share(answer.values, of=values)
    return values in (answer.values, scaled) or share


def _is_share(values: tuple[Fraction, ...], *, of: tuple[Fraction, ...]) -> bool:
    """Whether numbers up to 1 are the given percentages, written as shares."""
    return all(0 <= value <= 1 for value in values) and of == tuple(100 * value for value in values)


def _rivals(hit: Quantity, other: Quantity) -> bool:
    """Whether another quantity of the answer could be meant instead of the one that agrees."""
    if other.ordinal != hit.ordinal:
        return False
    if hit.unit and other.unit:
        return hit.unit.dimension == other.unit.dimension and not _restates(hit, hit.unit, other, other.unit)
    if hit.unit or other.unit:
        return not (hit.noun or other.noun) and len(hit.values) == len(other.values)
    return not (hit.noun and other.noun and hit.noun != other.noun)


def _restates(hit: Quantity, unit: UnitOfMeasure, other: Quantity, others: UnitOfMeasure) -> bool:
    """Whether the two are equal at the precision of the coarser: 6'1" and 185 cm."""
    if unit == others:
        return hit.values == other.values
    coarse = max(hit.step * unit.factor, other.step * others.factor)
    differences = map(sub, map(unit.to_base, hit.values), map(others.to_base, other.values))
    return hit.joint == other.joint and all(abs(difference) <= coarse / 2 for difference in differences)
