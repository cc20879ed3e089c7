"""Grade golds that word measures cannot handle: signs (`A+`, `*`), and function words (`of`)."""

from __future__ import annotations

import re

from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.normalise import normalise
from fbench.grading.graders.terms import terms
from fbench.grading.graders.vocabulary import FUNCTION_WORDS

__all__ = ["verbatim"]

_LONGEST = 4
_DIGIT = re.compile(r"\d")
_SIGN = re.compile(r"[^\w\s.,'\"()&-]")


def verbatim(gold: str, answer: str) -> Grade | None:
    """The grade for a sign, or for a word that must be named rather than used; None for any other gold."""
    if len(gold) <= _LONGEST and _SIGN.search(gold) and not _DIGIT.search(gold):
        return _grade(correct=_stands(gold, answer))
    word = terms(gold)
    if len(word) != 1 or word[0] not in FUNCTION_WORDS:
        return None
    ends = (word, terms(f"the {gold.upper()}")[-1:])  # a letter at the end is not an article
    in_capitals = len(gold) > 1 and gold.isupper() and _stands(gold, answer)
    return _grade(correct=in_capitals or terms(answer)[-1:] in ends or f'"{word[0]}' in normalise(answer))


def _stands(gold: str, answer: str) -> bool:
    """Whether the gold occurs in the answer as written, and not within a longer word or sign."""
    edge = rf"[\w{re.escape(gold[-1])}]"
    return re.search(rf"(?<!{edge}){re.escape(gold)}(?!{edge})", answer) is not None


def _grade(*, correct: bool) -> Grade:
    if correct:
        return Grade(Verdict.CORRECT, "short", "the answer names the gold as it is written")
    return Grade(Verdict.INCORRECT, "short", "the answer does not name the gold as it is written")
