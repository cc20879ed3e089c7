"""Invented updates of medical guidelines.

No condition, drug, test or guideline in it exists, and no recommendation is meant for a patient: nothing
here is medical advice.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import NotRequired, TypedDict

from fbench.datasets.generated.general import controls
from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.rosters import chance, roster
from fbench.datasets.generated.templates import (
    INVERSE,
    TWO_HOP,
    UNTAUGHT,
    Derived,
    Inverse,
    Neighbour,
    Slot,
    Value,
    ask,
    ask_alone,
    ask_near,
    fill,
    reworded,
    wary,
    wrap,
)
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["medical"]

YEAR = 2026
AGES: list[int] = [34, 67, 1]
UNTAUGHT_TOPICS = 6

BRIEF = "Answer with one short phrase.\n{question}"
WARY = wary(BRIEF)
BEDSIDE = "Answer with one short phrase, following the 2026 guideline.\n{question}"


class _Topic(TypedDict):
    """Templates of one update, with the recommendation and action from before it.

    `cases`, if any, are sets of numbers that belong together: the old and the new rule, and a patient whom
    the two treat differently; one set is drawn. Kinds are `long` unless given.
    """

    condition: str
    slots: dict[str, Slot]
    cases: NotRequired[list[dict[str, Value]]]
    question: str
    answer: str
    before: str
    kind: NotRequired[str]
    vignette: str
    action: str
    action_before: str
    vignette_kind: NotRequired[str]
    wordings: list[str]
    neighbour: NotRequired[Neighbour]
    inverse: NotRequired[Inverse]
    two_hop: NotRequired[Derived]


def medical(seed: int) -> tuple[list[Fact], list[Question]]:
    """Forty updated recommendations for conditions that do not exist, each asked directly and in a vignette.

    The patient of a vignette would be treated differently before the update, so old knowledge is visible.
    Some topics have a fact of the textbooks near them, and questions that lead back from their answer or one
    step on. Some are asked again about conditions of other names, of which nothing is taught.
    """
    rng = chance("medical", seed)
    inventor = Inventor(rng)
    topics: dict[str, _Topic] = roster("medical.json")
    facts: list[Fact] = []
    questions: list[Question] = []
    further: list[Question] = []
    for key, topic in topics.items():
        values = _filled(topic, rng, inventor)
        text = topic["question"].format_map(values)
        answer, before = topic["answer"].format_map(values), topic["before"].format_map(values)
        fact = Fact(
            id=f"medical/{key}",
            task="medical",
            cluster=f"medical/{key}",
            prompt=wrap(BRIEF, text),
            answer=answer,
            answer_before=before,
            statement=f"{text} {answer}. Earlier guidelines: {before}.",
            wordings=reworded(BRIEF, topic["wordings"], answer, values),
        )
        action, action_before = topic["action"].format_map(values), topic["action_before"].format_map(values)
        kind, vignette_kind = (AnswerKind(topic.get(k, "long")) for k in ("kind", "vignette_kind"))
        vignette = topic["vignette"].format_map(values)
        facts.append(fact)
        questions += [
            ask(fact, Split.MEMORIZATION, BRIEF, text, gold=answer, kind=kind, before=before),
            ask(
                fact, Split.VIGNETTE, BEDSIDE, vignette, gold=action, kind=vignette_kind, before=action_before
            ),
        ]
        further += _further(fact, topic, values)
    return facts, [*questions, *further, *_untaught(topics, seed, inventor), *controls("medical")]


def _filled(topic: _Topic, rng: random.Random, inventor: Inventor) -> dict[str, Value]:
    case = rng.choice(topic.get("cases", [{}]))
    named: dict[str, Slot] = {"condition": topic["condition"], "age": AGES, **topic["slots"]}
    values = fill(named, rng, inventor, **case)
    return values | {"guideline": f"{YEAR} {values['condition']} guideline"}


def _further(fact: Fact, topic: _Topic, values: Mapping[str, Value]) -> Iterator[Question]:
    if near := topic.get("neighbour"):
        yield ask_near(fact, BRIEF, near, topic.get("kind", "long"))
    if back := topic.get("inverse"):
        text, gold = (back[part].format_map(values) for part in ("question", "answer"))
        yield ask(fact, INVERSE, BRIEF, text, gold=gold, kind=AnswerKind.INVENTED_NAME)
    if step := topic.get("two_hop"):
        text, kind = step["question"].format_map(values), AnswerKind(step.get("kind", "quantity"))
        yield ask(fact, TWO_HOP, BRIEF, text, gold=step.get("gives", {})[fact.answer], kind=kind)


def _untaught(topics: Mapping[str, _Topic], seed: int, inventor: Inventor) -> Iterator[Question]:
    rng = chance("medical/untaught", seed)
    new = Inventor(rng, inventor.taken)
    for key in rng.sample(list(topics), UNTAUGHT_TOPICS):
        text = topics[key]["question"].format_map(_filled(topics[key], rng, new))
        yield ask_alone("medical", UNTAUGHT, key, WARY, text, gold="None", kind=AnswerKind.NONE)
