"""Abbreviations: `ADP` as an answer for `adenosine diphosphate`, or the other way round."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.terms import content

__all__ = ["abbreviates"]

_GIVEN = re.compile(r"\(([A-Z][A-Za-z]?[A-Z\d]{0,5})\)")
_CAPITALS = re.compile(
    r"(?<![\w.'\u2019])(?:[A-Z]\.? ?){3,6}(?![\w'])|(?<![\w.'\u2019])[A-Z][A-Z\d]{1,5}(?!\w)"
)
_MAY_BE_CAPITALS = re.compile(r"[A-Z](?:\d|\.? ?[A-Z])")
_MEANS = re.compile(
    r"\b(?P<letters>[A-Z][A-Z.\d]{1,8})\W{0,3}(?:,? (?:which |that |here )?(?:stands? for|is short for"
    r"|is an? (?:acronym|abbreviation|initialism) (?:for|of)|means|abbreviates|refers to|steht f\u00fcr"
    r"|bedeutet|signifie|veut dire|significa|quiere decir|sta per|staat voor"
    r"|\u043e\u0437\u043d\u0430\u0447\u0430\u0435\u0442) )"
)
"""Where an answer says what an abbreviation stands for."""
_LETTERLESS = re.compile(r"[^A-Z\d]")
_LEAST = 3


def abbreviates(gold: str, answer: str) -> bool:
    """Whether the answer abbreviates the gold in capitals, or spells out a gold that is an abbreviation.

    The gold's abbreviation is the one it gives in brackets, or else its initials.
    """
    capitals = _capitals(answer)  # few answers have any
    said = capitals and capitals & _abbreviations(gold)
    if said:
        return not any(_stands_for_another(each, answer) for each in said)
    letters = _as_abbreviation(gold)
    return len(letters) >= _LEAST and letters in _initials(answer)


@lru_cache(maxsize=4096)
def _abbreviations(gold: str) -> frozenset[str]:
    given = frozenset(match[1] for match in _GIVEN.finditer(gold))
    initials = _initials(gold)
    known = initials.isalpha() or " " in gold  # H2O is no abbreviation of H2O2
    return given or frozenset([initials] if known else [])


@lru_cache(maxsize=4096)
def _as_abbreviation(gold: str) -> str:
    """The letters of a gold that is an abbreviation; "" for any other gold."""
    whole = _CAPITALS.fullmatch(gold.strip())
    return _LETTERLESS.sub("", whole[0]) if whole else ""


@lru_cache(maxsize=1024)
def _capitals(text: str) -> frozenset[str]:
    if not _MAY_BE_CAPITALS.search(text):
        return frozenset()
    return frozenset(_LETTERLESS.sub("", match[0]) for match in _CAPITALS.finditer(text))


@lru_cache(maxsize=1024)
def _initials(text: str) -> str:
    return "".join(term[0] for term in content(text)).upper()


def _stands_for_another(letters: str, answer: str) -> bool:
    """Whether the answer spells the letters out, or says what they stand for.

    If they stand for the gold, the answer has the gold's words, and the other rules accept those.
    """
    spelled = "".join(term[0] if len(term) > 1 else " " for term in content(answer)).upper()
    return letters in spelled or any(
        _LETTERLESS.sub("", match["letters"]) == letters for match in _MEANS.finditer(answer)
    )
