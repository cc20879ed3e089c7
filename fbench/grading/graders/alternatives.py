"""Alternatives that a gold accepts: parts in brackets may be left out, one side of an "or" is enough."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["with_alternatives"]

_OPTIONAL = re.compile(r"(?<!\w)\(([^()]{1,60})\)(?=\s*\w)|\(([^()]{1,60})\)(?=\w)")
"""Brackets that are followed by more text. Brackets at the end of a gold are a remark on it, and brackets at
the end of a word are a part of the word: `iron(II) oxide`."""
_WITHIN_WORD = re.compile(r"\w\(\w+\)|\(\w+\)\w")
_OR = re.compile(r",?\s+or\s+|;\s*or\s+", re.IGNORECASE)
_COMMA = re.compile(r",\s+")
_EITHER = re.compile(r"^either\s+", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(?:not?|more|less|fewer|older|younger|over|above|below|under|greater|later|earlier|higher|lower|so|nothing"
    r"|never|none|else|both|similar|other|another|equal|neither|whether|to be|bust|foe|die|treat|flight|death"
    r"|swim|miss|break|famine|tails|dare|shine|false|crook|dead|worse|perish|lose|leave|evil|fantasy|fiction|void|out"
    r"|down|off|on|up)\b",
    re.IGNORECASE,
)
"""Words that join with "or" into one thing: `18 or older`, `trick or treat`, `life or death`."""
_NAMES_TITLE = re.compile(
    r"\b(?:film|movie|song|album|single|book|novel|play|show|series|game|title|titled|entitled|phrase|saying|called"
    r"|slogan|motto|proverb|expression|idiom|quote|question|custom|poem|episode|band|line)\b",
    re.IGNORECASE,
)
"""Kinds of things whose names may contain an "or", when a question asks for one."""
_LEAST = 3
_MOST = 6


@lru_cache(maxsize=4096)
def with_alternatives(golds: tuple[str, ...], question: str) -> tuple[str, ...]:
    """The golds, followed by the alternatives that each accepts; only the golds if there are none."""
    more = [
        other
        for gold in golds
        if "(" in gold or " or " in gold or " OR " in gold
        for other in _others(gold, question)
    ]
    return tuple(dict.fromkeys((*golds, *more))) if more else golds


def _others(gold: str, question: str) -> list[str]:
    found: list[str] = []
    if _OPTIONAL.search(gold):
        found += [_spaced(_OPTIONAL.sub("", gold)), _spaced(_OPTIONAL.sub(r"\1\2", gold))]
    sides = _sides(_EITHER.sub("", gold), question)
    return [other for other in (*found, *sides) if any(map(str.isalnum, other))]


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _sides(gold: str, question: str) -> list[str]:
    """The sides of an "or" in a gold, each of which is an answer; empty if the gold is one thing."""
    first, *rest = _OR.split(gold)
    if not rest or "(" in gold or _WHOLE.search(gold) or _NAMES_TITLE.search(question):
        return []
    sides = [*(_COMMA.split(first) if len(rest) == 1 else [first]), *rest]
    lengths = [len(side.split()) for side in sides]
    if any(len(side) < _LEAST and not side.isdigit() for side in sides) or max(lengths) > _MOST:
        return []
    return sides
