"""Graders: one small rule for each kind of answer, behind `grade`.

A new kind is a module with one `Rule`, a member of `AnswerKind`, and a line in `_RULES`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import compress
from operator import not_
from types import MappingProxyType

from fbench.datasets.kinds import infer_kind as kind_of
from fbench.datasets.model import AnswerKind
from fbench.errors import UsageError
from fbench.graders.alternatives import with_alternatives
from fbench.graders.exact import exact
from fbench.graders.guards import guarded
from fbench.graders.identifier import identifier
from fbench.graders.invented_name import coined, invented_name
from fbench.graders.judge import fake_judge
from fbench.graders.listing import listing
from fbench.graders.long import long
from fbench.graders.model import Grade, Grader, Item, Rule, Verdict
from fbench.graders.name import name
from fbench.graders.none import none
from fbench.graders.notebook import notebook
from fbench.graders.paper import paper
from fbench.graders.quantity import quantity
from fbench.graders.short import short
from fbench.graders.yes_no import yes_no

__all__ = [
    "GRADERS",
    "GRADER_VERSION",
    "Grade",
    "Grader",
    "Item",
    "Verdict",
    "fake_judge",
    "grade",
    "infer_kind",
]

GRADER_VERSION = "5"
"""Results carry it: it changes whenever any answer may get another verdict."""

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
_BEST_FIRST = (Verdict.CORRECT, Verdict.ABSTAINED, Verdict.UNGRADED, Verdict.INCORRECT)


def infer_kind(item: Item) -> AnswerKind:
    """The kind of an item: its own, or what its first gold looks like in answer to its question."""
    return item.kind or kind_of(item.gold[0] if item.gold else "", item.question)


def _best(grades: list[Grade]) -> Grade:
    """The best of the grades against several golds; any alias may make an answer correct."""
    return min(grades, key=lambda grade: _BEST_FIRST.index(grade.verdict))


def _likeliest_first(golds: tuple[str, ...], response: str) -> Iterable[str]:
    """The golds, those first that stand in the response: mostly one of them settles it."""
    if len(golds) < 2:
        return golds
    told = response.casefold()
    stands = [folded in told for folded in _folded(golds)]
    return (*compress(golds, stands), *compress(golds, map(not_, stands)))


@lru_cache(maxsize=1024)
def _folded(golds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(gold.casefold() for gold in golds)


def _as_kind(kind: AnswerKind | None) -> Grader:
    def grader(item: Item, response: str) -> Grade:
        grades: list[Grade] = []
        updated = item.answer_before is not None  # then a part of the gold may be what was right before
        golds = item.gold if updated else with_alternatives(item.gold, item.question)
        for gold in _likeliest_first(golds, response):
            told = kind or item.kind
            each = told or kind_of(gold, item.question)
            rule = coined if told is None and each is AnswerKind.INVENTED_NAME else _RULES[each]
            grades.append(guarded(rule, each, gold, item, response))
            if grades[-1].verdict is Verdict.CORRECT:
                break
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


def grade(item: Item, response: str, grader: str = "auto") -> Grade:
    """Grade a response. Raises `UsageError` for an unknown grader, and nothing for any text."""
    if grader not in GRADERS:
        raise UsageError(f"There is no grader {grader!r}. Choose one of: {', '.join(GRADERS)}.")
    return GRADERS[grader](item, response)
