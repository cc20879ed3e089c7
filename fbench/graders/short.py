"""Grade short phrases by the content words of the gold that the answer has."""

from __future__ import annotations

from fbench.graders.model import Grade, Verdict
from fbench.graders.negation import asserted, negations
from fbench.graders.normalise import unwrap
from fbench.graders.words import content_words, words

__all__ = ["offers_choice", "short"]

_REACH = 4
"""Words between an "or" and the gold that still make it a choice."""


def short(gold: str, answer: str, question: str) -> Grade:
    """Correct where the answer has every content word of the gold that the question does not give away.

    What the answer denies is not counted, and a choice between the gold and something else is not an answer.
    """
    told = answer
    if not negations(gold):
        if not negations(question):
            told = asserted(answer)
    elif negations(gold) != negations(answer):
        return Grade(Verdict.INCORRECT, "short", "the answer and the gold differ in what they deny")
    if offers_choice(told, gold, question):
        return Grade(Verdict.INCORRECT, "short", "the answer offers a choice")
    asked = set(content_words(question))
    wanted = [word for word in content_words(unwrap(gold)) if word not in asked]
    if not wanted:
        wanted = list(content_words(unwrap(gold)))
    found = set(content_words(told))
    missing = [word for word in wanted if word not in found]
    if missing or not wanted:
        return Grade(
            Verdict.INCORRECT,
            "short",
            f"the answer lacks {missing[0]!r}" if missing else "nothing to compare",
        )
    return Grade(Verdict.CORRECT, "short", "the answer has the content words of the gold")


def offers_choice(answer: str, gold: str, question: str) -> bool:
    """Whether an "or" near the gold's words, in neither gold nor question, makes the answer a choice."""
    told = words(answer)
    if "or" not in told or "or" in words(gold) or "or" in words(question):
        return False
    wanted = set(content_words(gold))
    places = [place for place, word in enumerate(told) if word == "or"]
    return any(wanted.intersection(told[max(0, place - _REACH) : place + _REACH + 1]) for place in places)
