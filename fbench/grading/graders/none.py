"""Grade the answer that there is no answer."""

from __future__ import annotations

from fbench.grading.graders.abstain import refusal
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.normalise import normalise, unwrap
from fbench.grading.graders.vocabulary import NO_ANSWER

__all__ = ["none", "says_none"]


def says_none(text: str) -> bool:
    """Whether the whole text is one of the fixed forms for "no answer"."""
    return normalise(unwrap(text)) in NO_ANSWER


def none(gold: str, answer: str, question: str) -> Grade:  # noqa: ARG001 - a rule is given all three
    """Correct if the answer is one of the fixed forms for "no answer", or a refusal and nothing more."""
    refused = refusal(answer)
    if says_none(answer) or (refused is not None and refused.complete):
        return Grade(Verdict.CORRECT, "none", "the answer says that there is none")
    return Grade(Verdict.INCORRECT, "none", "the answer gives one where there is none")
