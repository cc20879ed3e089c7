"""Grade long answers: correct if nearly word for word; otherwise the fake judge decides."""

from __future__ import annotations

from fbench.grading.graders.judge import fake_judge, without_verdicts
from fbench.grading.graders.model import Grade, Item, Verdict
from fbench.grading.graders.negation import negations
from fbench.grading.graders.words import content_words, recall, words

__all__ = ["long"]

_NEARLY_ALL = 0.95


def long(gold: str, answer: str, question: str) -> Grade:
    """Correct if the answer has nearly all content words and all numbers; else the fake judge's grade."""
    told = without_verdicts(answer)
    numbers = {word for word in words(gold) if word[-1].isdigit()}
    near = recall(content_words(gold), content_words(told)) >= _NEARLY_ALL and numbers <= set(words(told))
    if near and negations(gold) == negations(told):
        return Grade(Verdict.CORRECT, "long", "the answer has the gold nearly word for word")
    return fake_judge(Item(question, (gold,)), answer)
