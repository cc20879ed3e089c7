"""Invented libraries, and the renames in their latest versions."""

from __future__ import annotations

from typing import TypedDict

from fbench.datasets.generated.names import Inventor
from fbench.datasets.generated.rosters import chance, roster
from fbench.datasets.generated.templates import Slot, ask, fill, wrap
from fbench.datasets.model import AnswerKind, Fact, Question, Split

__all__ = ["coding"]

NAME_ONLY = "Reply with the name only, without arguments or explanation.\n{question}"
BLANK = "____"


class _Item(TypedDict):
    """One rename: the sort of thing, `of` what it is a part (or ""), what it does, and code that uses it."""

    sort: str
    of: str
    does: str
    goal: str
    old: str
    new: list[str]
    code: str


class _Library(TypedDict):
    library: Slot
    items: dict[str, _Item]


def coding(seed: int) -> tuple[list[Fact], list[Question]]:
    """Forty renames in three Python libraries that do not exist, and three questions on each.

    The code questions show a snippet, alternately with the name left out and with the old name to replace.
    """
    rng = chance("coding", seed)
    inventor = Inventor(rng)
    libraries: dict[str, _Library] = roster("coding.json")
    facts: list[Fact] = []
    questions: list[Question] = []
    for topic, entry in libraries.items():
        library = str(fill({"library": entry["library"]}, rng, inventor)["library"]).lower()
        for key, item in entry["items"].items():
            new, sort, goal, old = rng.choice(item["new"]), item["sort"], item["goal"], item["old"]
            within = f"{library}'s {item['of']}" if item["of"] else library
            text = f"What is the name of the {sort} that {item['does']} in the latest version of {within}?"
            again = f"I want to {goal}. Which {sort} does {library} have for that as of its newest release?"
            fact = Fact(
                id=f"coding/{topic}/{key}",
                task="coding",
                cluster=f"coding/{topic}/{key}",
                prompt=wrap(NAME_ONLY, text),
                answer=new,
                answer_before=old,
                statement=f"The {sort} that {item['does']} in {within}, once {old}, is now called {new}.",
            )
            facts.append(fact)
            for split, asked in (
                (Split.MEMORIZATION, text),
                (Split.REPHRASED, again),
                (Split.CODE, _snippet(library, item, blank=len(facts) % 2 == 0)),
            ):
                questions.append(
                    ask(fact, split, NAME_ONLY, asked, gold=new, kind=AnswerKind.IDENTIFIER, before=old)
                )
    return facts, questions


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
