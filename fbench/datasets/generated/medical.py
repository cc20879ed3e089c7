"""Invented updates of medical guidelines.

No condition, drug, test or guideline in it exists, and no recommendation is meant for a patient: nothing
here is medical advice.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.rosters import chance, roster
from fbench.datasets.generated.templates import Slot, Value, ask, fill, wrap
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["medical"]

YEAR = 2026
AGES: list[int] = [34, 67, 1]

BRIEF = "Answer with one short phrase.\n{question}"
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


def medical(seed: int) -> tuple[list[Fact], list[Question]]:
    """Forty updated recommendations for conditions that do not exist, each asked directly and in a vignette.

    The patient of a vignette would be treated differently before the update, so old knowledge is visible.
    """
    rng = chance("medical", seed)
    inventor = Inventor(rng)
    topics: dict[str, _Topic] = roster("medical.json")
    facts: list[Fact] = []
    questions: list[Question] = []
    for key, topic in topics.items():
        case = rng.choice(topic.get("cases", [{}]))
        named: dict[str, Slot] = {"condition": topic["condition"], "age": AGES, **topic["slots"]}
        values = fill(named, rng, inventor, **case)
        values["guideline"] = f"{YEAR} {values['condition']} guideline"
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
    return facts, questions
