"""Graders: one small rule for each kind of answer, behind `grade`.

A new kind is a module with one `Rule`, a member of `AnswerKind`, and a line in `_RULES`. Another distribution
adds a grader as a plug-in: a function from an item and a response to a grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from fbench.datasets.kinds import infer_kind as kind_of
from fbench.datasets.model import AnswerKind
from fbench.datasets.notations import boxed, visible, without_latex
from fbench.errors import FbenchError, OfField, UsageError, told
from fbench.grading.graders.alternatives import with_alternatives
from fbench.grading.graders.exact import exact
from fbench.grading.graders.finish import CUT_OFF, ended_early
from fbench.grading.graders.guards import guarded
from fbench.grading.graders.identifier import identifier
from fbench.grading.graders.invented_name import coined, invented_name
from fbench.grading.graders.judge import fake_judge
from fbench.grading.graders.listing import listing
from fbench.grading.graders.long import long
from fbench.grading.graders.model import Grade, Grader, Item, Rule, Verdict
from fbench.grading.graders.name import name
from fbench.grading.graders.none import none
from fbench.grading.graders.normalise import has_content
from fbench.grading.graders.notebook import notebook
from fbench.grading.graders.paper import paper
from fbench.grading.graders.quantity import quantity
from fbench.grading.graders.reasoning import without_reasoning
from fbench.grading.graders.short import short
from fbench.grading.graders.yes_no import yes_no
from fbench.plugins import (
    GRADERS_GROUP,
    aside,
    find_plugin,
    names_with_plugins,
    used_plugins,
)
from fbench.value_errors import meant

__all__ = [
    "CUT_OFF",
    "GRADERS",
    "GRADER_VERSION",
    "JUDGE",
    "ONLY_REASONING",
    "Grade",
    "Grader",
    "Item",
    "Verdict",
    "answer_of",
    "built_in_graders",
    "check_grader",
    "fake_judge",
    "find_grader",
    "grade",
    "grader_names",
    "grader_version",
    "infer_kind",
]

JUDGE = "judge"
"""The name in the place of a grader's with which a model judges every answer."""

GRADER_VERSION = "5"
"""Written into the results; it changes whenever any answer may get another verdict."""

ONLY_REASONING = "only reasoning, no answer"
"""The reason for the grade of an answer that is empty once the model's reasoning is removed."""

_RULES: dict[AnswerKind, Rule] = {
    AnswerKind.IDENTIFIER: identifier,
    AnswerKind.YES_NO: yes_no,
    AnswerKind.NONE: none,
    AnswerKind.QUANTITY: quantity,
    AnswerKind.INVENTED_NAME: invented_name,
    AnswerKind.NAME: name,
    AnswerKind.LIST: listing,
    AnswerKind.SHORT: short,
    AnswerKind.LONG: long,
}
_JUDGE = "judge"
"""Not the name of a grader: it selects a language model as the judge."""
_of_plugins: dict[str, Grader] = {}
_LONGEST_FINISH = 40
_BEST_FIRST = (Verdict.CORRECT, Verdict.ABSTAINED, Verdict.UNGRADED, Verdict.INCORRECT)


def infer_kind(item: Item) -> AnswerKind:
    """The kind of an item: the one it declares, or the one inferred from its first gold and its question."""
    return item.kind or kind_of(item.gold[0] if item.gold else "", item.question)


def _best(grades: list[Grade]) -> Grade:
    """The best of the grades against several golds; any alias may make an answer correct."""
    return min(grades, key=lambda grade: _BEST_FIRST.index(grade.verdict))


class _Read(NamedTuple):
    """An item as the rules see it: it is the same for all answers to the item."""

    item: Item
    """The item without invisible characters and without LaTeX."""
    golds: tuple[str, ...]
    """The golds of the item, followed by the alternatives that each gold accepts."""
    folded: tuple[str, ...]
    """The same golds, casefolded."""


@lru_cache(maxsize=1024)
def _read(question: str, golds: tuple[str, ...], before: str | None) -> _Read:
    question = visible(question)
    golds = tuple([without_latex(visible(gold)) for gold in golds])
    before = before and without_latex(visible(before))
    # After an update, a part of the gold may be the answer from before it, so no alternatives are added.
    accepted = with_alternatives(golds, question) if before is None else golds
    return _Read(Item(question, golds, None, before), accepted, tuple(map(str.casefold, accepted)))


def _likeliest_first(read: _Read, response: str) -> Iterable[str]:
    """The golds, with those that occur in the response first: usually one of them decides the grade."""
    return read.golds if len(read.golds) == 1 else _standing_first(read, response.casefold())


def _standing_first(read: _Read, told: str) -> Iterator[str]:
    others: list[str] = []
    for gold, folded in zip(read.golds, read.folded, strict=True):
        if folded in told:
            yield gold
        else:
            others.append(gold)
    yield from others


