"""Grade lists: every conjunct present, in any order, and no further one."""

from __future__ import annotations

import re

from fbench.graders.evidence import contradicts
from fbench.graders.given_names import are_forms
from fbench.graders.model import Grade, Verdict
from fbench.graders.name import names_person
from fbench.graders.negation import asserted, negations
from fbench.graders.normalise import unwrap
from fbench.graders.words import content_words, recall, stem, words

__all__ = ["conjuncts", "listing"]

_JOINT = re.compile(
    r",\s+(?!\d{4}\b)(?:and\s+|&\s+)?|;\s*(?:and\s+)?|\s+and\s+|\s+&\s+|\n+\s*(?:[-*•]\s+|\d+[.)]\s+)?"
)


def conjuncts(text: str) -> tuple[str, ...]:
    """The parts of a list in words, as they stand."""
    return tuple(part for part in (unwrap(part) for part in _JOINT.split(unwrap(text))) if part)


def listing(gold: str, answer: str, question: str) -> Grade:
    """Correct where the answer has every conjunct of the gold, and is no longer list than it."""
    told = answer if negations(question) else asserted(answer)
    wanted, given = conjuncts(gold), conjuncts(told)
    missing = [part for part in wanted if not _has_apart(part, wanted, told, question)]
    if missing:
        return Grade(Verdict.INCORRECT, "list", f"the answer lacks {missing[0]!r}")
    spare = [part for part in given if not any(_related(part, one) for one in wanted)]
    if spare and len(given) > len(wanted) and all(len(part.split()) <= 5 for part in given):
        return Grade(Verdict.INCORRECT, "list", f"the answer adds {spare[0]!r}")
    return Grade(Verdict.CORRECT, "list", "every part of the list is there")


def _has_apart(part: str, wanted: tuple[str, ...], answer: str, question: str) -> bool:
    """Whether the answer has the part, and not only within another: `fit` in `fit_transform`."""
    own = set(content_words(part))
    for other in wanted:
        if own < set(content_words(other)):
            answer = re.sub(re.escape(other), " ", answer, flags=re.IGNORECASE)
        elif own > set(content_words(other)):
            return _has_whole(part, answer)
    return _has(part, answer, question)


def _has_whole(part: str, answer: str) -> bool:
    return recall(content_words(part), tuple(map(stem, words(answer)))) == 1


def _has(part: str, answer: str, question: str) -> bool:
    if _has_whole(part, answer):
        return True
    named = all(word[:1].isupper() for word in part.split()) and not contradicts(part, answer, question)
    return named and (_has_form(part, answer) or names_person(part, answer, question))


def _has_form(name: str, answer: str) -> bool:
    """Whether a given name that stands alone is in the answer in some form."""
    given = words(name)
    return len(given) == 1 and any(are_forms(given[0], word) for word in words(answer))


def _related(part: str, gold: str) -> bool:
    return bool(set(content_words(part)) & set(content_words(gold)))
