"""Read dates, and compare them by the parts (year, month, day) that are given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from fbench.datasets.english_words import MONTH_STARTS, MONTHS
from fbench.grading.graders.calendar import MONTHS_ELSEWHERE
from fbench.grading.graders.normalise import normalise

__all__ = ["Date", "as_date", "as_decade", "read_dates"]

_NUMBERED = {
    **{month: place for place, month in enumerate(MONTHS, start=1)},
    **{month: place for place, month in enumerate(MONTH_STARTS, start=1)},
    "sept": 9,
}
_MONTH = "|".join(_NUMBERED)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"[12]\d{3}"
_DATE = re.compile(
    rf"(?<![\w.,-])(?P<iso>{_YEAR})[-/](?P<m>\d{{1,2}})[-/](?P<d>\d{{1,2}})(?![\w-])"
    rf"|(?<![\w.,/-])(?P<one>\d{{1,2}})(?P<mark>[-/.])(?P<two>\d{{1,2}})(?P=mark)(?P<year5>{_YEAR})(?![\w/])"
    rf"|\b(?P<day>{_DAY})(?: of)? (?P<month>{_MONTH})\b\.?(?:,? ?(?:of )?(?P<year>{_YEAR})\b)?"
    rf"|\b(?P<month2>{_MONTH})\b\.? ?(?P<day2>{_DAY})\b(?! ?:)(?: ?,? ?(?P<year2>{_YEAR})\b)?"
    rf"|\b(?P<month3>{_MONTH})\b\.?,? ?(?:of )?(?P<year3>{_YEAR})\b"
    rf"|(?<![\w.,$€£-])(?P<year4>{_YEAR})(?![\w%]|[.,]\d|-\d)"
)
_YEARS = ("iso", "year", "year2", "year3", "year4", "year5")
_DECADE = re.compile(r"(?:the )?'?([12]\d\d0|[2-9]0)'?s")
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\s\d.,;:()'\"!?-]{3,}")
_ELSEWHERE = frozenset(MONTHS_ELSEWHERE)
_ENGLISH_TOO = frozenset({"mars", "mart", "maj", "mei"})
"""Month names that mean something else in English: they are read only after a day."""
_FOREIGN = re.compile(
    r"(?:(?<![\w.,])(?P<day>\d{1,2})(?:\.|er|o|-?\u0433\u043e|-?e)? (?:de |di |d'|del )?)?"
    rf"(?<!\w)(?P<month>{'|'.join(sorted(MONTHS_ELSEWHERE))})(?!\w)\.?"
    r"(?:,? (?:de |del |di |d')?(?P<year>[12]\d{3})(?!\w|[.,]\d)"
    r"(?: (?:\u0433\u043e\u0434\u0430|\u0433\.?|roku|r\.)(?!\w))?)?"
)
_CJK = re.compile(
    r"(?:(?P<year>[12]\d{3})\s?[\u5e74\ub144]\s?)(?:(?P<month>1[0-2]|0?[1-9])\s?[\u6708\uc6d4]\s?"
    r"(?:(?P<day>\d{1,2})\s?[\u65e5\u53f7\u865f\uc77c])?)?"
)
"""1976年7月4日 in Chinese and Japanese, 1976년 7월 4일 in Korean."""
_LEAD = re.compile(r"(?:(?:on|in|since|by|around|about|as of|the|circa)\b\s*)*")


@dataclass(frozen=True, slots=True)
class Date:
    """A calendar date; parts that are not given are None. `start:end` is its position in the text."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int

    def contradicts(self, other: Date) -> bool:
        """Whether the two dates cannot be the same day."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return any(one is not None and two is not None and one != two for one, two in pairs)

    def is_finer(self, other: Date) -> bool:
        """Whether this date has every part that the other has, with the same value."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(two is None or one == two for one, two in pairs)


def _as_read(text: str) -> str:
    """The normalised text, with dates in other languages rewritten as in English."""
    told = normalise(text)
    if not _DIGIT.search(told):
        return told
    if not _ELSEWHERE.isdisjoint(_WORD.findall(told)):
        told = _FOREIGN.sub(_in_english, told)
    if not told.isascii():
        told = " ".join(_CJK.sub(_from_cjk, told).split())
    return told


def _in_english(found: re.Match[str]) -> str:
    if not found["day"] and (not found["year"] or found["month"] in _ENGLISH_TOO):
        return found[0]
    month = MONTHS[MONTHS_ELSEWHERE[found["month"]] - 1]
    return " ".join(filter(None, (found["day"], month, found["year"])))


def _from_cjk(found: re.Match[str]) -> str:
    month = MONTHS[int(found["month"]) - 1] if found["month"] else None
    return f" {' '.join(filter(None, (found['day'], month, found['year'])))} "


@lru_cache(maxsize=4096)
def read_dates(text: str) -> tuple[Date, ...]:
    """The dates of a text in order: days, months of a year, and years from 1000 to 2999.

    Months are words, or numbers in the order of ISO 8601. `3/13/2020` can only be March. `3/4/2020` means
    April to some readers, so only its year is read.
    """
    told = _as_read(text)
    if not _DIGIT.search(told):
        return ()
    found: list[Date] = []
    for match in _DATE.finditer(told):
        month, day = _numeric(match) if match["mark"] else _named(match)
        if (month is None or 1 <= month <= 12) and (day is None or 1 <= day <= 31):
            year = next(filter(None, (match[name] for name in _YEARS)), None)
            found.append(Date(int(year) if year else None, month, day, match.start(), match.end()))
    return tuple(found)


def _named(match: re.Match[str]) -> tuple[int | None, int | None]:
    month = match["month"] or match["month2"] or match["month3"]
    day = match["d"] or match["day"] or match["day2"]
    number = int(match["m"]) if match["m"] else _NUMBERED.get(month or "")
    return number, int(day.rstrip("sthnrd")) if day else None


def _numeric(match: re.Match[str]) -> tuple[int | None, int | None]:
    """Month and day from two numbers, if only one of them can be the month; else None for both."""
    low, high = sorted((int(match["one"]), int(match["two"])))
    return (low, high) if high > 12 or low == high else (None, None)


@lru_cache(maxsize=4096)
def as_date(text: str) -> Date | None:
    """The date that the whole text is, with at least a month; None if the text is anything else."""
    told = _as_read(text).rstrip(".")
    found = read_dates(told)
    if len(found) != 1 or found[0].month is None:
        return None
    lead = _LEAD.match(told)
    return found[0] if lead and lead.end() == found[0].start and found[0].end == len(told) else None


def as_decade(text: str) -> int | None:
    """The first year of the decade that the whole text is (`the 1970s`); None if it is anything else."""
    found = _DECADE.fullmatch(normalise(text).rstrip("."))
    return int(found[1]) + 1900 * (len(found[1]) == 2) if found else None
