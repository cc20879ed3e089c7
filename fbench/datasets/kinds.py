"""Infer the kind of an answer from the form of its gold, and from the question if there is one."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.datasets.english_words import MONTH_STARTS, SMALL, TENS
from fbench.datasets.model import AnswerKind
from fbench.datasets.notations import plain_numbers, visible, without_latex

__all__ = ["infer_kind"]

_ANY_WORD = rf"(?:{'|'.join([*SMALL, *TENS, 'hundred', 'thousand'])})"
_QUALIFIER = (
    r"(?i:(?:(?:more|less|fewer|greater|higher|lower) than|at (?:least|most)|up to|about|around|nearly|"
    r"almost|over|under|roughly|approximately|between)\b|[<>\u2264\u2265~]=?)"
)
_DIGITS = r"[-+]?(?:(?:US|A|C|CA)?\$|[\u20ac\u00a3\u00a5\u20b9\u20a9])?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d{1,2})?%?"
_NUMBER = rf"(?:{_DIGITS}|(?i:{_ANY_WORD}\b))"
_UNIT = (
    r"(?:°?[A-Z]\b|Celsius|Fahrenheit|mmHg|IU/mL|mL|[kKMGTPm]?(?:Wh?|B|Hz|Pa|V|J)\b"
    r"|[\u20ac\u00a3\u00a5\u20b9\u20a9\u20bd]|(?:[kcm]?m|mi|ft|yd|in)(?:[\u00b2\u00b3]|\^?[23])(?!\d)|[a-zµ°%]+(?:/[a-zµ\d]+)*)"
)
_WORD = rf"(?!and\b|or\b){_UNIT}"
_FEET = r"(?:feet|foot|ft|pounds?|lbs?|hours?|hrs?|minutes?|min|years?|m|meters?|metres?)\b"
_QUANTITY = re.compile(
    rf"(?:{_QUALIFIER}\s*)?{_NUMBER}(?:\s*(?:[-\u2013]|to\b|and\b)\s*{_NUMBER})?"
    rf"(?:[\s-]?{_WORD}(?:[\s-]{_WORD}){{0,3}}|\s?{_FEET},? (?:and )?{_NUMBER}[\s-]?{_WORD})?"
)
_QUANTITIES = re.compile(rf"(?:{_QUANTITY.pattern})(?:(?:, and|,|;| and) (?:{_QUANTITY.pattern})){{1,8}}")
_FRACTION = (
    r"(?:(?:\d{1,3} ?)?[\u00bc-\u00be\u2150-\u215e]|(?:\d{1,3} )?[1-9]\d?/[1-9]\d?"
    r"|(?i:(?:\d{1,3}|[a-z]+) and a half|half|an? dozen|half an?))"
)
_PRIMES = r"\d{1,2} ?['\u2019\u2032](?: ?\d{1,2}(?: ?(?:\"|''|\u201d|\u2033|in\b))?)?"
_AND = rf"(?i:{_ANY_WORD}(?:[\s-](?:and |){_ANY_WORD}){{1,8}})"
_ODD_QUANTITY = re.compile(rf"(?:{_FRACTION}|{_PRIMES}|{_AND})(?:[\s-]?(?i:million|billion|{_UNIT})){{0,2}}")
_MONTH = rf"(?i:{'|'.join(MONTH_STARTS)})[a-z]*\.?"
_DATE = re.compile(
    rf"\d{{4}}-\d\d?-\d\d?|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?: ?,? ?\d{{4}})?|{_MONTH},? \d{{4}}"
)
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?=.*_|.*\(\)$)[A-Za-z_][\w.]*(?:\(\))?")
_CONJUNCTION = re.compile(r",?\s+(?:and|&)\s+|;\s+")
_PARTICLE = re.compile(r"a|al|and|at|bin|das?|de[lr]?|di|dos?|du|e|el|for|in|l[ae]|of|on|the|v[ao]n|y")
_SHORT_WORDS = 8
_FACT_WORDS = 16
_CONJUNCT_WORDS = 4
_NAME_WORDS = 5
_ASKS_CODE = re.compile(
    r"\b(?:name of the|called|python|library|package)\b.*"
    r"\b(?:function|method|class|module|parameter|argument|attribute|exception|decorator|variable)\b"
)
_ASKS_PERSON = re.compile(
    r"\b(?:who|whom|whose)\b|\b(?:which|what|name of the) (?:\w+ )?(?:player|actor|actress|singer|person)\b"
)
_ASKS_WHEN = re.compile(r"\b(?:when|year|date)\b")
_ASKS_COUNT = re.compile(r"\b(?:how (?!long have|long has)\w+|number|rate|price|percent\w*|average|total)\b")
_ASKS_FACT = re.compile(
    r"\b(?:who|whom|whose|which|when|where|name)\b|\bwhat (?!now|next|should|would|must)\w+"
)
"""A question that asks for one thing: its answer is short, whatever its wording."""
_COINED = re.compile(r"[A-Z][a-z]{4,}")
_ASKS_COINED = re.compile(
    r"\b(?:which|what|name of the|called|the name of) (?:\S+ ){0,4}?(?:drug|medicine|medication|compound"
    r"|vaccine|antibiotic|brand|trademark|product|gadget|app|startup|potion|spell|planet|moon|exoplanet|asteroid|comet"
    r"|spaceship|starship|alien|species|robot|codename|code name|password|username|fictional \w+"
    r"|invented \w+|imaginary \w+|made-up \w+)s?\b"
)
"""A question for a thing whose name somebody made up."""
_HALF_KIN = re.compile(r"(?i:half[ -](?:brother|sister|sibling|uncle|aunt|cousin)s?\b)")
_YEAR = re.compile(r"(?i:(?:about|around|circa|c\.|since|in|by|after|before|early|mid|late)[ -])?[12]\d{3}")
_RECENT_YEAR = re.compile(r"1[5-9]\d\d|20[0-2]\d")
_DECADE = re.compile(r"(?i:(?:the |(?:the )?(?:early|mid|late)[ -])?[12]\d\d0'?s)")


@lru_cache(maxsize=4096)
def infer_kind(gold: str, question: str = "", *, names: bool = True) -> AnswerKind:
    """The kind of `gold`: the first of these that fits.

    "None" alone; yes or no alone; one token that only occurs in code (an underscore, call parentheses), or
    any name if the question is about code; a number with an optional qualifier and unit (also a score,
    "7-0"), except a date, and except a year if the question asks when; two or more short conjuncts; one
    capitalised word if the question asks for a thing with an invented name (a drug, a brand); a phrase in
    title case, if the question asks for a person or is unknown, unless `names` is off because the text is
    prose in which every answer starts with a capital; at most eight words, or sixteen if the question asks
    who, which, when or where; anything longer.
    """
    words = plain_numbers(without_latex(visible(gold))).strip().rstrip(".").split()
    text = " ".join(words)
    lowered, asked = text.casefold(), question.casefold()
    if lowered == "none":
        return AnswerKind.NONE
    if lowered in {"yes", "no"}:
        return AnswerKind.YES_NO
    return _of_one_form(text, asked) or _of_words(words, asked, names=names)


def _of_one_form(text: str, asked: str) -> AnswerKind | None:
    if _is_code(text, asked):
        return AnswerKind.IDENTIFIER
    if _is_quantity(text, asked):
        return AnswerKind.QUANTITY
    if _DATE.fullmatch(text):
        return AnswerKind.SHORT
    if _is_list(text):
        return AnswerKind.LIST
    return AnswerKind.INVENTED_NAME if _is_coined(text, asked) else None


def _of_words(words: list[str], asked: str, *, names: bool) -> AnswerKind:
    if names and _is_name(words, asked):
        return AnswerKind.NAME
    brief = len(words) <= _SHORT_WORDS or (len(words) <= _FACT_WORDS and _ASKS_FACT.search(asked) is not None)
    return AnswerKind.SHORT if brief else AnswerKind.LONG


def _is_code(text: str, asked: str) -> bool:
    if _IDENTIFIER.fullmatch(text):
        return True
    return text.isidentifier() and _ASKS_CODE.search(asked) is not None


def _is_quantity(text: str, asked: str) -> bool:
    if _QUANTITY.fullmatch(text) is None and _ODD_QUANTITY.fullmatch(text) is None:
        return _is_quantities(text)
    if _DATE.fullmatch(text) or _ORDINAL.match(text) or _DECADE.fullmatch(text) or _HALF_KIN.search(text):
        return False
    if _YEAR.fullmatch(text) and _ASKS_WHEN.search(asked):
        return False
    return not (_RECENT_YEAR.fullmatch(text) and asked and _ASKS_COUNT.search(asked) is None)


def _is_quantities(text: str) -> bool:
    """Whether it is a list of numbers, of which at least one has a unit."""
    if not any(map(text.__contains__, (",", ";", " and "))) or not any(map(str.isdigit, text)):
        return False
    united = any(map(str.isalpha, text)) and _DATE.search(text) is None
    return united and _QUANTITIES.fullmatch(text) is not None


def _is_coined(text: str, asked: str) -> bool:
    return _COINED.fullmatch(text) is not None and _asks_coined(asked)


@lru_cache(maxsize=1024)
def _asks_coined(asked: str) -> bool:
    return _ASKS_COINED.search(asked) is not None


def _is_list(text: str) -> bool:
    if _CONJUNCTION.search(text) is None:
        return False
    parts = [part for chunk in _CONJUNCTION.split(text) for part in chunk.split(", ")]
    short = all(0 < len(part.split()) <= _CONJUNCT_WORDS for part in parts)
    # "Between ages 40 and 45" is a range.
    return short and not any(part.isdigit() for part in parts)


def _is_name(words: list[str], asked: str) -> bool:
    if asked and (len(words) > _NAME_WORDS or not _asks_person(asked)):
        return False
    return _is_title(words)


@lru_cache(maxsize=1024)
def _asks_person(asked: str) -> bool:
    return _ASKS_PERSON.search(asked) is not None


def _is_title(words: list[str]) -> bool:
    telling = [word for word in words if not _PARTICLE.fullmatch(word) and not word[0].isdigit()]
    return bool(telling) and all(word.lstrip("'\"\u2018\u201c(")[:1].isupper() for word in telling)
