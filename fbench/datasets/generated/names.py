"""Invented names: pronounceable, in the manner of what they name, and never easily mistaken."""

from __future__ import annotations

import random
from itertools import combinations

__all__ = ["MANNERS", "Inventor"]

_STARTS = [
    "bal",
    "bel",
    "bram",
    "bren",
    "cal",
    "cor",
    "dal",
    "der",
    "dol",
    "dres",
    "eld",
    "em",
    "fal",
    "fen",
    "fros",
    "gal",
    "gar",
    "hal",
    "hes",
    "ilv",
    "jas",
    "jor",
    "kal",
    "kel",
    "kor",
    "lan",
    "lor",
    "mal",
    "mer",
    "mos",
    "nar",
    "nev",
    "ol",
    "or",
    "pel",
    "pol",
    "quil",
    "ral",
    "res",
    "sal",
    "sel",
    "sor",
    "tam",
    "tes",
    "tor",
    "ul",
    "val",
    "vel",
    "vor",
    "wen",
    "wol",
    "yar",
    "yor",
    "zan",
    "zel",
]
_MIDDLES = [
    "a",
    "e",
    "i",
    "o",
    "u",
    "a",
    "e",
    "i",
    "o",
    "u",
    "ama",
    "avo",
    "eda",
    "eli",
    "eno",
    "era",
    "ida",
    "ilo",
    "ina",
    "oda",
    "ole",
    "omi",
    "ova",
    "una",
    "uri",
]
_ENDS = {
    "first": [
        "bra",
        "cia",
        "dra",
        "fin",
        "la",
        "len",
        "lo",
        "mek",
        "mi",
        "na",
        "nis",
        "ra",
        "rek",
        "rin",
        "ro",
        "sa",
        "ta",
        "ti",
        "va",
        "vik",
    ],
    "last": [
        "bard",
        "brand",
        "dane",
        "dren",
        "fell",
        "gard",
        "hurst",
        "lock",
        "man",
        "mund",
        "quist",
        "rand",
        "sk",
        "ster",
        "tane",
        "tov",
        "vane",
        "ward",
    ],
    "place": [
        "bourne",
        "bury",
        "by",
        "combe",
        "dale",
        "field",
        "ford",
        "garth",
        "haven",
        "holm",
        "mere",
        "moor",
        "mouth",
        "port",
        "stead",
        "thorpe",
    ],
    "root": ["ch", "ck", "d", "l", "lt", "m", "n", "nd", "nt", "r", "rn", "sk", "st", "t", "th", "v", "x"],
    "drug": [
        "bolane",
        "cetrol",
        "dapine",
        "fenil",
        "gazide",
        "lexine",
        "mavol",
        "naquil",
        "pexal",
        "roxane",
        "tamere",
        "vorine",
        "zulone",
    ],
}

MANNERS = frozenset(_ENDS)
"""What can be named: a person's `first` and `last` name, a `place`, a `drug`, and a bare `root` (firms, cups)."""


class Inventor:
    """Makes up names, no two of which are fewer than three letters' edits apart.

    The same `rng` state gives the same names. Drugs are in lower case, the rest is capitalised.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    def name(self, manner: str) -> str:
        """A new name in one of `MANNERS`; KeyError for another manner."""
        ends = _ENDS[manner]
        while True:
            word = self._rng.choice(_STARTS) + self._rng.choice(_MIDDLES) + self._rng.choice(ends)
            shadows = _shadows(word)
            if self._taken.isdisjoint(shadows):
                self._taken |= shadows
                return word if manner == "drug" else word.capitalize()


def _shadows(word: str) -> set[str]:
    """What is left of a word when up to two letters are removed.

    Words within two edits of each other have a shadow in common, so disjoint sets of shadows prove a
    distance of three or more, without comparing each word with each other.
    """
    return {
        "".join(
            word[start:stop] for start, stop in zip((0, *(i + 1 for i in cut)), (*cut, None), strict=True)
        )
        for size in range(3)
        for cut in combinations(range(len(word)), size)
    }
