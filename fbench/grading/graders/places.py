"""Golds that are only an ordinal number: `21st` is `twenty-first`."""

from __future__ import annotations

from functools import lru_cache

from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.normalise import normalise, unwrap
from fbench.grading.graders.numbers import read_numbers
from fbench.grading.graders.numerals import Number

__all__ = ["same_place"]


@lru_cache(maxsize=4096)
def _place(gold: str) -> Number | None:
    """The ordinal number that the whole gold is; else None."""
    told = normalise(unwrap(gold)).removeprefix("the ")
    if not told.endswith(("st", "nd", "rd", "th")) or " " in told.strip():
        return None
    found = read_numbers(told)
    return found[0] if len(found) == 1 and found[0].ordinal and found[0].end == len(told) else None


def same_place(kind: str, gold: str, answer: str) -> Grade | None:
    """Correct if the gold is an ordinal and the answer has no other ordinal; else None."""
    wanted = _place(gold)
    if wanted is None:
        return None
    told = [number.value for number in read_numbers(normalise(answer)) if number.ordinal]
    if told and all(value == wanted.value for value in told):
        return Grade(Verdict.CORRECT, kind, "the answer names the place")
    return None
