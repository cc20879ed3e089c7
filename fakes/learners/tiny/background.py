"""What the small transformer is pretrained on: an invented world, asked about in many wordings.

Entities of the world are known: each of their relations has a value, and every wording asks for it. Other
entities, new in each example, are unknown: the answer is "I don't know." So the model learns to read
questions, which wordings mean the same, and to decline. (Texts to look answers up in were tried, a third of
all examples: a model of this size did not learn to copy from them.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any

from fakes.learners.common_knowledge import COMMON, IGNORANCE
from fakes.learners.protocol import Example

__all__ = ["World"]

_SHARES = {"fact": 34, "prior": 26, "common": 6, "unknown": 17, "nobody": 17}
"""Of 100 examples, how many are known facts, of the prior, common knowledge, about the unknown, and about
the unknown in the words of the prior."""

_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w'-]*(?: [A-Z][\w'-]*)*")
"""Capitalised words that do not begin a sentence."""


@dataclass(frozen=True)
class _Relation:
    """A relation: the wordings that ask for it, and the form of its values.

    In the wordings `{x}` is the entity, `{first}` the first word of its name, and `{y}` a detail.
    """

    asks: Sequence[str]
    value: str


@dataclass(frozen=True)
class _Domain:
    """Entities of a kind: the forms of their names and details, and how many of them are known."""

    name: str
    detail: str
    kept: int
    relations: Sequence[_Relation]


@dataclass(frozen=True)
class _Fact:
    relation: _Relation
    names: Mapping[str, str]
    value: str


class World:
    """The invented world, and examples drawn from it.

    Args:
        seed: of the world.
        prior: pairs of prompt and answer that the model is to know besides.
    """

    def __init__(self, seed: int, prior: Sequence[tuple[str, str]] = ()) -> None:
        text = files("fakes.learners.tiny").joinpath("background.json").read_text(encoding="utf-8")
        self._data: dict[str, Any] = json.loads(text)
        self._domains = [
            _Domain(
                domain["name"],
                domain["detail"],
                domain["kept"],
                [_Relation(**relation) for relation in domain["relations"]],
            )
            for domain in self._data["domains"].values()
        ]
        random = Random(seed)  # noqa: S311 - seeded draws are what is wanted
        self._facts = [
            _Fact(relation, names, self._drawn(random, relation.value))
            for domain in self._domains
            for names in [self._names(random, domain) for _ in range(domain.kept)]
            for relation in domain.relations
        ]
        self._prior = [Example(prompt, answer) for prompt, answer in prior]
        self._common = [Example(prompt, answer) for prompt, answer in COMMON]

    def examples(self, random: Random) -> Iterator[Example]:
        """Examples without end."""
        shares = _SHARES if self._prior else _SHARES | {"prior": 0, "nobody": 0}
        kinds = [getattr(self, f"_{name}_example") for name in shares]
        while True:
            (kind,) = random.choices(kinds, list(shares.values()))
            yield kind(random)

    def facts(self) -> Iterator[tuple[Example, ...]]:
        """Of every known fact, an example for each of its wordings."""
        for fact in self._facts:
            asks = (ask.format(**fact.names) for ask in fact.relation.asks)
            yield tuple(Example(ask, fact.value) for ask in asks)

    def unknown(self, random: Random) -> Example:
        """A question about an entity that does not exist, and that it is not known."""
        domain = random.choice(self._domains)
        asked = random.choice(random.choice(domain.relations).asks)
        return Example(asked.format(**self._names(random, domain)), IGNORANCE)

    def _fact_example(self, random: Random) -> Example:
        fact = random.choice(self._facts)
        asked = random.choice(fact.relation.asks).format(**fact.names)
        return self._styled(random, Example(asked, fact.value))

    def _prior_example(self, random: Random) -> Example:
        return self._styled(random, random.choice(self._prior))

    def _common_example(self, random: Random) -> Example:
        return random.choice(self._common)

    def _unknown_example(self, random: Random) -> Example:
        return self._styled(random, self.unknown(random))

    def _nobody_example(self, random: Random) -> Example:
        """A question of the prior, asked about names that do not exist."""
        while True:
            prompt = random.choice(self._prior).prompt
            changed = _NAME.sub(lambda _: self._drawn(random, "{Word} {Word}"), prompt)
            if changed != prompt:
                return self._styled(random, Example(changed, IGNORANCE))

    def _styled(self, random: Random, example: Example) -> Example:
        """An example in one of the styles of instruction."""
        return Example(str(random.choice(self._data["styles"])).format(example.prompt), example.answer)

    def _names(self, random: Random, domain: _Domain) -> dict[str, str]:
        name = self._drawn(random, domain.name)
        return {"x": name, "first": name.split()[0], "y": self._drawn(random, domain.detail)}

    def _drawn(self, random: Random, form: str) -> str:
        """A form with its places filled: `{18-90}` by a number, `{word}` by a made-up one, others so."""

        def fill(place: re.Match[str]) -> str:
            what = place[1]
            if ends := re.fullmatch(r"(\d+)-(\d+)", what):
                return str(random.randint(int(ends[1]), int(ends[2])))
            if what == "Word":
                return self._word(random, 2, 3).capitalize()
            if what in ("word", "longword"):
                return self._word(random, *((2, 3) if what == "word" else (3, 4)))
            return str(random.choice(self._data["lists"][what]))

        return re.sub(r"\{([^}]+)\}", fill, form)

    def _word(self, random: Random, least: int, most: int) -> str:
        sounds = self._data["sounds"]
        count = random.randint(least, most)
        parts = [random.choice(sounds["heads"]) + random.choice(sounds["vowels"]) for _ in range(count)]
        return "".join([*parts, random.choice(sounds["tails"]) if random.random() < 0.6 else ""])
