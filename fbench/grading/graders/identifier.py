"""Grade names in code: case counts, and there is no fuzzy matching."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.negation import asserted
from fbench.grading.graders.normalise import unwrap

__all__ = ["identifier", "looks_like_code"]

_DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_NAME = re.compile(_DOTTED)
_HUMP = re.compile(r"[a-z\d][A-Z]")
_WHOLE = re.compile(rf"({_DOTTED})(?:\([^()]*\))?")
_CODE_SPAN = re.compile(r"(?<!`)`{1,3}(?:(?<=```)[\w+-]*\n)?([^`]+)`")
_CODE_LIKE = re.compile(rf"(?<![\w.])({_DOTTED})(\(\))?")
_FIRST_NAMED = re.compile(rf"[\"'*]*({_DOTTED})(?:\(\))?[\"'*]* (?:is|was|would be) (?:the|what|its)\b")
_LAST_NAMED = re.compile(rf"\b(?:is|called|named|use|be|are|:)[\s:]+[\"'*]*({_DOTTED})(?:\(\))?[\"'*.]*$")


def identifier(gold: str, answer: str, question: str) -> Grade:
    """Correct if the answer names one identifier and it is the gold, apart from a module prefix."""
    wanted = _bare(unwrap(gold))
    asked = _named_in(question)
    named = [name for name in _named(asserted(answer)) if name not in asked]
    # A model may name the module or class of the identifier before the identifier itself.
    told = list(dict.fromkeys(name for name in named if name not in wanted.split(".")[:-1])) or named
    if len(told) == 1 and _same(told[0], wanted):
        return Grade(Verdict.CORRECT, "identifier", "the identifier is the gold")
    if any(_same(name, wanted) for name in told):
        return Grade(Verdict.INCORRECT, "identifier", "the answer names several identifiers")
    return Grade(Verdict.INCORRECT, "identifier", "the answer does not name the gold identifier")


def looks_like_code(word: str) -> bool:
    """Whether a word can only be an identifier: it has an underscore, a dot or a capital inside."""
    return bool(_NAME.fullmatch(word)) and ("_" in word or "." in word or bool(_HUMP.search(word)))


def _bare(text: str) -> str:
    found = _WHOLE.fullmatch(text.strip().removeprefix("."))
    return found[1] if found else text.strip()


def _same(told: str, wanted: str) -> bool:
    short, long = sorted((told.split("."), wanted.split(".")), key=len)
    # The first parts may be a module; the class of a method may be added but not left out.
    may_be_added = long == told.split(".") or all(part.islower() for part in long[: -len(short)])
    return long[-len(short) :] == short and may_be_added


def _named(text: str) -> list[str]:
    whole = unwrap(text)
    if whole and not any(character.isspace() for character in whole):
        return [_bare(whole)]
    spans = [_bare(span) for span in _CODE_SPAN.findall(text)]
    if spans:
        return spans
    likely = [match[1] for match in _CODE_LIKE.finditer(text) if match[2] or looks_like_code(match[1])]
    if likely:
        return likely
    named = _FIRST_NAMED.match(text) or _LAST_NAMED.search(text[-200:].rstrip())
    return [named[1]] if named else []


@lru_cache(maxsize=1024)
def _named_in(question: str) -> frozenset[str]:
    return frozenset(match[1] for match in _CODE_LIKE.finditer(question) if looks_like_code(match[1]))
