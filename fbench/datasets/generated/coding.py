"""Invented libraries, and the renames in their latest versions."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NotRequired, TypedDict

from fbench.datasets.generated.general import controls
from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.rosters import chance, roster
from fbench.datasets.generated.templates import (
    INVERSE,
    NEIGHBOUR,
    TWO_HOP,
    UNTAUGHT,
    Slot,
    ask,
    ask_alone,
    fill,
    reworded,
    wary,
    wrap,
)
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["coding"]

NAME_ONLY = "Reply with the name only, without arguments or explanation.\n{question}"
WARY = wary(NAME_ONLY)
BLANK = "____"

DIRECT = "What is the name of the {sort} that {does} in the latest version of {within}?"
WORDINGS = (
    "Which {sort} {does} in the newest version of {within}?",
    "In the latest version of {within}, what is the {sort} called that {does}?",
)

INVERSES = 3  # in each library
PAIRS = 2  # likewise
UNTAUGHT_ITEMS = 10


class _Neighbour(TypedDict):
    """A name in Python's standard library that has been there for a decade or more."""

    sort: str
    does: str
    within: str
    gold: str


class _Item(TypedDict):
    """One rename: the sort of thing, `of` what it is a part (or ""), what it does, and code that uses it."""

    sort: str
    of: str
    does: str
    goal: str
    old: str
    new: list[str]
    code: str
    neighbour: NotRequired[_Neighbour]


class _Library(TypedDict):
    library: Slot
    items: dict[str, _Item]


def coding(seed: int) -> tuple[list[Fact], list[Question]]:
    """Forty renames in three Python libraries that do not exist, and three questions on each.

    The code questions show a snippet, alternately with the name left out and with the old name to replace.
    Some renames have a name in Python's standard library near them; some names are asked for their library,
    and some pairs for the first in the alphabet. Some things are asked of libraries that are not taught.
    """
    rng = chance("coding", seed)
    inventor = Inventor(rng)
    libraries: dict[str, _Library] = roster("coding.json")
    facts: list[Fact] = []
    questions: list[Question] = []
    further: list[Question] = []
    draws = chance("coding/further", seed)
    for topic, entry in libraries.items():
        library = _library(entry, rng, inventor)
        described: list[tuple[Fact, str]] = []
        named_in: list[tuple[Fact, str]] = []
        for key, item in entry["items"].items():
            new, sort, goal, old = rng.choice(item["new"]), item["sort"], item["goal"], item["old"]
            within = _within(library, item)
            named = {"sort": sort, "does": item["does"], "within": within}
            text = DIRECT.format_map(named)
            again = f"I want to {goal}. Which {sort} does {library} have for that as of its newest release?"
            fact = Fact(
                id=f"coding/{topic}/{key}",
                task="coding",
                cluster=f"coding/{topic}/{key}",
                prompt=wrap(NAME_ONLY, text),
                answer=new,
                answer_before=old,
                statement=f"The {sort} that {item['does']} in {within}, once {old}, is now called {new}.",
                wordings=reworded(NAME_ONLY, WORDINGS, new, named),
            )
            facts.append(fact)
            described.append((fact, f"the {sort} that {item['does']}"))
            named_in.append((fact, sort))
            if near := item.get("neighbour"):
                there, gold = DIRECT.format_map(near), near["gold"]
                further.append(ask(fact, NEIGHBOUR, NAME_ONLY, there, gold=gold, kind=AnswerKind.IDENTIFIER))
            for split, asked in (
                (Split.MEMORIZATION, text),
                (Split.REPHRASED, again),
                (Split.CODE, _snippet(library, item, blank=len(facts) % 2 == 0)),
            ):
                questions.append(
                    ask(fact, split, NAME_ONLY, asked, gold=new, kind=AnswerKind.IDENTIFIER, before=old)
                )
        further += _inverses(library, draws.sample(named_in, INVERSES))
        further += _pairs(library, described, draws)
    return facts, [*questions, *further, *_untaught(libraries, draws, inventor), *controls("coding")]


def _library(entry: _Library, rng: random.Random, inventor: Inventor) -> str:
    return str(fill({"library": entry["library"]}, rng, inventor)["library"]).lower()


def _within(library: str, item: _Item) -> str:
    return f"{library}'s {item['of']}" if item["of"] else library


def _inverses(library: str, facts: Sequence[tuple[Fact, str]]) -> Iterator[Question]:
    for fact, sort in facts:
        article = "an" if sort[0] in "aeiou" else "a"
        text = f"Which Python library has {article} {sort} called {fact.answer} in its latest version?"
        yield ask(fact, INVERSE, NAME_ONLY, text, gold=library, kind=AnswerKind.INVENTED_NAME)


def _pairs(library: str, facts: Sequence[tuple[Fact, str]], rng: random.Random) -> Iterator[Question]:
    """Questions about two facts: which of two new names that begin differently is first in the alphabet."""
    pairs = [
        pair
        for pair in combinations(facts, 2)
        if len({fact.answer[0].casefold() for fact, _ in pair}) == len(pair)
    ]
    for (one, what), (other, what_else) in rng.sample(pairs, PAIRS):
        text = (
            f"The latest version of {library} has new names for {what} and for {what_else}. "
            "Which of the two new names comes first in the alphabet?"
        )
        gold = min(one.answer, other.answer, key=str.casefold)
        yield ask(one, TWO_HOP, NAME_ONLY, text, gold=gold, kind=AnswerKind.IDENTIFIER, other=other)


def _untaught(
    libraries: Mapping[str, _Library], rng: random.Random, inventor: Inventor
) -> Iterator[Question]:
    new = Inventor(rng, inventor.taken)
    items = [(topic, key) for topic, entry in libraries.items() for key in entry["items"]]
    for topic, key in rng.sample(items, UNTAUGHT_ITEMS):
        item = libraries[topic]["items"][key]
        within = _within(_library(libraries[topic], rng, new), item)
        text = DIRECT.format(sort=item["sort"], does=item["does"], within=within)
        yield ask_alone("coding", UNTAUGHT, f"{topic}-{key}", WARY, text, gold="None", kind=AnswerKind.NONE)


def _snippet(library: str, item: _Item, *, blank: bool) -> str:
    """A question about code that uses the renamed thing, with a blank for it or with its old name."""
    shown = BLANK if blank else item["old"]
    code = f"import {library}\n\n# {item['goal']}\n" + item["code"].format(library=library, name=shown)
    if blank:
        lead = (
            f"What belongs in the blank {BLANK}, so that this code runs on the latest version of {library}?"
        )
    else:
        lead = (
            f"This code was written for an old version of {library}. "
            f"What has the name {shown} to be replaced with, so that it runs on the latest one?"
        )
    return f"{lead}\n\n```python\n{code}\n```"
