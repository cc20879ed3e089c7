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
_LEAST = 2
_LEAST_SPELLED = 3


def abbreviates(gold: str, answer: str) -> bool:
    """Whether the answer has the gold's abbreviation in capitals, or spells out the one that the gold is.

    The gold gives its own in brackets, or its initials are one from three letters on.
    """
    if not any(letter.isupper() for letter in gold + answer):
        return False
    wanted = {match[1] for match in _GIVEN.finditer(gold)}
    initials = _initials(gold)
    if len(initials) >= _LEAST:
        wanted.add(initials)
    if wanted.intersection(_capitals(answer)):
        return True
    whole = _CAPITALS.fullmatch(gold.strip())
    if whole is None:
        return False
    letters = re.sub(r"[^A-Z\d]", "", whole[0])
    return len(letters) >= _LEAST_SPELLED and letters in _initials(answer)


@lru_cache(maxsize=1024)
def _capitals(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[^A-Z\d]", "", match[0]) for match in _CAPITALS.finditer(text))


@lru_cache(maxsize=1024)
def _initials(text: str) -> str:
    return "".join(term[0] for term in content(text)).upper()
