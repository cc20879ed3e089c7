"""Measures of whether an answer states a gold, and their weighted sum.

The weights were fitted by logistic regression to human verdicts on answers to Natural Questions and TriviaQA
(Wang et al. 2023, EVOUNA; Kamalloo et al. 2023), on one half of the questions. Measures that made no
difference were removed, and the weights rounded by hand. `python -m tests.bench graders` shows both halves.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from fbench.grading.graders.negation import negated_at_first, negations
from fbench.grading.graders.normalise import normalise
from fbench.grading.graders.opposites import likes
from fbench.grading.graders.roots import root
from fbench.grading.graders.terms import Said, content, is_label, said, terms
from fbench.grading.graders.vocabulary import CALLINGS, TITLES

__all__ = [
    "WEIGHTS",
    "Evidence",
    "contradicts",
    "evidence",
    "has_some",
    "score",
    "stands_in",
    "without_remark",
]


class Evidence(NamedTuple):
    """The measures, each near [0, 1]; those that count against the answer have negative weights."""

    recall: float
    """Share of the gold's content terms that the answer has."""
    new: float
    """The same share over terms that the question lacks; numbers, capitals and long words weigh more."""
    last: float
    """Whether the answer has the last of these terms: a surname, the head of a phrase."""
    together: float
    """Whether the gold occurs in the answer when spaces are ignored."""
    precision: float
    """Share of the answer's terms, without those of the question, that are also in the gold."""
    length: float
    """Logarithm of the number of the gold's new terms: the more there are, the less each one is needed."""
    brief: float
    """Whether the answer has at most five content terms: such an answer leaves room for nothing else."""
    other_number: float
    """Whether a number of the gold is missing and the answer has another number, or only numbers."""
    other_surname: float
    """Whether the question asks for a person and the answer lacks the surname."""
    denial: float
    """Whether the answer opens with a denial and the question does not."""
    instead: float
    """Whether the answer has another number, letter or opposite (`south`) instead of one in a brief gold."""


WEIGHTS = Evidence(
    recall=1.2,
    new=1.6,
    last=0.3,
    together=1.5,
    precision=1.1,
    length=0.4,
    brief=-0.5,
    other_number=-1.0,
    other_surname=-0.9,
    denial=-1.1,
    instead=-9.0,
)
_REQUIRED = 1.75
_BRIEF = 5
_ORDINAL = 2
_FEW = 5
"""The most new terms of a gold whose every number counts; in longer golds a number may be a detail."""
_TOGETHER_AT_LEAST = 5
_WORD = re.compile(r"\w+")
_REMARK = re.compile(r"(?<=\w)\s?\([^()]*\)\s?$")
_ASKS_WHO = re.compile(
    r"\b(?:who|whom|whose|plays?|played|sings?|sang|wrote|author|actor|actress|singer|president|name of)\b"
    rf"|\b(?:which|what) (?:\S+ ){{0,3}}(?:{'|'.join(sorted(CALLINGS))})\b"
)


class _Wanted(NamedTuple):
    content: tuple[str, ...]
    new: tuple[tuple[str, float], ...]
    head: str
    """The last of the new terms; for a king, the one before his number."""
    heavy: float
    numbers: tuple[str, ...]
    roots: frozenset[str]
    together: str
    person: bool
    telling: tuple[tuple[str, frozenset[str]], ...]
    """Terms with the terms that would contradict them; an empty set for numbers and letters."""


class _Asked(NamedTuple):
    roots: frozenset[str]
    who: bool
    negated: bool


@lru_cache(maxsize=4096)
def _asked(question: str) -> _Asked:
    told = normalise(question)
    return _Asked(
        frozenset(map(root, content(question))),
        bool(_ASKS_WHO.search(told)),
        bool(negations(question)),
    )


@lru_cache(maxsize=4096)
def _wanted(gold: str, question: str) -> _Wanted:
    asked = _asked(question)
    gold = without_remark(gold)
    carrying, every = content(gold), terms(gold)
    capitals = set(normalise(" ".join([word for word in _WORD.findall(gold) if word[0].isupper()])).split())
    known = said(question)
    new = [term for term in carrying if not known.closeness(term)] or list(carrying)
    named = [term for term in new if term in capitals]
    weighed = tuple((term, _weight(term, capital=term in capitals)) for term in new)
    return _Wanted(
        carrying,
        weighed,
        _head(new),
        sum(weight for _, weight in weighed),
        tuple(term for term in new if term[0].isdigit()),
        frozenset(map(root, carrying)),
        "".join(every),
        asked.who and len(new) >= 2 and len(named) == len(new),
        tuple((term, likes(term)) for term in new if len(new) <= _FEW and (is_label(term) or likes(term))),
    )


