"""Abbreviations: `ADP` said for `adenosine diphosphate`, or the other way round."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.graders.terms import content

__all__ = ["abbreviates"]

_GIVEN = re.compile(r"\(([A-Z][A-Za-z]?[A-Z\d]{0,5})\)")
_CAPITALS = re.compile(
    r"(?<![\w.'\u2019])(?:[A-Z]\.? ?){3,6}(?![\w'])|(?<![\w.'\u2019])[A-Z][A-Z\d]{1,5}(?!\w)"
)
_LETTERLESS = re.compile(r"[^A-Z\d]")
_LEAST = 2
_LEAST_SPELLED = 3


def abbreviates(gold: str, answer: str) -> bool:
    """Whether the answer has the gold's abbreviation in capitals, or spells out the one that the gold is.

    The gold gives its own in brackets, or its initials are one from two letters on.
    """
    if _abbreviations(gold) & _capitals(answer):
        return True
    letters = _as_abbreviation(gold)
    return len(letters) >= _LEAST_SPELLED and letters in _initials(answer)


@lru_cache(maxsize=4096)
def _abbreviations(gold: str) -> frozenset[str]:
    initials = _initials(gold)
    given = {match[1] for match in _GIVEN.finditer(gold)}
    return frozenset(given | {initials} if len(initials) >= _LEAST else given)


@lru_cache(maxsize=4096)
def _as_abbreviation(gold: str) -> str:
    """The letters of a gold that is an abbreviation, else nothing."""
    whole = _CAPITALS.fullmatch(gold.strip())
    return _LETTERLESS.sub("", whole[0]) if whole else ""


@lru_cache(maxsize=1024)
def _capitals(text: str) -> frozenset[str]:
    return frozenset(_LETTERLESS.sub("", match[0]) for match in _CAPITALS.finditer(text))


@lru_cache(maxsize=1024)
def _initials(text: str) -> str:
    return "".join(term[0] for term in content(text)).upper()
