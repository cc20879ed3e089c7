"""Fill templates at random, and make questions from them."""

from __future__ import annotations

import random
from collections.abc import Mapping

from fbench.datasets.generated.names import Inventor
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["Slot", "Value", "ask", "dealt", "fill", "wrap"]

Value = str | int
Slot = str | list[str] | list[int]
"""How a blank of a template is filled.

A string is a pattern over earlier slots and over the `MANNERS` of names ("Port {place}"). Each use of a
manner is a new name, so no slot may have the name of a manner. A list of strings is a choice; a list of three
integers is a range: first, last, step.
"""


def fill(
    slots: Mapping[str, Slot], rng: random.Random, inventor: Inventor, **known: Value
) -> dict[str, Value]:
    """A value for every slot, in order, added to those in `known`."""
    values = _Values(inventor, known)
    for name, slot in slots.items():
        match slot:
            case str():
                values[name] = slot.format_map(values)
            case [int(first), int(last), int(step)]:
                values[name] = rng.randrange(first, last + 1, step)
            case _:
                values[name] = rng.choice(slot)
    return dict(values)


class _Values(dict[str, Value]):
    """The values so far; a missing key is a manner, and gives a new invented name each time."""

    def __init__(self, inventor: Inventor, known: Mapping[str, Value]) -> None:
        super().__init__(known)
        self._inventor = inventor

    def __missing__(self, manner: str) -> str:
        return self._inventor.name(manner)


def dealt(n: int, rng: random.Random) -> list[bool]:
    """`n` verdicts in random order, half of them True (an odd one is True or False at random)."""
    verdicts = [i % 2 == 0 for i in range(n)]
    if n % 2:
        verdicts[-1] = rng.random() < 0.5
    rng.shuffle(verdicts)
    return verdicts


def wrap(style: str, text: str) -> str:
    """The prompt that asks `text` in an instruction `style`, which contains "{question}" once."""
    return style.replace("{question}", text)


def ask(
    fact: Fact,
    split: Split,
    style: str,
    text: str,
    *,
    gold: str,
    kind: AnswerKind,
    before: str | None = None,
    other: Fact | None = None,
) -> Question:
    """The question `text` about a fact, in a split and an instruction style.

    Its id is the fact's id with the split, and with the cluster of the `other` fact if there is one.
    """
    return Question(
        id=f"{fact.id}/{split}" + (f"/{other.cluster.removeprefix(f'{fact.task}/')}" if other else ""),
        task=fact.task,
        split=split,
        fact=fact.id,
        also=(other.id,) if other else (),
        cluster=fact.cluster,
        prompt=wrap(style, text),
        text=text,
        gold=(gold,),
        kind=kind,
        answer_before=before,
    )
