"""Codes (model numbers, flights, standards): all characters must match, except those that join the parts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fbench.grading.graders.normalise import normalise
from fbench.grading.graders.terms import MISSPELT, said

__all__ = ["has_code", "is_code", "lacks_code"]

_TOKEN = re.compile(r"[^\W_]+(?:[-._/:][^\W_]+)*")
_SPACED = re.compile(r"[A-Z]{1,5}[ -]\d[\dA-Z]*(?:[ -][A-Za-z\d]{1,4})?")
"""Letters and a number separated by a space or hyphen: `RTX 4090`, `HD 209458 b`."""
_NO_CODE = re.compile(r"(?:AD|BC|BCE|CE|US|USA|UK|USD|EUR|GBP|CHF|NO|PAGE|TOP|AM|PM)[ -]", re.IGNORECASE)
_AMOUNT = re.compile(r"\d+(?:[.,]\d+)*(?:[a-z]+|K|M|B|MB|GB|TB|KB|MHz|GHz|kW|MW|kWh)")
"""A number directly followed by letters: `50kg`, `20th`, `1980s`."""
_DIGITS = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_LONG_NUMBER = re.compile(r"\+?\(?\d[\d ().-]{5,30}\d")
_GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+|\d+[.]\d+|\d{1,4}([-. ])\d{1,2}\1\d{1,4}")
"""A number in groups of three, or a date."""
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts that write words and numbers without spaces between them."""
_JOINS = frozenset("-._/:")
_GROUPING = frozenset(" -.")
_VERSION = re.compile(r"v(?=\d)")
_MERGED = 6
"""From this number of digits on, it does not matter how they are grouped."""
_ACRONYM = 6
_MOST_TERMS = 6


class _Squeezed(NamedTuple):
    """A text's letters and digits without the characters between them, and where words start and end."""

    text: str
    starts: frozenset[int]
    ends: frozenset[int]


def is_code(gold: str) -> bool:
    """Whether the gold is a code and nothing more."""
    return _kind_of(gold)[1]


def lacks_code(gold: str, answer: str, question: str) -> bool:
    """Whether a gold of few words has a code that neither the question nor the answer has."""
    if gold.isupper() and gold.isalpha() and gold.isascii() and len(gold) <= _ACRONYM:
        return said(answer).closeness(gold.lower()) == MISSPELT
    codes = _kind_of(gold)[0]
    return any(not (has_code(code, answer) or has_code(code, question)) for code in codes)


def has_code(code: str, text: str) -> bool:
    """Whether a text has the code, whatever characters join its parts."""
    merged = len(_DIGITS.findall(code)) >= _MERGED
    wanted = _squeezed(_VERSION.sub("", normalise(code)), merged).text
    told = _squeezed(_VERSION.sub("", normalise(text)), merged)
    return wanted != "" and any(
        told.text.startswith(wanted, place)
        and place + len(wanted) in told.ends
        and not told.text.startswith(".", place + len(wanted))
        for place in told.starts
    )


@lru_cache(maxsize=4096)
def _kind_of(gold: str) -> tuple[tuple[str, ...], bool]:
    """The codes of a gold of few words, and whether the whole gold is one code."""
    if not _DIGITS.search(gold) or len(gold.split()) > _MOST_TERMS:
        return (), False
    spaced = _SPACED.fullmatch(gold) is not None and _NO_CODE.match(gold) is None
    number = _LONG_NUMBER.fullmatch(gold) is not None and _GROUPED.fullmatch(gold) is None
    tokens = gold.split()
    codes = tuple(token for token in _TOKEN.findall(gold) if _is_code(token) and not _UNSPACED.search(token))
    whole = bool(codes) and all(token.isupper() or token.isdigit() or token in codes for token in tokens)
    return ((gold,) if whole else codes), spaced or number or whole


def _is_code(token: str) -> bool:
    mixed = _DIGITS.search(token) and _LETTER.search(token)
    other = _AMOUNT.fullmatch(token) or _NO_CODE.match(token)
    joined = not _JOINS.isdisjoint(token)
    begins = _VERSION.match(token) is not None or not (joined or token[0].isdigit())
    return bool(mixed and not other and (begins or any(map(str.isupper, token))))


@lru_cache(maxsize=2048)
def _squeezed(text: str, merged: bool) -> _Squeezed:
    text = f" {text}"
    kept: list[str] = []
    starts: set[int] = set()
    ends: set[int] = set()
    length, last_end, last_digit = 0, 0, False
    for match in _PIECE.finditer(text):
        piece, digit = match.group(), match.group().isdigit()
        between = text[last_end : match.start()]
        if between:
            mark = _mark(between, merged=merged) if digit and last_digit else ""
            ends.add(length)
            starts.add(length + len(mark))
            piece = mark + piece
        kept.append(piece)
        length += len(piece)
        last_end, last_digit = match.end(), digit
    ends.add(length)
    return _Squeezed("".join(kept), frozenset(starts), frozenset(ends))


def _mark(between: str, *, merged: bool) -> str:
    """What is kept of the characters between two numbers: only a point differs from all others."""
    if merged and between in _GROUPING:
        return ""
    return "." if between == "." else "|" + between[1:]
