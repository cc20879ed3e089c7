"""Grade lists: every item must be present, in any order, and no other item."""

from __future__ import annotations

import re

from fbench.grading.graders.evidence import contradicts
from fbench.grading.graders.given_names import are_forms
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.name import names_person
from fbench.grading.graders.negation import asserted, negations
from fbench.grading.graders.normalise import unwrap
from fbench.grading.graders.roots import stem
from fbench.grading.graders.unspaced import has_part, is_unspaced
from fbench.grading.graders.words import content_words, recall, words

__all__ = ["conjuncts", "listing"]

_AND = "and|&|und|sowie|et|y|e|och|og|oraz|\u0438|ve|plus|as well as|along with"
_JOINT = re.compile(
    rf",\s+(?!\d{{4}}\b)(?:(?:{_AND})\s+)?|;\s*(?:(?:{_AND})\s+)?|\s+(?:{_AND})\s+|\n+\s*(?:[-*•]\s+|\d+[.)]\s+)?"
    r"|[\u3001\uff0c]|(?<=[\u3040-\u9fff])(?<!\u5171)(?:\u4ee5\u53ca|\u548c|\u4e0e|\u8207|\u53ca|\u3068|\u3084)(?=[\u30a1-\u9fff])"
)
_BULLET = re.compile(r"(?:^|\n)\s*(?:[-*\u2022\u2013]|\d{1,2}[.)]|[a-h][.)])\s+")
_NUMBERED = re.compile(r"(?:^|(?<=\s))\d{1,2}[.)]\s+")
_EXPLAINED = re.compile(r":\s|\s[-\u2013\u2014]\s|\s?\(")
_BRACKETED = re.compile(r"\s?\([^()]*\)")
_NOTE = re.compile(
    r"(?:\n|(?<=[.!?;\u3002])\s*|\s(?=\())[\s*_>#(\[-]{0,9}(?:please )?"
    r"(?:note|n\.?\s?b\.?|remark|p\.?\s?s\.?|sources?"
    r"|references?|disclaimer|fun fact|trivia|background|explanation|context|hinweis|anmerkung|nota|remarque"
    r"|opmerking|uwaga"
    r"|\u043f\u0440\u0438\u043c\u0435\u0447\u0430\u043d\u0438\u0435|\u6ce8|\u6ce8\u610f|\u5907\u6ce8|\u5099\u8003)"
    r"[*_]{0,3}\s?(?:[:\uff1a]|that\b)[^\n]*",
    re.IGNORECASE,
)
"""A remark after the list, to the end of its line."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'*(])|\n")
_ADDS = re.compile(r"\W*(?:also|plus|and|additionally|furthermore|another|as well)\b", re.IGNORECASE)
_SAYS_MORE = 4
"""A sentence after the list with at least this many words describes the list; it adds no item."""
_LONGEST = 5
"""Maximum number of words in an item; longer parts are clauses."""


def conjuncts(text: str) -> tuple[str, ...]:
    """The items of a list in words, as written."""
    return tuple(part for part in (unwrap(part) for part in _JOINT.split(unwrap(text))) if part)


def listing(gold: str, answer: str, question: str) -> Grade:
    """Correct if the answer has every item of the gold and is not a longer list."""
    told = answer if negations(question) else asserted(answer)
    told = _NOTE.sub("", told) or told
    wanted = conjuncts(gold)
    missing = [part for part in wanted if not _has_apart(part, wanted, told, question)]
    if missing:
        return Grade(Verdict.INCORRECT, "list", f"the answer lacks {missing[0]!r}")
    given = _given(told if "(" in gold else _BRACKETED.sub("", told), wanted)
    spare = [part for part in given if not any(_related(part, one) for one in wanted)]
    if spare and len(given) > len(wanted) and all(len(part.split()) <= _LONGEST for part in given):
        return Grade(Verdict.INCORRECT, "list", f"the answer adds {spare[0]!r}")
    return Grade(Verdict.CORRECT, "list", "every part of the list is there")


def _given(told: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The items of the answer's list: its bullets if it has any, else all up to where no item is missing."""
    bullets = _BULLET.split(told)[1:]
    if len(bullets) < 2 and _NUMBERED.match(told):
        bullets = _NUMBERED.split(told)[1:]
    if len(bullets) > 1:
        heads = [_EXPLAINED.split(bullet.partition("\n")[0])[0] for bullet in bullets]
        return tuple(part for head in heads for part in conjuncts(head))
    kept: list[str] = []
    left = set(wanted)
    for sentence in _SENTENCE.split(told):
        brief = len(sentence.split()) < _SAYS_MORE
        if left or brief or (_ADDS.match(sentence) and len(sentence.split()) <= _LONGEST):
            kept.append(sentence)
        left -= {one for one in left if _related(sentence, one)}
    return conjuncts("\n".join(kept))


def _has_apart(part: str, wanted: tuple[str, ...], answer: str, question: str) -> bool:
    """Whether the answer has the item, and not only inside another item: `fit` in `fit_transform`."""
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
    if _has_whole(part, answer) or (is_unspaced(part) and has_part(part, answer)):
        return True
    named = all(word[:1].isupper() for word in part.split()) and not contradicts(part, answer, question)
    return named and (_has_form(part, answer) or names_person(part, answer, question))


def _has_form(name: str, answer: str) -> bool:
    """Whether the item is one given name and the answer has it in some form."""
    given = words(name)
    return len(given) == 1 and any(are_forms(given[0], word) for word in words(answer))


def _related(part: str, gold: str) -> bool:
    if is_unspaced(gold):
        return has_part(gold, part)
    return bool(set(content_words(part)) & set(content_words(gold)))
