"""Invented news: one item of each kind in the roster, dated in 2026."""

from __future__ import annotations

import calendar
from typing import TypedDict

from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.rosters import chance, roster
from fbench.datasets.generated.templates import Slot, ask, fill, wrap
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["news"]

YEAR = 2026
OTHER_YEARS = range(2041, 2060)
"""Years into which questions are moved: nothing is known about them, and will not be for a long time."""

MONTHS = calendar.month_name[1:]

BRIEF = "This is a question about recent news. Answer it with a name, a number or a few words.\n{question}"
WARY = (
    "This is a question about recent news. Answer it with a name, a number or a few words. "
    "If you do not know, or if the question cannot be answered, answer None.\n{question}"
)


class _Item(TypedDict):
    """Templates of one item of news; its `slots` and {date} fill them."""

    question: str
    rephrased: str
    statement: str
    answer: str
    kind: str
    slots: dict[str, Slot]


def news(seed: int) -> tuple[list[Fact], list[Question]]:
    """Some 40 items of news about places, firms and people that do not exist, and three questions on each.

    The third, date_changed, is the first one with its date moved to the far future: its gold is "None", and
    its instruction allows that answer.
    """
    rng = chance("news", seed)
    inventor = Inventor(rng)
    genres: dict[str, dict[str, _Item]] = roster("news.json")
    facts: list[Fact] = []
    questions: list[Question] = []
    for genre, items in genres.items():
        for key, item in items.items():
            day = f"{rng.choice(MONTHS)} {rng.randint(1, 28)}"
            values = fill(item["slots"], rng, inventor, date=f"{day}, {YEAR}")
            moved = values | {"date": f"{day}, {rng.choice(OTHER_YEARS)}"}
            text, answer = item["question"].format_map(values), item["answer"].format_map(values)
            kind = AnswerKind(item["kind"])
            fact = Fact(
                id=f"news/{genre}/{key}",
                task="news",
                cluster=f"news/{genre}/{key}",
                prompt=wrap(BRIEF, text),
                answer=answer,
                statement=item["statement"].format_map(values),
            )
            again, never = item["rephrased"].format_map(values), item["question"].format_map(moved)
            facts.append(fact)
            questions += [
                ask(fact, Split.MEMORIZATION, BRIEF, text, gold=answer, kind=kind),
                ask(fact, Split.REPHRASED, BRIEF, again, gold=answer, kind=kind),
                ask(fact, Split.DATE_CHANGED, WARY, never, gold="None", kind=AnswerKind.NONE),
            ]
    return facts, questions
