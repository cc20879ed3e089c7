"""Infer what kind of answer a gold is, for rows that do not say."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.datasets.model import AnswerKind
from fbench.graders.identifier import looks_like_code
from fbench.graders.listing import conjuncts
from fbench.graders.model import Item
from fbench.graders.none import says_none
from fbench.graders.normalise import normalise, unwrap
from fbench.graders.quantity import is_quantity

__all__ = ["infer_kind", "kind_of"]

_CODE = re.compile(
    r"\b(?:function|method|class|module|parameter|argument|attribute|exception|decorator|variable)\b"
)
_PERSON = re.compile(
    r"\b(?:who|whom|whose)\b|\b(?:which|what|name of the) (?:\w+ )?(?:player|actor|actress|singer|person)\b"
)
_YEAR = re.compile(r"[12]\d{3}")
_WHEN = re.compile(r"\b(?:when|year|date)\b")
_LONG = 7
_ITEM = 5


def infer_kind(item: Item) -> AnswerKind:
    """The kind of an item: its own, or what its first gold looks like. `invented_name` is never inferred."""
    if item.kind is not None:
        return item.kind
    return kind_of(item.gold[0] if item.gold else "", item.question)


@lru_cache(maxsize=4096)
def kind_of(gold: str, question: str) -> AnswerKind:
    """The kind of one gold answer to a question."""
    told, asked = unwrap(gold), normalise(question)
    tests = (
        (AnswerKind.YES_NO, normalise(told) in {"yes", "no"}),
        (AnswerKind.NONE, says_none(told)),
        (AnswerKind.QUANTITY, is_quantity(gold) and not (_YEAR.fullmatch(told) and _WHEN.search(asked))),
        (AnswerKind.IDENTIFIER, _is_code(told, asked)),
    )
    return next((kind for kind, holds in tests if holds), _phrase(told, asked))


def _is_code(told: str, asked: str) -> bool:
    if "_" in told or "." in told:
        return looks_like_code(told)
    return told.isidentifier() and bool(_CODE.search(asked))


def _phrase(told: str, asked: str) -> AnswerKind:
    parts = told.split()
    title = sum(part[:1].isupper() for part in parts) >= 0.6 * len(parts)
    listed = conjuncts(told)
    if len(parts) >= _LONG and not title:
        return AnswerKind.LONG
    if len(listed) > 1 and all(len(part.split()) <= _ITEM for part in listed):
        return AnswerKind.LIST
    if title and _PERSON.search(asked) and len(parts) <= _ITEM:
        return AnswerKind.NAME
    return AnswerKind.SHORT
