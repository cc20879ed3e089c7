"""Invented names: pronounceable, typical of the things they name, and never easily confused."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import combinations
from typing import TypedDict

from fbench.datasets.generated.rosters import roster

__all__ = ["MANNERS", "Inventor"]


class _Parts(TypedDict):
    """The beginnings, middles (single vowels appear twice) and, by manner, ends of names."""

    starts: list[str]
    middles: list[str]
    ends: dict[str, list[str]]


_PARTS: _Parts = roster("names.json")

MANNERS = frozenset(_PARTS["ends"])
"""What can be named: a person's `first` and `last` name, a `place`, a drug (`inn`, its generic name), and
a bare `root` for everything else."""


class Inventor:
    """Makes up names; any two are at least three letter edits apart.

    `taken` says what names were made up, so that those of another inventor who is given it are as far from
    them. The same `rng` state gives the same names. Drugs are in lower case; all else is capitalised.
    """

    def __init__(self, rng: random.Random, taken: Iterable[str] = ()) -> None:
        self._rng = rng
        self.taken = set(taken)

    def name(self, manner: str) -> str:
        """A new name in one of `MANNERS`; KeyError for another manner."""
        parts = _PARTS["starts"], _PARTS["middles"], _PARTS["ends"][manner]
        while True:
            word = "".join(self._rng.choice(part) for part in parts)
            shadows = _shadows(word)
            if self.taken.isdisjoint(shadows):
                self.taken |= shadows
                return word if manner == "inn" else word.capitalize()


def _shadows(word: str) -> set[str]:
    """The strings that remain of a word when up to two letters are removed.

    Words within two edits of each other share such a string. So disjoint sets prove a distance of three or
    more, without comparing each word with each other.
    """
    cuts = (cut for size in range(3) for cut in combinations(range(len(word)), size))
    return {"".join(letter for i, letter in enumerate(word) if i not in cut) for cut in cuts}
