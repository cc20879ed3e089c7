"""Fill templates at random, and make questions from them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NotRequired, TypedDict

from fbench.datasets.generated.names import Inventor
from fbench.datasets.model import AnswerKind, Fact, Question, Role, Wording, role_of

__all__ = [
    "GENERAL",
    "INVERSE",
    "NEIGHBOUR",
    "NEW_SPLITS",
    "TWO_HOP",
    "UNTAUGHT",
    "Derived",
    "Inverse",
    "Neighbour",
    "Slot",
    "Value",
    "ask",
    "ask_alone",
    "ask_near",
    "dealt",
    "fill",
    "reworded",
    "wary",
    "wrap",
]

NEIGHBOUR, INVERSE, TWO_HOP = "neighbour", "inverse", "two_hop"
UNTAUGHT, GENERAL = "untaught", "general"

NEW_SPLITS: Mapping[str, Role] = {
    NEIGHBOUR: Role.UNCHANGED,
    INVERSE: Role.FOLLOWS,
    TWO_HOP: Role.FOLLOWS,
    UNTAUGHT: Role.UNKNOWN,
    GENERAL: Role.CONTROL,
}
"""The splits that edition 2 added, with the role of their questions."""

Value = str | int
Slot = str | list[str] | list[int]
"""How a blank of a template is filled.

A string is a pattern over earlier slots and over the `MANNERS` of names ("Port {place}"). Each use of a
manner is a new name, so no slot may have the name of a manner. A list of strings is a choice; a list of three
integers is a range: first, last, step.
"""


class Neighbour(TypedDict):
    """A real question that is near a fact, and its answers; its kind, if it is not that of the fact."""

    question: str
    gold: list[str]
    kind: NotRequired[str]


class Inverse(TypedDict):
    """Templates of the question from the value of a fact to its subject."""

    question: str
    answer: str


class Derived(TypedDict):
    """The template of a question that needs one more step; `gives` maps answers of the fact to its golds."""

    question: str
    gives: NotRequired[dict[str, str]]
    kind: NotRequired[str]


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


def wary(style: str) -> str:
    """The same instruction style, which also allows the answer None."""
    allowed = " If you do not know, or if the question cannot be answered, answer None.\n{question}"
    return style.replace("\n{question}", allowed)


def reworded(
    style: str, templates: Iterable[str], answer: str, values: Mapping[str, Value]
) -> tuple[Wording, ...]:
    """Further wordings of a fact, in the instruction style of its first one."""
    return tuple(
        Wording(prompt=wrap(style, template.format_map(values)), answer=answer) for template in templates
    )


def ask(
    fact: Fact,
    split: str,
    style: str,
    text: str,
    *,
    gold: str | Sequence[str],
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
        role=_role(split),
        fact=fact.id,
        also=(other.id,) if other else (),
        cluster=fact.cluster,
        prompt=wrap(style, text),
        text=text,
        gold=_golds(gold),
        kind=kind,
        answer_before=before,
    )


def ask_near(fact: Fact, style: str, near: Neighbour, kind: str) -> Question:
    """The question that is near a fact, whose own answers have a `kind`."""
    kind = near.get("kind", kind)
    return ask(fact, NEIGHBOUR, style, near["question"], gold=near["gold"], kind=AnswerKind(kind))


def ask_alone(
    task: str, split: str, key: str, style: str, text: str, *, gold: str | Sequence[str], kind: AnswerKind
) -> Question:
    """A question that belongs to no fact; its `key` tells it from others of its split."""
    id_ = f"{task}/{split}/{key}"
    return Question(
        id=id_,
        task=task,
        split=split,
        role=_role(split),
        cluster=id_,
        prompt=wrap(style, text),
        text=text,
        gold=_golds(gold),
        kind=kind,
    )


def _role(split: str) -> Role:
    return role_of(split) or NEW_SPLITS[split]


def _golds(gold: str | Sequence[str]) -> tuple[str, ...]:
    return (gold,) if isinstance(gold, str) else tuple(gold)
