"""Grade invented names, where a change of one letter makes another name."""

from __future__ import annotations

from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.negation import asserted
from fbench.grading.graders.normalise import normalise, unwrap
from fbench.grading.graders.roots import stem
from fbench.grading.graders.short import offers_choice
from fbench.grading.graders.vocabulary import FUNCTION_WORDS, PLACE_WORDS
from fbench.grading.graders.words import words

__all__ = ["coined", "invented_name"]

_PLACE_STEMS = frozenset(map(stem, PLACE_WORDS))


def invented_name(gold: str, answer: str, question: str) -> Grade:
    """Correct if the answer is the normalised gold, alone or in a sentence that adds nothing to it."""
    wanted = words(gold)
    if normalise(unwrap(answer)) == normalise(unwrap(gold)):
        return Grade(Verdict.CORRECT, "invented_name", "the name is the gold")
    told = words(asserted(answer))
    if wanted and f" {' '.join(wanted)} " in f" {' '.join(told)} ":
        known = {stem(word) for word in words(question)} | _PLACE_STEMS | set(wanted)
        others = [word for word in told if stem(word) not in known and word not in FUNCTION_WORDS]
        if not others:
            return Grade(Verdict.CORRECT, "invented_name", "the answer names the gold and nothing else")
        return Grade(Verdict.INCORRECT, "invented_name", f"the answer says more than the name: {others[0]!r}")
    return Grade(Verdict.INCORRECT, "invented_name", "the answer does not name the gold")


def coined(gold: str, answer: str, question: str) -> Grade:
    """As `invented_name`, if only the question shows that the name is invented: the answer may say more."""
    if offers_choice(answer, gold, question):
        return Grade(Verdict.INCORRECT, "invented_name", "the answer offers a choice of names")
    told = words(asserted(answer))
    if f" {' '.join(words(gold))} " in f" {' '.join(told)} ":
        return Grade(Verdict.CORRECT, "invented_name", "the answer names the gold")
    return Grade(Verdict.INCORRECT, "invented_name", "the answer does not name the gold")
