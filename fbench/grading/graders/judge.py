"""The fake judge: it replaces, offline, a language model that compares meanings."""

from __future__ import annotations

import re

from fbench.grading.graders.abstain import refusal
from fbench.grading.graders.contrast import is_stale
from fbench.grading.graders.model import Grade, Item, Verdict
from fbench.grading.graders.negation import negations
from fbench.grading.graders.none import says_none
from fbench.grading.graders.words import content_words, recall, words

__all__ = ["fake_judge", "without_verdicts"]

_ENOUGH, _TOO_LITTLE = 0.6, 0.25
_STANDS_IN = "(the fake judge, which stands in for a language model)"
_VERDICT_LINE = re.compile(
    r"^[^\w\n]*(?:final |the |my )*(?:verdict|grade|judge?ment|score|assessment|result|rating)\b[^\n]{0,60}$"
    r"|^[^\w\n]*(?:correct|incorrect|ungraded|abstained)[^\w\n]*$",
    re.IGNORECASE | re.MULTILINE,
)


def without_verdicts(response: str) -> str:
    """The response without lines that imitate a judge's verdict."""
    return _VERDICT_LINE.sub("", response)


def fake_judge(item: Item, response: str) -> Grade:
    """A deterministic judgement by shared content words and numbers, one gold after the other.

    Correct needs 0.6 of the gold's content words, all its numbers and the same number of negations. At most
    0.25 is incorrect, and so is an answer at least as close to the answer before the update; the rest is
    ungraded. A refusal that says nothing else abstains, unless the gold says that there is no answer.
    """
    answer = without_verdicts(response)
    refused = refusal(answer)
    if refused is not None and refused.complete and not any(says_none(gold) for gold in item.gold):
        return _say(Verdict.ABSTAINED, "the answer is a refusal")
    grades = [_judge(gold, answer, item.answer_before) for gold in item.gold]
    for verdict in (Verdict.CORRECT, Verdict.UNGRADED):
        for grade in grades:
            if grade.verdict is verdict:
                return grade
    return grades[0] if grades else _say(Verdict.UNGRADED, "there is no gold to compare with")


def _judge(gold: str, answer: str, before: str | None) -> Grade:
    if before is not None and words(answer) != words(gold) and is_stale(answer, gold, before):
        return _say(Verdict.INCORRECT, "closer to the answer before the update")
    shared = recall(content_words(gold), content_words(answer))
    if shared <= _TOO_LITTLE:
        return _say(Verdict.INCORRECT, "shares next to nothing with the gold")
    numbers = {word for word in words(gold) if word[-1].isdigit()}
    if numbers - set(words(answer)):
        return _say(
            Verdict.INCORRECT if len(numbers) == 1 else Verdict.UNGRADED, "lacks a number of the gold"
        )
    if shared >= _ENOUGH and negations(gold) == negations(answer):
        return _say(Verdict.CORRECT, "shares most content words with the gold")
    return _say(Verdict.UNGRADED, "shares some content words with the gold, which does not settle it")


def _say(verdict: Verdict, reason: str) -> Grade:
    return Grade(verdict, "fake_judge", f"{reason} {_STANDS_IN}")
