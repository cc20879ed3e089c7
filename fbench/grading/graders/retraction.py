"""Claims that an answer retracts: it denies them, calls them wrong, or leaves them to others or the past."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from fbench.grading.graders.normalise import normalise, word_set

__all__ = ["upheld"]

_Span = tuple[int, int]


class _Retraction(NamedTuple):
    """A way to retract a claim. A text that uses it has one of `words`: without them, no search is needed."""

    words: frozenset[str]
    pattern: re.Pattern[str]
    reach: Literal["back", "on", "to comma"]
    """What is retracted: the claim before the pattern (`back`), the rest of the claim, or up to a comma."""
    once: bool = False
    """Whether it describes the past, which answers a question about the past."""
    who: bool = False
    """Whether it applies only to persons."""
    within: bool = False
    """Whether a text with one of `_WITHIN`, which may be part of a word, may also use it."""


_WITHIN = ("not", "n't", "hardly")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# All for texts in lower case: ignoring case takes three times as long.
_BE = r"(?:is|are|was|were|'s)"
_NOT = r"(?: not|n't|not)\b"
_SURELY = r"(?: (?:definitely|certainly|surely|actually|really|probably))?"
_ANSWER = r"the (?:right |correct |true )?(?:answer|one)"
_RETRACTIONS = (
    _Retraction(  # Paris is not the answer
        _words(""),
        re.compile(
            rf"\b{_BE}{_SURELY}{_NOT}{_SURELY} (?:{_ANSWER}\b|(?:correct|right|true)\b|it\s*(?:[.,;!]|$))"
        ),
        "back",
        within=True,
    ),
    _Retraction(  # The answer is not, as many believe, Paris
        _words(""), re.compile(r"\bnot,(?= as\b)"), "on", within=True
    ),
    _Retraction(
        _words("wrong incorrect false untrue mistaken"),
        re.compile(rf"\b{_BE}{_SURELY} (?:wrong|incorrect|false|untrue|mistaken)\b"),
        "back",
    ),
    _Retraction(_words("no nope wrong not"), re.compile(r"\?\s*(?:no|nope|wrong|not)\b"), "back"),
    _Retraction(
        _words("anything different wrong"),
        re.compile(r"\b(?:anything but|hardly|different from|wrong answer:)"),
        "on",
        within=True,
    ),
    _Retraction(
        _words("doubt doubtful false untrue myth misconception no"),
        re.compile(
            r"(?<!no )(?<!without )\b"
            r"(?:doubt|doubtful|false|untrue|(?:n't|not) true|myth|misconception|no way)"
            r"(?: that| if| whether| it)\b"
        ),
        "on",
        within=True,
    ),
    _Retraction(  # by Bronte, often misattributed to Austen
        _words(
            "misattributed miscredited misidentified mistaken confused wrongly mistakenly falsely incorrectly"
            " erroneously"
        ),
        re.compile(
            r"\b(?:misattributed|miscredited|misidentified|(?:wrongly|mistakenly|falsely|incorrectly|erroneously)"
            r"(?: \w+)? (?:attributed|credited|ascribed|identified|believed|thought|called|named|reported"
            r"|assumed|said|cited|given|taken)|mistaken"
            r"|(?:not to be |often |sometimes |easily |commonly )confused) (?:to|as|with|for)\b"
        ),
        "to comma",
    ),
    _Retraction(  # Austen is often wrongly credited
        _words("wrongly mistakenly falsely incorrectly erroneously"),
        re.compile(
            rf"\b{_BE}(?: \w+)? (?:wrongly|mistakenly|falsely|incorrectly|erroneously)"
            r" (?:credited|believed|thought|named|cited|given)(?! (?:to|as|for)\b)"
        ),
        "back",
    ),
    _Retraction(
        _words("opposed unlike contrast rather instead"),
        re.compile(r"\b(?:as opposed to|unlike|in contrast to|rather than|instead of)\b"),
        "to comma",
    ),
    _Retraction(  # Ann Lee, who succeeded Bob Ray; for a place or thing, the former name is also a name
        _words("formerly previously succeeded succeeding replaced replacing took taking"),
        re.compile(
            r"\b(?:formerly|previously|(?<!was )(?<!were )(?<!is )(?:succeed|replac)(?:ed|ing)(?! by\b)"
            r"|(?:took|taking) over from)\b"
        ),
        "to comma",
        once=True,
        who=True,
    ),
    _Retraction(
        _words("used formerly previously"),
        re.compile(r"\b(?:it|that|there|they|he|she) (?:used to be|was (?:formerly|previously))\b"),
        "on",
        once=True,
    ),
    _Retraction(
        _words("now"),
        re.compile(r",? (?:but|and)(?: it)?(?: is|'s)? now\b"),
        "back",
        once=True,
    ),
)
_OTHERS = re.compile(
    r"\b(?:many|some|most|people|others)(?: \w+){0,2} (?:think|believed?|say|claim|assume|thought)\b"
    r"|\b(?:i|we) (?:first|initially|originally|at first|once|almost|nearly|used to|was going to|would have)"
    r"(?: \w+)? (?:think|thought|guess(?:ed)?|say|said|assumed?|believed?)\b"
    r"|\b(?:you|one) (?:might|may|could|would)(?: \w+)? (?:think|guess|say|assume|expect|believe)\b"
    r"|\bmy first (?:guess|thought|answer|idea) (?:is|was|would be)\b"
)
_CONCEDED = re.compile(
    r"\b(?:(?:even |al)?though|while|whereas) (?:many|some|most|people|others|it)(?: \w+){0,3} "
    r"(?:think|thought|believed?|say|said|claim(?:ed)?|assumed?)\b"
)
"""What introduces others' opinions, anywhere in a sentence: `Bronte, although many think it was Austen`."""
_STARTS = re.compile(r"[.!?;] |\n|\bno, ")
_DENIAL = re.compile(
    rf"(?:it|that|this|he|she|they|{_ANSWER})"
    r"(?:'s| is| was| are| were| does| did| do| can| could| will| would| has| had)?"
    rf"{_SURELY}{_NOT}(?! (?:only|just|merely|simply|until|till|before|known|clear|easy|possible)\b)"
)
"""What introduces a claim that ends at the next comma: `It was not Shelley, it was Byron`."""
_THINKING = _words(
    "think thought believe believed say said claim claimed assume assumed guess guessed expect my"
)
_RETRACTING = _THINKING.union(*(each.words for each in _RETRACTIONS))
"""Every text that retracts a claim has one of these words, or one of `_WITHIN`."""
_CORRECTING = ("but ", "however", "in fact", "actually", "in reality")
_PAST = re.compile(
    r"\b(?:was|were|did|had|used|once|former\w*|previous\w*|original\w*|old|before|first|earlier)\b"
)
_WHO = re.compile(r"\b(?:who|whom|whose)\b")
_REPLACES = re.compile(r"succe|replac|preced|predecess|take over|took over", re.IGNORECASE)
_APART = re.compile(
    r"(?:!|(?<!\b[^\W\d])\.)(?=\s|$)|[;\n?]"
    r"|(?<=\b[^\W\d])\.(?=\s(?:it|the|this|that|they|he|she|there|in|but|instead|actually|however|rather|a)\b|\s*$)"
    r"|,?\s+(?=(?:but|while|whereas|although|though|(?:and|but)(?: it)?(?: is|'s)? now)\b)"
)
"""Ends of claims: a retraction does not extend beyond them. The dots in `J. R. R.` are not ends."""
_COMMA = re.compile(r"[,:](?!\d)|\)")


