"""Invented news: one item of each kind in the roster, dated in 2026."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping
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

__all__ = ["news"]

YEAR = 2026
OTHER_YEARS = range(2041, 2060)
"""Years into which questions are moved: nothing is known about them, and will not be for a long time."""

MONTHS = calendar.month_name[1:]

BRIEF = "This is a question about recent news. Answer it with a name, a number or a few words.\n{question}"
WARY = wary(BRIEF)


class _Item(TypedDict):
    """Templates of one item of news; its `slots` and {date} fill them. Its neighbour is real news."""

    question: str
    rephrased: str
    statement: str
    answer: str
    kind: str
    slots: dict[str, Slot]
    wordings: list[str]
    neighbour: NotRequired[Neighbour]
    inverse: NotRequired[Inverse]
    two_hop: NotRequired[Derived]


_COMPUTED: dict[str, Callable[[Mapping[str, int]], str]] = {
    "final": lambda n: str(n["w"] + n["l"]),
    "mayor": lambda n: f"{(1000 - 10 * n['p'] - n['t']) / 10:.1f}%",
    "vote": lambda n: str(n["yes"] - n["no"]),
    "sentence": lambda n: str(YEAR + n["years"]),
    "bridge": lambda n: f"{n['length'] - 1000:,} metres",
    "fare": lambda n: f"${2 * (100 * n['d'] + n['c']) / 100:.2f}",
    "pumpkin": lambda n: f"{1000 - n['kg']} kilograms",
}
"""Golds of two hops that are computed from the numbers of an item."""


def news(seed: int) -> tuple[list[Fact], list[Question]]:
    """Some 40 items of news about places, firms and people that do not exist, and questions on them.

    Of the three on each item, the third, date_changed, is the first one with its date moved to the far
    future: its gold is "None", and its instruction allows that answer. Some items have a real event near
    them, and questions that lead back from their answer or one step on. The first item of each genre is
    asked again about things of other names, which are not taught.
    """
    rng = chance("news", seed)
    inventor = Inventor(rng)
    genres: dict[str, dict[str, _Item]] = roster("news.json")
    facts: list[Fact] = []
    questions: list[Question] = []
    further: list[Question] = []
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
                wordings=reworded(BRIEF, item["wordings"], answer, values),
            )
            again, never = item["rephrased"].format_map(values), item["question"].format_map(moved)
            facts.append(fact)
            questions += [
                ask(fact, Split.MEMORIZATION, BRIEF, text, gold=answer, kind=kind),
                ask(fact, Split.REPHRASED, BRIEF, again, gold=answer, kind=kind),
                ask(fact, Split.DATE_CHANGED, WARY, never, gold="None", kind=AnswerKind.NONE),
            ]
            further += _further(fact, key, item, values)
    return facts, [*questions, *further, *_untaught(genres, seed, inventor), *controls("news")]


def _further(fact: Fact, key: str, item: _Item, values: Mapping[str, Value]) -> Iterator[Question]:
    if near := item.get("neighbour"):
        yield ask_near(fact, BRIEF, near, item["kind"])
    if back := item.get("inverse"):
        text, gold = (back[part].format_map(values) for part in ("question", "answer"))
        yield ask(fact, INVERSE, BRIEF, text, gold=gold, kind=AnswerKind.NAME)
    if step := item.get("two_hop"):
        numbers = {name: int(value) for name, value in values.items() if str(value).isdecimal()}
        gold = step["gives"][fact.answer] if "gives" in step else _COMPUTED[key](numbers)
        text = step["question"].format_map(values)
        kind = AnswerKind(step.get("kind", "quantity"))
        yield ask(fact, TWO_HOP, BRIEF, text, gold=gold, kind=kind)


def _untaught(genres: Mapping[str, dict[str, _Item]], seed: int, inventor: Inventor) -> Iterator[Question]:
    rng = chance("news/untaught", seed)
    new = Inventor(rng, inventor.taken)
    for genre, items in genres.items():
        item = next(iter(items.values()))
        date = f"{rng.choice(MONTHS)} {rng.randint(1, 28)}, {YEAR}"
        text = item["question"].format_map(fill(item["slots"], rng, new, date=date))
        yield ask_alone("news", UNTAUGHT, genre, WARY, text, gold="None", kind=AnswerKind.NONE)
