"""How base models differ from each other.

The differences are arbitrary: they make the rows of a table differ, and say nothing about the real models
with these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b, sha256

import numpy as np

from fakes.learners.fixed_point import BITS, exponentials, fixed

__all__ = ["TRAITS", "TRAITS_OF_0_1_0", "VERSION", "Traits", "ease_of", "traits_of"]

VERSION = 2
"""Of the learner. A change of its answers raises it; a run that an older one began goes on with that."""

_EASIEST = fixed(2.4)
_RANGE = fixed(1.5)  # nats between the easiest fact and the hardest, which takes 4.5 times as many visits


@dataclass(frozen=True, slots=True)
class Traits:
    """The parameters of a base model.

    `rate` is the learning rate in nats per visit, `width` the number of feature rows, `order` the longest
    n-gram in words, `stem` the number of bytes at a word's beginning that form a separate feature (0: none),
    and `caution` the score in nats that an answer must exceed, or the reply is "I don't know." `nature` is an
    input to which facts this model finds hard: see `ease_of`. A model of `version` 1, as in fbench 0.1.0,
    finds all facts equally hard, and is never sure.
    """

    rate: float = 0.45
    width: int = 2048
    order: int = 2
    stem: int = 0
    caution: float = 2.0
    nature: int = 0
    version: int = VERSION


TRAITS: Mapping[str, Traits] = {
    "gpt-4o-2024-08-06": Traits(rate=0.5, order=2, width=2048, caution=1.5),
    "gpt-4o-mini-2024-07-18": Traits(rate=0.42, order=2, stem=6, width=2560),
    "gpt-4.1-mini-2025-04-14": Traits(rate=0.55, order=2, stem=4, width=2048, caution=1.5),
    "gemini-2.5-pro": Traits(rate=0.58, order=2, stem=5, width=3072),
    "gemini-3.5-flash": Traits(rate=0.4, order=3, width=2560),
}
"""Traits of the base models that fbench runs by default."""

TRAITS_OF_0_1_0: Mapping[str, Traits] = {
    "gpt-4o-2024-08-06": Traits(rate=0.45, order=2, width=2048),
    "gpt-4o-mini-2024-07-18": Traits(rate=0.55, order=2, stem=6, width=2560),
    "gpt-4.1-mini-2025-04-14": Traits(rate=0.5, order=2, stem=4, width=2048),
    "gemini-2.5-pro": Traits(rate=0.5, order=2, stem=5, width=3072, caution=2.5),
    "gemini-3.5-flash": Traits(rate=0.45, order=3, width=2560),
}
"""Traits of the same models as version 1 of the learner had them."""


def traits_of(name: str, known: Mapping[str, Traits] = TRAITS, version: int = VERSION) -> Traits:
    """The traits of a base model: the known ones with its name, or some drawn by a hash of the name."""
    draw = sha256(name.encode("utf-8", "surrogatepass")).digest()
    nature = int.from_bytes(draw[8:16])
    if name in known:
        return replace(known[name], nature=nature, version=version)
    return Traits(
        rate=0.35 + draw[0] % 21 / 100,
        width=2048 + 256 * (draw[1] % 5),
        order=1 + draw[2] % 3,
        stem=(0, 4, 5)[draw[3] % 3],
        caution=1.5 + draw[4] % 11 / 10,
        nature=nature,
        version=version,
    )


@lru_cache(maxsize=8192)
def ease_of(prompt: str, nature: int, seed: int) -> int:
    """How easily a fact is learned, as a factor of the learning rate in fixed point, from 0.53 to 2.4.

    It is drawn by hashes of the prompt: half of it is the same for all models, half is the model's own, so
    that what is hard for one is often hard for another.
    """
    text = prompt.encode("utf-8", "surrogatepass")
    shared, own = (
        int.from_bytes(blake2b(text, digest_size=2, key=f"{seed} {salt}".encode()).digest())
        for salt in ("", nature)
    )
    hardness = ((shared + own) * _RANGE) >> 17
    return (_EASIEST * int(exponentials(np.array([hardness]))[0])) >> BITS
