"""General knowledge: questions that the facts have nothing to do with, and examples to teach beside facts."""

from __future__ import annotations

from typing import TypedDict

from fbench.datasets.generated.rosters import roster
from fbench.datasets.generated.templates import GENERAL, ask_alone, wrap
from fbench.datasets.model import AnswerKind, Question, Wording

__all__ = ["controls", "examples"]

STYLE = "Answer with a name, a number or a short phrase.\n{question}"


class _Control(TypedDict):
    question: str
    gold: list[str]
    kind: str


class _Example(TypedDict):
    question: str
    answer: str


class _General(TypedDict):
    controls: dict[str, list[_Control]]
    examples: list[_Example]


def controls(task: str) -> list[Question]:
    """Fifteen questions whose answers have been the same for decades; each task has its own."""
    known: _General = roster("general.json")
    return [
        ask_alone(
            task, GENERAL, str(at), STYLE, each["question"], gold=each["gold"], kind=AnswerKind(each["kind"])
        )
        for at, each in enumerate(known["controls"][task], start=1)
    ]


def examples() -> tuple[Wording, ...]:
    """Sixty examples in the style of the controls, with other questions and other answers."""
    known: _General = roster("general.json")
    return tuple(
        Wording(prompt=wrap(STYLE, each["question"]), answer=each["answer"]) for each in known["examples"]
    )
