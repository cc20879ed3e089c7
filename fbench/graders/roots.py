"""Kinship of words: their roots, and spellings that differ by a slip."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from fbench.graders.vocabulary import PEOPLES

__all__ = ["alike", "root"]

_INFLECTIONS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))
_ENDINGS = "ation ment ness ity ism ist ish ian ean ese ly al er or an ic y e"  # the longer first
_DERIVATIONS: Mapping[str, tuple[str, ...]] = {
    last: tuple(ending for ending in _ENDINGS.split() if ending[-1] == last)
    for last in sorted({ending[-1] for ending in _ENDINGS.split()})
}
"""The endings by their last letter."""


@lru_cache(maxsize=65536)
def root(term: str) -> str:
    """The term without its inflection and one ending of derivation: `photographic`: `photograph`.

    A crude stemmer in the manner of Lovins 1968: it is compared, never shown.
    """
    if term[0].isdigit():
        return term.removesuffix(".0")
    term = PEOPLES.get(term) or PEOPLES.get(term.removesuffix("s"), term)
    if term[-1] in "sdg" and not term.endswith(("ss", "us", "is")):
        fitting = ((end, instead) for end, instead in _INFLECTIONS if _leaves(3, term, end))
        ending, instead = next(fitting, ("", ""))
        term = term.removesuffix(ending) + instead
    term = term.removesuffix(
        next((end for end in _DERIVATIONS.get(term[-1], ()) if _leaves(5, term, end)), "")
    )
    return term[:-1] if len(term) > 3 and term.endswith("e") else term


def _leaves(letters: int, term: str, ending: str) -> bool:
    return term.endswith(ending) and len(term) - len(ending) >= letters


def alike(one: str, other: str) -> bool:
    """Whether two words differ by one letter put in, left out, changed, or swapped with the next."""
    shorter, longer = sorted((one, other), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    front = 0
    while front < len(shorter) and shorter[front] == longer[front]:
        front += 1
    back = 0
    while back < len(shorter) - front and shorter[-1 - back] == longer[-1 - back]:
        back += 1
    differing = len(longer) - front - back
    swapped = shorter[front : front + 2] == longer[front : front + 2][::-1]
    return differing <= 1 or (differing == 2 and len(shorter) == len(longer) and swapped)
