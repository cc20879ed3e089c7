"""Parse a judge's verdict. Every text gives one; an unclear text gives ungraded.

A verdict is a line of its own, or the end of one: "VERDICT: CORRECT", "Evaluation: Incorrect", "Correct.",
"The guess is not correct." The last one counts. Text that the judge quotes (between fences, in quotation
marks, after `>`) belongs to the candidate, and is no verdict.
"""

from __future__ import annotations

import re

from fbench.grading.graders import Verdict
from fbench.grading.judge.quoted import before_echo, readings

__all__ = ["is_verdict_line", "parse_verdict"]

_MARKDOWN = re.compile(r"[*_`#~\u200b-\u200f\u2060\ufeff]+")
_BULLET = re.compile(r"^(?:[-+\u2022\u2013\u2014|]\s*|\d+[.)]\s+)+")
_BEFORE = r"(?:(?:[^\"“]|\"[^\"]*\"|“[^”]*”)*[.!?;)][\"”]?\s)?(?:(?:so|therefore|thus|hence),?\s)?"
"""Sentences before the statement on its line, without an open quotation mark."""
_NAMES = (
    r"(?:(?:my|the|final|overall)\s)*(?:verdict|evaluation|judge?ment|assessment|decision|conclusion|grade)"
)
_LABEL = re.compile(rf"{_BEFORE}{_NAMES}(?:\sis\b\s?:?|\s?[:=\u2013\u2014-]+)\s?(?P<value>.*)")
_LABEL_ALONE = re.compile(rf"{_NAMES}\s?:?")
_SENTENCE = re.compile(
    rf"{_BEFORE}(?:(?:the|this)\s)?(?:candidate(?:'s)?\s)?(?:guess|answer|response|candidate|it)"
    r"\s(?:is|was)(?P<value>(?:n't)?\s.*)"
)
_ADVERB = r"(?:(?:at all|entirely|fully|quite|strictly|completely|exactly|really|factually|actually)\s)?"
_TERMS = (
    (Verdict.INCORRECT, re.compile(rf"(?:not[\s-]|n't\s){_ADVERB}(?:correct|right)|in[\s-]?correct|wrong")),
    (
        Verdict.ABSTAINED,
        re.compile(r"abstain(?:ed|s|ing)?|abstention|refus(?:ed|al)|no answer"),
    ),
    (Verdict.CORRECT, re.compile(rf"{_ADVERB}(?:correct|right)")),
)
_OTHER = r"(?!\s?(?:or\s|and\s)?(?:not\s|in)?(?:correct|abstain))"
_END = re.compile(rf"\s?(?:$|[.!(\u2013\u2014]|[,;:]{_OTHER}|-\s|(?<=\s)(?:because|since|as)\b)")
_ALONE = re.compile(r"\s?[.!]*$")
_OPENS = re.compile(rf"\s?[.!]*$|\s?[.!,;]{_OTHER}\s|\s[\u2013\u2014-]\s")


def parse_verdict(text: str, candidate: str = "") -> Verdict:
    """The verdict in a judge's reply; `candidate` is the text it judged, and its echoes do not count.

    It never raises or returns `error`: a reply with no verdict, or with two at once, is ungraded.
    """
    verdicts = {_last(reading) for reading in readings(text, candidate)}
    before = before_echo(text, candidate)
    if before is not None:
        verdicts |= {_last(reading) for reading in readings(before, candidate)} - {Verdict.UNGRADED}
    return verdicts.pop() if len(verdicts) == 1 else Verdict.UNGRADED


def is_verdict_line(line: str) -> bool:
    """Whether a line states a verdict, or tries to."""
    return _stated(_plain(line), opening=False) is not None


def _last(text: str) -> Verdict:
    lines = [plain for line in text.splitlines() if (plain := _plain(line))]
    found: Verdict | None = None
    for number, line in enumerate(lines):
        if _LABEL_ALONE.fullmatch(line):
            after = lines[number + 1] if number + 1 < len(lines) else ""
            found = _read(after, _END)
        else:
            stated = _stated(line, opening=number == 0)
            found = found if stated is None else stated
    return found or Verdict.UNGRADED


def _stated(line: str, *, opening: bool) -> Verdict | None:
    """The verdict that a line states; None if the line states none."""
    if line.count('"') % 2:
        return None  # the end of a quotation over several lines
    labelled = _LABEL.fullmatch(line)
    if labelled:
        return _read(labelled["value"].strip(" \"'“”"), _END)
    alone = _read(line, _OPENS if opening else _ALONE)
    if alone is not Verdict.UNGRADED:
        return alone
    sentence = _SENTENCE.fullmatch(line)
    if sentence:
        said = _read(sentence["value"].strip(), _ALONE)
        return None if said is Verdict.UNGRADED else said
    return None


def _read(value: str, end: re.Pattern[str]) -> Verdict:
    for verdict, term in _TERMS:
        match = term.match(value)
        if match and end.match(value, match.end()):
            return verdict
    return Verdict.UNGRADED


def _plain(line: str) -> str:
    """The line in lower case, without Markdown marks."""
    bare = _MARKDOWN.sub("", line).replace("\u2019", "'").strip(" \t|")
    return " ".join(_BULLET.sub("", bare).casefold().split())
