"""What an answer takes back: a claim that it denies, calls wrong, leaves to others or to the past."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

__all__ = ["upheld"]

_APART = re.compile(
    r"[.!?](?=\s|$)|[;\n?]"
    r"|,?\s+(?=(?:but|while|whereas|although|though|(?:and|but)(?: it)?(?: is|'s)? now)\b)",
    re.IGNORECASE,
)
"""Between claims: what one of them takes back does not reach the next."""
_COMMA = re.compile(r"[,:](?!\d)")
_BE = r"(?:is|are|was|were|'s)"
_NOT = r"(?: not|n't|not)\b"
_SURELY = r"(?: (?:definitely|certainly|surely|actually|really|probably))?"
_BEFORE = re.compile(
    rf"\b{_BE}{_SURELY}{_NOT}{_SURELY} (?:the (?:right |correct |true )?(?:answer|one)\b|correct\b|right\b|true\b|it\s*(?:[.,;!]|$))"
    rf"|\b{_BE}{_SURELY} (?:wrong|incorrect|false|untrue|mistaken)\b"
    r"|\?\s*(?:no|nope|wrong|not)\b",
    re.IGNORECASE,
)
"""What rejects the claim before it: `Paris is wrong`, `Paris? No`."""
_AFTER = re.compile(
    r"\b(?:anything but|hardly|different from)\b|(?<!no )(?<!without )\b(?:doubt|doubtful|false|untrue|n't true|not true|myth|misconception|no way)(?: that| if| whether| it)\b"
    r"|\bwrong answer:|\bnot,(?= as\b)",
    re.IGNORECASE,
)
"""What rejects the rest of its claim: `anything but Paris`."""
_OPENING = re.compile(
    r"(?:^|(?<=[.!?;] )|(?<=\n))(?:(?:no|nope|well)[,.]? )?"
    r"(?P<denial>(?:it|that|this|he|she|they|the (?:correct |right )?answer)"
    r"(?:'s| is| was| are| were| does| did| do| can| could| will| would| has| had)?"
    rf"{_SURELY}(?: not|n't|not)\b(?! (?:only|just|merely|simply|until|till|before|known|clear|easy|possible)\b))",
    re.IGNORECASE,
)
"""A sentence that opens with a denial, which reaches to the next comma: `It was not Shelley, it was Byron`."""
_OTHERS = re.compile(
    r"\b(?:many|some|most|people|others)(?: \w+){0,2} (?:think|believe|say|claim|assume|thought|believed)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(r"\b(?:but|however|in fact|actually|in reality)\b", re.IGNORECASE)
_ONCE = re.compile(
    r"\b(?:it|that|there|they|he|she) (?:used to be|was (?:formerly|previously))\b", re.IGNORECASE
)
_NOW = re.compile(r",? (?:but|and)(?: it)?(?: is|'s)? now\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:was|were|did|had|used|once|former\w*|previous\w*|original\w*|old|before|first|earlier)\b",
    re.IGNORECASE,
)
_MAY_RETRACT = re.compile(
    r"n't\b|\b(?:not|anything but|hardly|different from|wrong|incorrect|false|untrue|mistaken|but|doubt\w*|myth|misconception|no way|cannot|nope"
    r"|think|believe|say|claim|assume|thought|believed|used to|formerly|previously)\b|\?",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def upheld(answer: str, question: str) -> str:
    """The answer without the claims that it takes back; the whole of it where there is none.

    What was so once is taken back only where the question asks about the present.
    """
    if not _MAY_RETRACT.search(answer):
        return answer
    told = answer.replace("\u2019", "'")
    claims = [0, *(match.end() for match in _APART.finditer(told)), len(told)]
    commas = [match.start() for match in _COMMA.finditer(told)]
    taken = [(_start(claims, match.start()), match.end()) for match in _BEFORE.finditer(told)]
    taken += [(match.start(), _end(claims, match.end())) for match in _AFTER.finditer(told)]
    taken += [
        (match.start("denial"), min(_end(claims, match.end()), _end([*commas, len(told)], match.end())))
        for match in _OPENING.finditer(told)
    ]
    if corrected := max((match.start() for match in _CORRECTS.finditer(told)), default=0):
        taken += [
            (match.start(), _end(claims, match.end()))
            for match in _OTHERS.finditer(told)
            if match.end() < corrected
        ]
    if not _PAST.search(question):
        taken += [(match.start(), _end(claims, match.end())) for match in _ONCE.finditer(told)]
        taken += [(_start(claims, match.start()), match.end()) for match in _NOW.finditer(told)]
    return _without(answer, sorted(taken))


def _start(ends: list[int], place: int) -> int:
    return ends[bisect_left(ends, place) - 1] if place else 0


def _end(ends: list[int], place: int) -> int:
    return ends[min(bisect_right(ends, place), len(ends) - 1)]


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept: list[str] = []
    position = 0
    for start, end in spans:
        kept.append(text[position : max(position, start)])
        position = max(position, end)
    return "".join([*kept, text[position:]])
