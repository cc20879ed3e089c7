"""Separate a judge's own words from what it quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fbench.grading.judge.fence import tag_of

__all__ = ["before_echo", "readings"]

_FENCE = re.compile(r"^ {0,3}(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)$")
_IN_MARKS = re.compile(r"\"([^\"]*)\"|“([^“”]*)”|«([^«»]*)»")
_STRONG = "*_`# \n"
_QUOTES = (
    re.compile(r"“[^“”\n]*\n[^“”]*”"),
    re.compile(r"«[^«»\n]*\n[^«»]*»"),
    re.compile(r'(?<!\S)"(?=\S)[^"\n]*\n[^"]*"(?!\w)'),
)


def readings(text: str, candidate: str) -> Iterator[str]:
    """The reply without what it quotes: one text, or several if it is unclear what is quoted.

    An unclosed fence is either an echo to the end of the reply, or the closing fence of one that a fence in
    the candidate closed earlier. A candidate at the end of the reply is an echo, or the judge's own words
    equal the candidate. A verdict counts only if all readings agree.
    """
    judged = "\n".join(candidate.splitlines()).strip()
    tag = tag_of(candidate)
    told = re.sub(rf"<{tag}>.*?(?:</{tag}>|\Z)", "\n", "\n".join(text.splitlines()), flags=re.DOTALL)
    for kept in _without_echoes(told.strip(), judged):
        unwrapped = _unwrapped(kept, judged)
        for to_the_end in (True, False):
            said, unclosed = _without_fences(unwrapped, to_the_end=to_the_end)
            yield _without_quotes(said)
            if not unclosed:
                break


def before_echo(text: str, candidate: str) -> str | None:
    """The reply without its last lines if they are also in the candidate, as a quotation may be; else None.

    A verdict before them is also the judge's, so the two must agree.
    """
    theirs = {line.strip() for line in candidate.splitlines()}
    lines = text.rstrip().splitlines()
    kept = len(lines)
    while kept and lines[kept - 1].strip() in theirs:
        kept -= 1
    return None if kept == len(lines) else "\n".join(lines[:kept])


def _without_echoes(text: str, candidate: str) -> Iterator[str]:
    """The text without the candidate word for word; a one-line candidate is removed only as the last line."""
    if "\n" not in candidate:
        yield text
        rest, _, last = text.rpartition("\n")
        if rest and last.strip() == candidate:
            yield rest
        return
    yield text.replace(candidate, "\n").strip()
    if text.endswith(candidate):
        yield text[: -len(candidate)].replace(candidate, "\n") + candidate


def _unwrapped(text: str, candidate: str) -> str:
    """The reply without one fence, one pair of quotation marks or a block quote around all of it.

    Text that is in the candidate word for word stays wrapped: it is an echo.
    """
    inner = _out_of_fence(text)
    marks = _IN_MARKS.fullmatch(inner.strip(_STRONG))
    if marks:
        inner = marks.group()[1:-1].strip()
    lines = [line.lstrip() for line in inner.splitlines() if line.strip()]
    if lines and all(line.startswith(">") for line in lines):
        inner = "\n".join(line.lstrip("> ") for line in lines)
    return text if inner in candidate else inner


def _out_of_fence(text: str) -> str:
    """The content of one fence around the whole text; the text itself if there is none, or several."""
    first, *inner = text.split("\n") or [""]
    fence = _FENCE.match(first)
    if not fence or not inner or inner.pop().strip() != fence["mark"]:
        return text
    if any(line.lstrip().startswith(fence["mark"]) for line in inner):
        return text
    return "\n".join(inner).strip()


def _without_fences(text: str, *, to_the_end: bool) -> tuple[str, bool]:
    """The text without fenced lines (those after an open fence only if `to_the_end`); whether one is open."""
    kept: list[str] = []
    held: list[str] = []
    mark = ""
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if mark:
            if fence and fence["mark"].startswith(mark) and not fence["info"].strip():
                mark, held = "", []
            else:
                held.append(line)
        elif fence:
            mark = fence["mark"]
        else:
            kept.append(line)
    if mark and not to_the_end:
        kept += held
    return "\n".join(kept), bool(mark)


def _without_quotes(text: str) -> str:
    for quotes in _QUOTES:
        text = quotes.sub(" … ", text)
    return "\n".join(line for line in text.splitlines() if not _is_quoted(line))


def _is_quoted(line: str) -> bool:
    return _IN_MARKS.fullmatch(line.strip(_STRONG)) is not None