def _as_kind(kind: AnswerKind | None) -> Grader:
    def grader(item: Item, response: str) -> Grade:
        told, response = kind or item.kind, boxed(without_latex(visible(response)))
        read = _read(item.question, item.gold, item.answer_before)
        grades: list[Grade] = []
        for gold in _likeliest_first(read, response):
            each = told or kind_of(gold, read.item.question)
            rule = coined if told is None and each is AnswerKind.INVENTED_NAME else _RULES[each]
            grade = guarded(rule, each, gold, read.item, response)
            if grade.verdict is Verdict.CORRECT:
                return grade
            grades.append(grade)
        return (
            _best(grades) if grades else Grade(Verdict.UNGRADED, "auto", "there is no gold to compare with")
        )

    return grader


GRADERS: MappingProxyType[str, Grader] = MappingProxyType(
    {
        "auto": _as_kind(None),
        "exact": exact,
        "paper": paper,
        "notebook": notebook,
        **{kind.value: _as_kind(kind) for kind in AnswerKind},
    }
)
"""The graders by name: `auto` picks the rule by the kind of answer; `exact`, `paper` and `notebook` compare
strings; then each kind."""


def grade(item: Item, response: str, grader: str = "auto", *, finish: str = "") -> Grade:
    """Grade a response. Raises `UsageError` for an unknown grader; no text makes it raise.

    `grader` is one of `GRADERS`, or the name of a plug-in.

    The model's reasoning is removed first (`answer_of`), so no grader sees it. `finish` is the service's
    word for why the model stopped, if known: an answer cut off or blocked before it began is ungraded.
    """
    rule = GRADERS.get(grader) or find_grader(grader)
    if rule is None:
        raise UsageError(f"There is no grader {grader!r}. Choose one of: {', '.join(grader_names())}.")
    answer = answer_of(item, response)
    made = rule(item, answer)
    if made.verdict is Verdict.CORRECT or (answer is response and not finish) or has_content(visible(answer)):
        return made
    if early := ended_early(finish):
        reason = f"the answer was {early} before it began (finish: {finish.strip()[:_LONGEST_FINISH]})"
        return Grade(Verdict.UNGRADED, CUT_OFF, reason)
    return made if answer is response else Grade(Verdict.INCORRECT, made.grader, ONLY_REASONING)


def check_grader(name: str) -> None:
    """Check that there is a grader of this name, or that it is `JUDGE`.

    Raises:
        OfField: there is none.
        UsageError: its plug-in cannot be used.
    """
    if name != JUDGE and find_grader(name) is None:
        known = (*grader_names(), JUDGE)
        problem = f"unknown grader {name!r}{meant(name, known)}: it is one of {', '.join(known)}."
        raise OfField("grader", problem)


def find_grader(name: str) -> Grader | None:
    """The grader with this name: built in, or from a plug-in (its grades are checked); None if there is none.

    Raises:
        UsageError: the plug-in cannot be used.
    """
    if (known := GRADERS.get(name) or _of_plugins.get(name)) is not None:
        return known
    found = find_plugin(GRADERS_GROUP, name, built_in_graders())
    if found is None:
        return None

    def grader(item: Item, response: str) -> Grade:
        try:
            with aside():
                made: object = found(item, response)
        except (Exception, SystemExit) as error:
            raise FbenchError(
                f"the grader plug-in {name!r} failed on the response {response[:80]!r} to "
                f"{item.question[:80]!r}: {told(error)}. "
                "A grader must return a grade for any text."
            ) from error
        if not isinstance(made, Grade):
            raise FbenchError(
                f"the grader plug-in {name!r} must return a fbench.grading.graders.Grade, and returned a "
                f"{type(made).__name__}."
            )
        values: tuple[tuple[object, type], ...] = (
            (made.verdict, Verdict),
            (made.grader, str),
            (made.reason, str),
        )
        if not all(isinstance(value, kind) for value, kind in values):  # pyright: ignore[reportUnnecessaryIsInstance] - a plug-in has no types
            raise FbenchError(
                f"the grader plug-in {name!r} must return a Grade of a Verdict and two texts, and returned "
                f"{made!r}."
            )
        return made

    _of_plugins[name] = grader
    return grader


def built_in_graders() -> tuple[str, ...]:
    """The names that no plug-in may take: those of the rules, and of the grader that asks a model."""
    return (*GRADERS, _JUDGE)


def grader_names() -> list[str]:
    """The names of all graders, those of plug-ins last."""
    return [name for name in names_with_plugins(GRADERS_GROUP, built_in_graders()) if name != _JUDGE]


def grader_version(name: str) -> str:
    """The version of a grader, held in layers and results: it changes if any answer may get another verdict.

    For a plug-in it is fbench's own version with the name and version of the plug-in's distribution.
    """
    for plugin in used_plugins([(GRADERS_GROUP, name)]):
        return f"{GRADER_VERSION}-{plugin['distribution']}-{plugin['version']}"
    return GRADER_VERSION


def answer_of(item: Item, response: str) -> str:
    """The answer in a response, without the model's reasoning. A judge sees this text too."""
    return without_reasoning(response, item.question, item.gold)
