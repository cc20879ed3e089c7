"""Grade the polarity of an answer."""

from __future__ import annotations

import re

from fbench.graders.model import Grade, Verdict
from fbench.graders.normalise import normalise, unwrap

__all__ = ["polarity", "yes_no"]

_ALONE = {"true": "yes", "correct": "yes", "yeah": "yes", "yep": "yes", "false": "no", "nope": "no"}
_POLAR = re.compile(
    r"\b(yes|no)\b(?<!\bwith no)(?<!\bin no)(?<!\bby no)(?<!\bhas no)(?<!\bhave no)(?<!\bthere is no)"
    r"(?<!\bthere are no)"
    r"(?! (?:longer|doubt|one|more|less|matter|problem|such|other|need|reason|question|information|evidence)"
    r"\b)"
)
"""Yes and no as answers, not as a part of what is said: `no doubt`, `with no exceptions`."""
_DENIED = re.compile(r"\b(?:not|never|neither|rather than|instead of)(?: \w+){0,2}? ['\"*]*(?:yes|no)\b")


def polarity(text: str) -> str:
    """`yes`, `no`, or "" where the text says neither or both."""
    told = normalise(unwrap(text))
    if told in _ALONE:
        return _ALONE[told]
    said = set(_POLAR.findall(_DENIED.sub(" ", told)))
    return said.pop() if len(said) == 1 else ""


def yes_no(gold: str, answer: str, question: str) -> Grade:  # noqa: ARG001 - a rule is given the question
    """Correct where the answer says exactly one of yes and no, and it is the gold."""
    told = polarity(answer)
    if not told:
        return Grade(Verdict.INCORRECT, "yes_no", "the answer does not say exactly one of yes and no")
    if told == polarity(gold):
        return Grade(Verdict.CORRECT, "yes_no", f"both say {told}")
    return Grade(Verdict.INCORRECT, "yes_no", f"the answer says {told}")