def _head(new: list[str]) -> str:
    numbered = len(new) > 1 and is_label(new[-1]) and len(new[-1]) <= _ORDINAL
    return new[-2] if numbered else new[-1] if new else ""


def _weight(term: str, *, capital: bool) -> float:
    kind = 1.5 if term[0].isdigit() else 1.3 if capital else 1.0
    return kind * min(1.5, 0.5 + len(term) / 8) * (0.5 if term in TITLES else 1.0)


@lru_cache(maxsize=4096)
def _phrase(gold: str) -> str:
    every = terms(without_remark(gold))
    return f" {' '.join(every)} " if every else ""


def without_remark(gold: str) -> str:
    """The gold without the brackets at its end."""
    return (_REMARK.sub("", gold) or gold) if "(" in gold else gold


def stands_in(gold: str, answer: str) -> bool:
    """Whether the whole gold occurs in the answer, term by term: then nothing else needs to be weighed."""
    phrase = _phrase(gold)
    return bool(phrase) and phrase in said(answer).spaced


def has_some(gold: str, answer: str) -> bool:
    """Whether the answer has any of the gold's terms: without one, no measure can count for it."""
    told, gold = said(answer), without_remark(gold)
    return any(map(told.closeness, content(gold))) or _together(gold) in told.together


@lru_cache(maxsize=4096)
def _together(gold: str) -> str:
    return "".join(terms(gold))


def evidence(gold: str, answer: str, question: str) -> Evidence:
    """Measure an answer against one gold; measures that need terms of the gold are 0 if it has none."""
    asked, wanted = _asked(question), _wanted(gold, question)
    told = said(answer)
    several = len(wanted.new) > 1
    has = {term: told.closeness(term) or (told.slip(term) if several else 0.0) for term in wanted.content}
    given = [term for term in told.content_roots if term not in asked.roots]
    last = has[wanted.head] if wanted.head else 0.0
    lacking = any(not has[number] for number in wanted.numbers)
    others = lacking and any(
        root(number) not in asked.roots and root(number) not in wanted.roots for number in told.numbers
    )
    only_numbers = len(wanted.numbers) < len(wanted.new) and len(told.numbers) == len(set(told.content))
    return Evidence(
        recall=sum(has[term] for term in wanted.content) / (len(wanted.content) or 1),
        new=sum(has[term] * weight for term, weight in wanted.new) / (wanted.heavy or 1),
        last=last,
        together=float(len(wanted.together) >= _TOGETHER_AT_LEAST and wanted.together in told.together),
        precision=sum(term in wanted.roots for term in given) / (len(given) or 1),
        length=math.log(1 + len(wanted.new)),
        brief=float(len(told.content) <= _BRIEF),
        other_number=float(others or only_numbers),
        other_surname=float(wanted.person and not last),
        denial=float(negated_at_first(answer) and not asked.negated),
        instead=float(contradicts(gold, answer, question)),
    )


def contradicts(gold: str, answer: str, question: str) -> bool:
    """Whether the answer has another number, letter or opposite instead of one in a brief gold."""
    if not _has_telling(gold):
        return False
    asked, wanted = _asked(question), _wanted(gold, question)
    told = said(answer)
    return any(_has_instead(told, *each, wanted, asked) for each in wanted.telling)


@lru_cache(maxsize=4096)
def _has_telling(gold: str) -> bool:
    return any(is_label(term) or likes(term) for term in content(gold))


def _has_instead(told: Said, term: str, likes: frozenset[str], wanted: _Wanted, asked: _Asked) -> bool:
    """Whether the text lacks the term and has another term of its kind."""
    if told.closeness(term):
        return False
    others = told.terms & likes if likes else told.numbers if term[0].isdigit() else told.letters
    return any(root(other) not in asked.roots and root(other) not in wanted.roots for other in others)


def score(found: Evidence) -> float:
    """The weighted sum of the measures minus the required sum: above 0 means correct."""
    return sum(map(mul, WEIGHTS, found)) - _REQUIRED
