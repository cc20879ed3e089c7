"""Grade answers that are dates: the same date, another date, or the same date less precisely."""

from __future__ import annotations

import re
from functools import lru_cache

from fbench.grading.graders.dates import Date, as_date, as_decade, read_dates
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.terms import content

__all__ = ["dated", "is_other_era"]

_ASKS_YEAR = re.compile(r"\b(?:what|which) year\b|\byear (?:was|did|is)\b", re.IGNORECASE)
_ASKS_WHEN = re.compile(r"\bwhen\b", re.IGNORECASE)
_DECADE = re.compile(r"(?<![\d.,])(\d{3}0)['\u2019]?s\b")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"\d{3,4}")
_NUMBER = re.compile(
    r"(?P<below>(?<!\w)(?:-|\u2212|minus ))?(?<![\d.,])(?P<year>\d{3,4})(?!\d|[.,]\d)"
    r"(?P<before>\s?(?:BCE?|B\.\s?C|bce?)\b)?"
)
_BARE = 3
"""At most this many content terms in an answer that is little more than a date."""


def dated(gold: str, answer: str, question: str) -> Grade | None:
    """The grade by dates; None if the gold is no date, or if no date in the answer can decide it."""
    decade, date = _wanted(gold)
    told = read_dates(answer) if decade is not None or date is not None else ()
    if decade is not None and (within := _of_decade(decade, told, answer)):
        return within
    if date is None or not told:
        return None
    if any(each.is_finer(date) for each in told):
        return Grade(Verdict.CORRECT, "short", "the answer gives the date")
    if _ASKS_YEAR.search(question) and any(each.year == date.year for each in told):
        return Grade(Verdict.CORRECT, "short", "the answer gives the year, which is what is asked for")
    if all(each.contradicts(date) for each in told):
        return Grade(Verdict.INCORRECT, "short", "the answer gives another date")
    return _coarser(date, told, answer, question)


@lru_cache(maxsize=4096)
def _wanted(gold: str) -> tuple[int | None, Date | None]:
    """The decade or the date that the gold is; None for each that it is not."""
    if gold.isascii() and _DIGIT.search(gold) is None:
        return None, None
    return as_decade(gold), as_date(gold)


def _of_decade(decade: int, told: tuple[Date, ...], answer: str) -> Grade | None:
    """The grade if the answer names a decade or a year of the gold's decade; else None."""
    named = {int(match[1]) for match in _DECADE.finditer(answer)}
    if named and decade not in named:
        return Grade(Verdict.INCORRECT, "short", "the answer gives another decade")
    if any(date.year and date.year // 10 * 10 == decade for date in told):
        return Grade(Verdict.CORRECT, "short", "the answer gives a year of the decade")
    return None


def is_other_era(gold: str, answer: str) -> bool:
    """Whether the gold is a bare year, and every mention of it in the answer has a minus sign or `BC`."""
    if _YEAR.fullmatch(gold) is None:
        return False
    mentions = [match for match in _NUMBER.finditer(answer) if match["year"] == gold]
    return bool(mentions) and all(match["below"] or match["before"] for match in mentions)


def _coarser(gold: Date, told: tuple[Date, ...], answer: str, question: str) -> Grade | None:
    """Human graders accept the year for a "when" question in a sentence, but not as a bare year."""
    if not _ASKS_WHEN.search(question) or len(content(answer)) <= _BARE:
        return Grade(Verdict.INCORRECT, "short", "the answer gives a coarser date")
    asked = {date.year for date in read_dates(question)}
    first = next((date for date in told if date.year not in asked), None)
    if first is None or first.contradicts(gold):
        return None
    return Grade(Verdict.CORRECT, "short", "the answer gives the date, less precisely")
