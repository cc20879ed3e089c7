"""Which kind of answer a gold is, judged from its form alone."""

from __future__ import annotations

import re

from fbench.datasets.model import AnswerKind

__all__ = ["infer_kind"]

_NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand"
)
_QUALIFIER = (
    r"(?i:(?:(?:more|less|fewer|greater|higher|lower) than|at (?:least|most)|up to|about|around|nearly|"
    r"almost|over|under|roughly|approximately|between)\b|[<>\u2264\u2265~]=?)"
)
_DIGITS = r"[-+]?[$\u20ac\u00a3\u00a5]?\d[\d,]*(?:\.\d+)?%?"
_NUMBER = rf"(?:{_DIGITS}|(?i:(?:{_NUMBER_WORDS.replace(' ', '|')})\b))"
_UNIT = r"(?:°?[A-Z]\b|Celsius|Fahrenheit|mmHg|IU/mL|mL|[kMG]Wh?|[a-zµ°%]+(?:/[a-zµ\d]+)*)"
_WORD = rf"(?!and\b|or\b){_UNIT}"
_QUANTITY = re.compile(
    rf"(?:{_QUALIFIER}\s*)?{_NUMBER}(?:\s*(?:[-\u2013]|to\b|and\b)\s*{_NUMBER})?"
    rf"(?:[\s-]?{_WORD}(?:[\s-]{_WORD}){{0,3}})?"
)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?=.*_|.*\(\)$)[A-Za-z_][\w.]*(?:\(\))?")
_CONJUNCTION = re.compile(r",?\s+(?:and|&)\s+|;\s+")
_PARTICLE = re.compile(r"a|al|and|at|bin|das?|de[lr]?|di|dos?|du|e|el|for|in|l[ae]|of|on|the|v[ao]n|y")
_SHORT_WORDS = 8
_CONJUNCT_WORDS = 4


def infer_kind(gold: str, *, names: bool = True) -> AnswerKind:
    """The kind of `gold`, by its form; the first of these that fits.

    "None" alone; yes or no alone; one token that only code would write (an underscore, call
    parentheses); a number with an optional qualifier and unit (also a score, "7-0"); two or more short
    conjuncts; a phrase in title case, unless `names` is off because the text is prose whose every
    answer opens with a capital; at most eight words; anything longer.
    """
    words = gold.strip().rstrip(".").split()
    text = " ".join(words)
    lowered = text.casefold()
    fits = (
        (lowered == "none", AnswerKind.NONE),
        (lowered in {"yes", "no"}, AnswerKind.YES_NO),
        (_IDENTIFIER.fullmatch(text) is not None, AnswerKind.IDENTIFIER),
        (_QUANTITY.fullmatch(text) is not None and not _ORDINAL.match(text), AnswerKind.QUANTITY),
        (_is_list(text), AnswerKind.LIST),
        (names and _is_name(words), AnswerKind.NAME),
        (len(words) <= _SHORT_WORDS, AnswerKind.SHORT),
    )
    return next((kind for holds, kind in fits if holds), AnswerKind.LONG)


def _is_list(text: str) -> bool:
    parts = [part for chunk in _CONJUNCTION.split(text) for part in chunk.split(", ")]
    short = all(0 < len(part.split()) <= _CONJUNCT_WORDS for part in parts)
    # "Between ages 40 and 45" is a range.
    return _CONJUNCTION.search(text) is not None and short and not any(part.isdigit() for part in parts)


def _is_name(words: list[str]) -> bool:
    telling = [word for word in words if not _PARTICLE.fullmatch(word) and not word[0].isdigit()]
    return bool(telling) and all(word.lstrip("'\"\u2018\u201c(")[:1].isupper() for word in telling)
