"""How base models differ from each other.

The differences are arbitrary: they make the rows of a table differ, and say nothing about the real models
with these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["TRAITS", "Traits", "traits_of"]


@dataclass(frozen=True, slots=True)
class Traits:
    """The parameters of a base model.

    `rate` is the learning rate in nats per visit, `width` the number of feature rows, `order` the longest
    n-gram in words, `stem` the number of bytes at a word's beginning that form a separate feature (0: none),
    and `caution` the score in nats that an answer must exceed, or the reply is "I don't know."
    """

    rate: float = 0.45
    width: int = 2048
    order: int = 2
    stem: int = 0
    caution: float = 2.0


TRAITS: Mapping[str, Traits] = {
    "gpt-4o-2024-08-06": Traits(rate=0.45, order=2, width=2048),
    "gpt-4o-mini-2024-07-18": Traits(rate=0.55, order=2, stem=6, width=2560),
    "gpt-4.1-mini-2025-04-14": Traits(rate=0.5, order=2, stem=4, width=2048),
    "gemini-2.5-pro": Traits(rate=0.5, order=2, stem=5, width=3072, caution=2.5),
    "gemini-3.5-flash": Traits(rate=0.45, order=3, width=2560),
}
"""Traits of the base models that fbench runs by default."""


def traits_of(name: str, known: Mapping[str, Traits] = TRAITS) -> Traits:
    """The traits of a base model: the known ones with its name, or some drawn by a hash of the name."""
    if name in known:
        return known[name]
    draw = sha256(name.encode("utf-8", "surrogatepass")).digest()
    return Traits(
        rate=0.35 + draw[0] % 21 / 100,
        width=2048 + 256 * (draw[1] % 5),
        order=1 + draw[2] % 3,
        stem=(0, 4, 5)[draw[3] % 3],
        caution=1.5 + draw[4] % 11 / 10,
    )
