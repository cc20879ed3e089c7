"""Grade short phrases by the evidence in the answer for and against the gold."""

from __future__ import annotations

import re

from fbench.grading.graders.abbreviations import abbreviates
from fbench.grading.graders.codes import has_code, is_code, lacks_code
from fbench.grading.graders.dated import dated, is_other_era
from fbench.grading.graders.evidence import evidence, has_some, score, stands_in, without_remark
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.negation import negations
from fbench.grading.graders.normalise import unwrap
from fbench.grading.graders.rivals import lacks_number, rival
from fbench.grading.graders.terms import content, said, terms
from fbench.grading.graders.verbatim import verbatim

__all__ = ["offers_choice", "short", "weighed"]

_NAMES_EITHER = re.compile(
    r"\bor\s+(?:(?:the|an?|else|maybe|perhaps|even)\s+)*[\"'(\u2018\u201c*`]*[A-Z\d]|\d\S*\s+or\b"
)
_PAIR = 2
_REACH = 3
"""Maximum number of terms beside an "or" that form an alternative."""
_CHOOSING = 8
"""The most terms in an answer that may be only a choice; in longer ones "or" joins names of one thing."""


def short(gold: str, answer: str, question: str) -> Grade:
    """Correct if the evidence for the gold outweighs that against it, and the answer offers no choice."""
    named = verbatim(unwrap(gold), answer)
    if named is not None:
        return named
    if negations(gold) and negations(gold) != negations(answer) and not _stands_in(gold, answer):
        return Grade(Verdict.INCORRECT, "short", "the answer and the gold differ in what they deny")
    if offers_choice(answer, gold, question):
        return Grade(Verdict.INCORRECT, "short", "the answer offers a choice")
    if is_other_era(unwrap(gold), answer):
        return Grade(Verdict.INCORRECT, "short", "the answer gives another sign, or a year before Christ")
    return dated(unwrap(gold), answer, question) or weighed("short", gold, answer, question)


def _stands_in(gold: str, answer: str) -> bool:
    return f" {' '.join(terms(gold))} " in said(answer).spaced


def weighed(kind: str, gold: str, answer: str, question: str) -> Grade:
    """The grade by evidence; the reason names the measure with the most weight."""
    bare = unwrap(gold)
    if stands_in(bare, answer):
        return Grade(Verdict.CORRECT, kind, "the gold stands in the answer")
    if is_code(bare) and has_code(bare, answer):
        return Grade(Verdict.CORRECT, kind, "the answer has the code")
    if abbreviates(gold, answer):
        return Grade(Verdict.CORRECT, kind, "the answer abbreviates the gold, or spells it out")
    if not has_some(bare, answer):
        return Grade(Verdict.INCORRECT, kind, "the answer has nothing of the gold")
    found = evidence(bare, answer, question)
    sum_ = score(found)
    words = f"the answer has {found.recall:.0%} of the gold's words"
    if sum_ > 0:
        against = _deciding(bare, answer, question)
        return (
            Grade(Verdict.INCORRECT, kind, against)
            if against
            else Grade(Verdict.CORRECT, kind, f"{words} (score {sum_:+.1f})")
        )
    reasons = (reason for name, reason in _AGAINST.items() if getattr(found, name))
    return Grade(Verdict.INCORRECT, kind, f"{next(reasons, f'{words}, too little')} (score {sum_:+.1f})")


def _deciding(gold: str, answer: str, question: str) -> str:
    """The reason against an answer that has most of the gold; "" if there is none."""
    bare = without_remark(gold)
    if lacks_code(bare, answer, question):
        return "the answer lacks a code of the gold"
    if lacks_number(bare, answer, question):
        return "the answer lacks a number of the gold"
    if " or " in bare and _lacks_side(bare, answer):
        return "the answer has one side of what the gold joins"
    other = rival(bare, answer, question)
    return f"the answer has {other!r} in the place of a word of the gold" if other else ""


def _lacks_side(gold: str, answer: str) -> bool:
    """Whether the gold is two words, as `trick or treat`, and the answer lacks one of them."""
    words = content(gold)
    return (
        len(words) == _PAIR and all(map(str.isalpha, words)) and not all(map(said(answer).closeness, words))
    )


_AGAINST = {
    "denial": "the answer opens with a denial",
    "other_number": "the answer has another number",
    "other_surname": "the answer lacks the surname",
}
"""Reasons for an incorrect grade, the measure with the most weight first."""


def offers_choice(answer: str, gold: str, question: str) -> bool:
    """Whether a brief answer has an "or", not from gold or question, with the gold on only one side.

    Two common words joined by "or" are usually two names of one thing (`a slash or stroke`); two proper names
    or two numbers are not.
    """
    told = terms(answer)
    if "or" not in told or len(told) > _CHOOSING or "or" in terms(gold) or "or" in terms(question):
        return False
    if not _NAMES_EITHER.search(answer) and any(letter.isupper() for letter in answer):
        return False
    wanted = set(content(gold))
    places = [place for place, term in enumerate(told) if term == "or"]
    sides = [
        (
            wanted.intersection(told[max(0, place - _REACH) : place]),
            wanted.intersection(told[place + 1 :][:_REACH]),
        )
        for place in places
    ]
    return any(bool(left) != bool(right) for left, right in sides)
