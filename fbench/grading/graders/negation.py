"""What an answer denies: the part of a clause after a negation is not asserted."""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache

from fbench.grading.graders.normalise import normalise, unwrap, word_set
from fbench.grading.graders.refusals import may_refuse_elsewhere

__all__ = ["asserted", "denies", "negated_at_first", "negations"]

_NOT = (
    r"not|never|neither|nor|cannot|no longer|rather than|instead of|other than"
    # Without apostrophes, each word in full: a branch that starts with a literal letter is skipped quickly.
    r"|aint|cant|dont|doesnt|didnt|isnt|wasnt|wont|arent|werent|hasnt|havent|couldnt|wouldnt|shouldnt"
)
_QUOTED = re.compile(r'"[^"]*"')
# For texts in lower case: ignoring case takes three times as long.
_NEGATED = re.compile(rf"(?:\b(?:{_NOT})\b|n['\u2019]t\b)(?!\s+only\b)")
_NEGATING_WORDS = """
not never neither nor cannot longer than instead t aint cant dont doesnt didnt isnt wasnt wont arent werent
hasnt havent couldnt wouldnt shouldnt
"""
_NEGATING = frozenset(_NEGATING_WORDS.split())
"""Every negation has one of these words (`t` after an apostrophe); most texts have none."""
_FORMER = _NEGATING | {"previously", "formerly"}
_NOT_NOW = re.compile(rf"(?:\b(?:{_NOT}|previously|formerly)\b|n['\u2019]t\b)(?!\s+only\b)", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[;:!?\n()]|[.,](?!\d)|\bbut\b|\band (?:is|was|are|were|has|had)\b|\band (?=\w+ed by\b)", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")
_DENIAL = re.compile(r"\b(?:not|never|no one|nobody|neither|cannot)\b|n['\u2019]t\b")
_DENYING_BEFORE = re.compile(
    r"\b(?:nicht|kein\w{0,2}|niet|geen|ikke|inte|nao|nie|не|pas|non|no (?:lo )?(?:es|fue|era|son))"
    r"(?: (?!sondern|mais|sino|ma|mas|но|ale|maar|men|utan)\w+){0,2} ?[\"'(]*$"
)
_DENYING_AFTER = re.compile(r"[\"')]* degil")
_REACH = 30
"""The negation of another language begins at most this many characters before what it denies."""
_NEAR = 6
"""The most characters between a negation and what it denies (`not the`), if the question has a negation."""


@lru_cache(maxsize=4096)
def negations(text: str) -> int:
    """The number of negations in a text."""
    told = text.casefold()
    return 0 if _NEGATING.isdisjoint(word_set(told)) else len(_NEGATED.findall(told))


@lru_cache(maxsize=4096)
def asserted(text: str) -> str:
    """The text without what it denies or calls former, each from that word to the end of its clause."""
    if text.isascii() and _FORMER.isdisjoint(word_set(normalise(text))):
        return text
    kept: list[str] = []
    position = 0
    while negation := _NOT_NOW.search(text, position):
        kept.append(text[position : negation.start()])
        end = _CLAUSE_END.search(text, negation.end())
        position = end.start() if end else len(text)
    return "".join([*kept, text[position:]])


@lru_cache(maxsize=4096)
def negated_at_first(text: str) -> bool:
    """Whether the first sentence has a negation."""
    end = _SENTENCE_END.search(text)
    return bool(_DENIAL.search(text[: end.start() if end else len(text)].casefold()))


def denies(answer: str, gold: str, question: str) -> bool:
    """Whether the answer names the gold, each time after a negation in the same clause."""
    told = normalise(answer)
    here, elsewhere = negations(told), may_refuse_elsewhere(told)
    if not (here or elsewhere):
        return False
    wanted = normalise(unwrap(gold))
    mentions = _mentions(wanted, told)
    if not mentions:
        return False
    if elsewhere and all(_is_denied_elsewhere(told, start, len(wanted)) for start in mentions):
        return True
    near = _NEAR if negations(question) else len(told)
    clause_ends = [0, *(match.end() for match in _CLAUSE_END.finditer(told))]
    # A negation inside a quoted title is not a denial by the answer.
    outside = _QUOTED.sub(lambda match: match[0] if wanted in match[0] else "~" * len(match[0]), told)
    negation_ends = [0, *(match.end() for match in _NEGATED.finditer(outside))]
    return all(_last(clause_ends, start) < _last(negation_ends, start) >= start - near for start in mentions)


def _is_denied_elsewhere(told: str, start: int, length: int) -> bool:
    """Whether a negation of another language stands directly before or after this mention."""
    before = _DENYING_BEFORE.search(told, max(0, start - _REACH), start)
    return before is not None or _DENYING_AFTER.match(told, start + length) is not None


def _mentions(wanted: str, told: str) -> list[int]:
    """Positions where one text occurs in another, except inside a longer word."""
    found: list[int] = []
    place = told.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        if not (told[max(0, place - 1) : place].isalnum() or told[end : end + 1].isalnum()):
            found.append(place)
        place = told.find(wanted, place + 1)
    return found


def _last(ends: list[int], start: int) -> int:
    """The last of the ends, which ascend from 0, that is not after the start."""
    return ends[bisect(ends, start) - 1]