@lru_cache(maxsize=1024)
def upheld(answer: str, question: str) -> str:
    """The answer without the claims that it retracts; the whole answer if it retracts none.

    A statement about the past is retracted only if the question asks about the present.
    """
    told = answer.replace("\u2019", "'").lower()
    within = any(map(told.__contains__, _WITHIN))
    words = word_set(normalise(answer) if answer.isascii() else told)  # the same words, which others need too
    if not within and _RETRACTING.isdisjoint(words):
        return answer
    if len(told) != len(answer):
        return answer  # some capitals are longer in lower case, so positions would differ
    found = list(_retractions(told, words, question, within=within))
    if not found:
        return answer
    claims = [0, *(match.end() for match in _APART.finditer(told)), len(told)]
    commas = [*(match.start() for match in _COMMA.finditer(told)), len(told)]
    spans: list[_Span] = []
    for (start, end), reach in found:
        if reach == "back":
            spans.append((_last(claims, start), end))
        elif reach == "on":
            spans.append((start, _next(claims, end)))
        else:
            spans.append((start, min(_next(claims, end), _next(commas, end))))
    return _without(answer, sorted(spans))


def _retractions(
    told: str, words: frozenset[str], question: str, *, within: bool
) -> Iterator[tuple[_Span, str]]:
    for each in _RETRACTIONS:
        may = (within and each.within) or not each.words.isdisjoint(words)
        if not may or (each.once and _PAST.search(normalise(question))):
            continue
        if each.who and (not _WHO.search(normalise(question)) or _REPLACES.search(question)):
            continue
        for match in each.pattern.finditer(told):
            yield match.span(), each.reach
    if within:
        for start in (0, *(match.end() for match in _STARTS.finditer(told))):
            if match := _DENIAL.match(told, start):
                yield match.span(), "to comma"
    if not _THINKING.isdisjoint(words):
        yield from _of_others(told)


def _of_others(told: str) -> Iterator[tuple[_Span, str]]:
    """Claims that the answer attributes to others, or to its own earlier opinion."""
    for match in _CONCEDED.finditer(told):
        yield match.span(), "to comma"
    # Without a concession, the claim is retracted only if the answer goes on to correct it.
    corrected = max(map(told.rfind, _CORRECTING))
    for match in _OTHERS.finditer(told, 0, max(0, corrected)):
        yield match.span(), "on"


def _last(ends: list[int], place: int) -> int:
    """The last of the ends before a position; 0 for position 0."""
    return ends[bisect_left(ends, place) - 1] if place else 0


def _next(ends: list[int], place: int) -> int:
    """The first of the ends after a position."""
    return ends[min(bisect_right(ends, place), len(ends) - 1)]


def _without(text: str, spans: list[_Span]) -> str:
    kept: list[str] = []
    position = 0
    for start, end in spans:
        kept.append(text[position : max(position, start)])
        position = max(position, end)
    return "".join([*kept, text[position:]])
