"""What a rule for one kind of secret is, and what stands where a secret stood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = ["Rule", "is_placeholder", "mixed", "rule", "token"]

Span = tuple[int, int]

_PLACEHOLDER = re.compile(
    r"(?:(?:bearer|basic)\s+)?(?:[a-z0-9]{1,8}[-_])?scrubbed(?:[-_][\w.-]{1,80})?(?:(?:@|%40)[\w.-]{4,80})?"
    r"(?:\s|\\+[nrt])*",
    re.IGNORECASE,
)
_DIGIT, _LOWER, _UPPER = (re.compile(letters) for letters in ("[0-9*]", "[a-z]", "[A-Z]"))


class Rule(NamedTuple):
    """Finds one kind of secret.

    Attributes:
        kind: what it finds, in words.
        signs: in lower case and without backslashes; where a text has none of them, the rule finds nothing.
        spans: where in a text the secrets are, in order and apart from each other.
        by_form: whether it knows a secret by its own form, whatever stands around it.
    """

    kind: str
    signs: tuple[str, ...]
    spans: Callable[[str], Iterator[Span]]
    by_form: bool = False


def rule(
    kind: str,
    signs: str,
    pattern: str,
    *,
    flags: int = 0,
    when: Callable[[str], object] | None = None,
    by_form: bool = False,
) -> Rule:
    """A rule whose secrets are the group `v` of a pattern, where `when` holds of them.

    The signs are written with tabs between them. What is a placeholder already is no secret.
    """
    compiled = re.compile(pattern, flags)

    def spans(text: str) -> Iterator[Span]:
        for found in compiled.finditer(text):
            value = found["v"]
            if not is_placeholder(value) and (when is None or when(value)):
                yield found.span("v")

    return Rule(kind, tuple(signs.split("\t")), spans, by_form)


def token(
    kind: str, prefix: str, rest: str, *, when: Callable[[str], object] | None = None, by_form: bool = True
) -> Rule:
    """A rule for a token that is known by its prefix: literal characters and sets of them.

    The prefix does not stand inside a word. That is asked after it, not before, so that the pattern begins
    with a literal, which `re` looks for several times as fast.
    """
    free = rf"(?:(?<![A-Za-z0-9]{prefix})|(?<=\\[nrtbf]{prefix}))"
    signs = re.sub(r"\[.*", "", prefix.replace("\\", "")).lower()
    return rule(kind, signs, rf"(?P<v>{prefix}{free}{rest})", when=when, by_form=by_form)


def is_placeholder(value: str) -> bool:
    """Whether this stands where a secret stood."""
    return _PLACEHOLDER.fullmatch(value) is not None


def mixed(value: str) -> bool:
    """Whether this looks made by a machine: with a digit, or letters of both cases."""
    return bool(_DIGIT.search(value) or (_LOWER.search(value) and _UPPER.search(value)))
