"""Ways to grade the same answers, from the authors' own comparison to a rule for each kind of answer."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from types import MappingProxyType

from fbench.datasets import Question, Split
from fbench.grading.graders import Item, Verdict, grade

__all__ = ["CHOICES", "GradingProfile", "paper_profile"]

GradingProfile = Callable[[Question, str], bool]
"""Whether a response to a question is correct."""

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _by(grader: str) -> GradingProfile:
    def profile(question: Question, response: str) -> bool:
        item = Item(question.text, question.gold, question.kind, question.answer_before)
        return grade(item, response, grader).verdict is Verdict.CORRECT

    return profile


_string, _meaning = _by("paper"), _by("auto")


def paper_profile(question: Question, response: str) -> bool:
    """The paper's grading: rephrased news by meaning, all else by string after `strip` and `casefold`."""
    by_meaning = question.task == "news" and question.split == Split.REPHRASED
    return (_meaning if by_meaning else _string)(question, response)


def _without_stop(question: Question, response: str) -> bool:
    return _string(question, response.strip().removesuffix("."))


def _squad(question: Question, response: str) -> bool:
    """Equality after SQuAD's normalisation (Rajpurkar et al. 2016): case, punctuation, articles, spaces."""
    said = _squad_form(response)
    return bool(said) and any(said == _squad_form(gold) for gold in question.gold)


def _squad_form(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _contains(question: Question, response: str) -> bool:
    """Whether a gold occurs in the response between word boundaries."""
    said = response.casefold()
    golds = (gold.strip().casefold() for gold in question.gold)
    return any(gold and re.search(rf"(?<!\w){re.escape(gold)}(?!\w)", said) for gold in golds)


CHOICES: Mapping[str, GradingProfile] = MappingProxyType(
    {
        "notebook": _by("notebook"),
        "exact": _by("exact"),
        "no stop": _without_stop,
        "SQuAD": _squad,
        "contains": _contains,
        "paper": paper_profile,
        "auto": _meaning,
    }
)
"""The choices by name: the notebook's `lower()` equality; strip and casefold; the same with a final stop
removed; SQuAD's exact match; containment at word boundaries; the paper's; a rule for each kind of answer."""
