"""Relations between words: their roots, derivations, and spellings that differ by a slip or sound alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from operator import eq

from fbench.grading.graders.vocabulary import PEOPLES

__all__ = ["STEM", "alike", "is_derived", "root", "spelling", "stem"]

_INFLECTIONS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))
_SHORTEST_INFLECTED, _SHORTEST_DERIVED = 3, 5
"""Minimum number of letters left after removing an inflectional or a derivational ending."""
_ENDINGS = "ation ment ness ity ism ist ish ian ean ese ly al er or an ic y e"  # the longer first
_DERIVATIONS: Mapping[str, tuple[str, ...]] = {
    last: tuple(ending for ending in _ENDINGS.split() if ending[-1] == last)
    for last in sorted({ending[-1] for ending in _ENDINGS.split()})
}
"""The derivational endings, grouped by their last letter."""
_FAMILY = """
a s n an ans ian ians ic ics ical ically al als ally ary aries ory ist ists ism isms ity ities y ies e es ed
ing ings er ers or ors ion ions ation ations ate ated ates ive ous ously ant ent ance ence ancy ency ment
ments mental able ible ness ful less ise ised ize ized ization isation ern western rn astern ward wards
"""
_DERIVED = frozenset(["", *_FAMILY.split()])
"""Endings after the common start of two related words; no endings from chemistry (ite, ide, ol)."""
_ACIDS = {"ic", "ous"}
"""The endings that distinguish two acids or two ions of one element: sulfuric and sulfurous."""
_STEM_SHARE, STEM = 0.6, 5
"""Minimum share of the shorter word, and minimum number of letters, that two related words have in common."""
_SOUNDS = (
    *(("tsch", "ch"), ("tch", "ch"), ("ch", "\0"), ("ph", "f"), ("gh", "g"), ("dh", "d"), ("kh", "k")),
    *(("bh", "b"), ("rh", "r"), ("tz", "s"), ("ae", "e"), ("oe", "e"), ("ie", "ei"), ("our", "or")),
    *(
        ("ou", "u"),
        ("ue", "u"),
        ("ium", "um"),
        ("y", "i"),
        ("z", "s"),
        ("w", "v"),
        ("x", "ks"),
        ("ce", "se"),
        ("ci", "si"),
    ),
    *(("c", "k"), ("q", "k"), ("\0", "ch")),
)
"""Different spellings of one sound, replaced in this order."""
_DOUBLE = re.compile(r"(.)\1+")


_PLURALS = """
men man|women woman|children child|feet foot|teeth tooth|geese goose|mice mouse|lice louse|oxen ox|
wolves wolf|wives wife|knives knife|leaves leaf|halves half|shelves shelf|calves calf|loaves loaf|
thieves thief|elves elf|hooves hoof|scarves scarf|criteria criterion|phenomena phenomenon|
bacteria bacterium|cacti cactus|fungi fungus|nuclei nucleus|radii radius|stimuli stimulus|
alumni alumnus|larvae larva|vertebrae vertebra|formulae formula|antennae antenna|indices index|
matrices matrix|vertices vertex|appendices appendix|quizzes quiz|people person|crises crisis|
analyses analysis|theses thesis|hypotheses hypothesis|oases oasis
"""
_IRREGULAR: Mapping[str, str] = {
    plural: singular for pair in _PLURALS.split("|") for plural, singular in (pair.split(),)
}
_HISSING = ("se", "xe", "ze", "che", "she", "ge", "ce", "oe")
_HISSING_PLURAL = tuple(f"{end}s" for end in _HISSING)


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its plural ending, and without the `e` that some have before it: `boxes` is `box`.

    Used only for comparison: `houses` and `house` are `hous`, `buses` and `bus` are `bus`.
    """
    if word in _IRREGULAR:
        word = _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith("es") and word.endswith(_HISSING_PLURAL):
        word = word[:-2]
    elif len(word) > 3 and word.endswith(_HISSING):
        word = word[:-1]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=65536)
def root(term: str) -> str:
    """The term without its inflection and one derivational ending: `photographic` gives `photograph`.

    A crude stemmer in the manner of Lovins 1968, used only for comparison.
    """
    if term[0].isdigit():
        return term.removesuffix(".0")
    term = PEOPLES.get(term) or PEOPLES.get(term.removesuffix("s"), term)
    if term[-1] in "sdg" and not term.endswith(("ss", "us", "is")):
        for ending, instead in _INFLECTIONS:
            if term.endswith(ending) and len(term) - len(ending) >= _SHORTEST_INFLECTED:
                term = term.removesuffix(ending) + instead
                break
    for ending in _DERIVATIONS.get(term[-1], ()):
        if term.endswith(ending) and len(term) - len(ending) >= _SHORTEST_DERIVED:
            term = term.removesuffix(ending)
            break
    return term[:-1] if len(term) > 3 and term.endswith("e") else term


def alike(one: str, other: str) -> bool:
    """Whether two words differ by one letter inserted, removed, changed, or swapped with the next."""
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


@lru_cache(maxsize=65536)
def spelling(word: str) -> str:
    """A form that is equal for spellings of one sound: `colour` and `color`, `Gandhi` and `Ghandi`.

    Any other change of a letter makes another word: ethane is not ethene, and Nakanol is not Nakanal.
    """
    for written, sound in _SOUNDS:
        if written in word:
            word = word.replace(written, sound)
    if any(map(eq, word, word[1:])):
        word = _DOUBLE.sub(r"\1", word)
    return word.removesuffix("e")


def is_derived(one: str, other: str) -> bool:
    """Whether two words share most of their letters, and then have only known endings."""
    shortest = min(len(one), len(other))
    start = next((place for place in range(shortest) if one[place] != other[place]), shortest)
    if start < max(STEM, _STEM_SHARE * shortest):
        return False
    ends = one[start:], other[start:]
    if set(ends) == {"", "a"}:
        return max(one, other, key=len).endswith("ica")  # Antarctica; elsewhere the ending makes another name
    return set(ends) != _ACIDS and all(end in _DERIVED for end in ends)
