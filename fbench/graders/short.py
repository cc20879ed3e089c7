"""Grade short phrases by what speaks for the gold in the answer, and against it."""

from __future__ import annotations

import re
from operator import mul

from fbench.graders.abbreviations import abbreviates
from fbench.graders.dates import Date, as_date, as_decade, read_dates
from fbench.graders.evidence import WEIGHTS, Evidence, evidence, score
from fbench.graders.model import Grade, Verdict
from fbench.graders.negation import negations
from fbench.graders.normalise import normalise, unwrap
from fbench.graders.terms import content, said, terms
from fbench.graders.vocabulary import FUNCTION_WORDS

__all__ = ["offers_choice", "short", "weighed"]

_ASKS_YEAR = re.compile(r"\b(?:what|which) year\b|\byear (?:was|did|is)\b", re.IGNORECASE)
_ASKS_WHEN = re.compile(r"\bwhen\b", re.IGNORECASE)
_BARE = 3
"""Content terms of an answer that is a date and hardly more."""
_NAMES_EITHER = re.compile(r"\bor\s+(?:the\s+|an?\s+)?[\"'(\u2018\u201c*`]*[A-Z\d]|\d\S*\s+or\b")
_MARK = 4
_MARKED = re.compile(r"[^\w\s.,'\"()&-]")
_REACH = 3
"""Terms beside an "or" that are an alternative."""
_CHOOSING = 8
"""Terms of an answer that may be no more than a choice; in longer ones "or" joins names of one thing."""


def short(gold: str, answer: str, question: str) -> Grade:
    """Correct where more speaks for the gold than against it, and the answer is no choice."""
    if len(gold) <= _MARK and _MARKED.search(gold):
        return _verbatim(gold, answer)
    if len(terms(gold)) == 1 and terms(gold)[0] in FUNCTION_WORDS:
        return _mentioned(gold, answer)
    if negations(gold) and negations(gold) != negations(answer) and not _stands_in(gold, answer):
        return Grade(Verdict.INCORRECT, "short", "the answer and the gold differ in what they deny")
    if offers_choice(answer, gold, question):
        return Grade(Verdict.INCORRECT, "short", "the answer offers a choice")
    return _dated(unwrap(gold), answer, question) or weighed("short", gold, answer, question)


def _dated(gold: str, answer: str, question: str) -> Grade | None:
    """The verdict of dates; None where the gold is none, or the answer has none that could settle it."""
    told = read_dates(answer)
    if not told:
        return None
    decade = as_decade(gold)
    if decade is not None and any(date.year and date.year // 10 * 10 == decade for date in told):
        return Grade(Verdict.CORRECT, "short", "the answer gives a year of the decade")
    date = as_date(gold)
    if date is None:
        return None
    if any(each.is_finer(date) for each in told):
        return Grade(Verdict.CORRECT, "short", "the answer gives the date")
    if _ASKS_YEAR.search(question) and any(each.year == date.year for each in told):
        return Grade(Verdict.CORRECT, "short", "the answer gives the year, which is what is asked for")
    if all(each.contradicts(date) for each in told):
        return Grade(Verdict.INCORRECT, "short", "the answer gives another date")
    return _coarser(date, told, answer, question)


def _coarser(gold: Date, told: tuple[Date, ...], answer: str, question: str) -> Grade | None:
    """People take the year for an answer to "when" where a sentence gives it, but not the bare year."""
    if not _ASKS_WHEN.search(question) or len(content(answer)) <= _BARE:
        return Grade(Verdict.INCORRECT, "short", "the answer gives a coarser date")
    asked = {date.year for date in read_dates(question)}
    first = next((date for date in told if date.year not in asked), None)
    if first is None or first.contradicts(gold):
        return None
    return Grade(Verdict.CORRECT, "short", "the answer gives the date, less precisely")


def _verbatim(mark: str, answer: str) -> Grade:
    """A gold of a sign or two (`A+`, `*`) must stand in the answer as it is."""
    if re.search(rf"(?<![\w{re.escape(mark[-1])}]){re.escape(mark)}(?![\w{re.escape(mark[-1])}])", answer):
        return Grade(Verdict.CORRECT, "short", "the gold stands in the answer as it is written")
    return Grade(Verdict.INCORRECT, "short", "the gold does not stand in the answer as it is written")


def _mentioned(gold: str, answer: str) -> Grade:
    """A gold that is a word of every sentence (`of`) must be quoted, in capitals (`WHO`), or end the answer."""
    (word,) = terms(gold)
    capitals = gold.isupper() and re.search(rf"\b{re.escape(gold)}\b", answer)
    if capitals or terms(answer)[-1:] == (word,) or f'"{word}' in normalise(answer):
        return Grade(Verdict.CORRECT, "short", "the answer names the gold")
    return Grade(Verdict.INCORRECT, "short", "the answer does not name the gold")


def _stands_in(gold: str, answer: str) -> bool:
    return f" {' '.join(terms(gold))} " in said(answer).spaced


def weighed(kind: str, gold: str, answer: str, question: str) -> Grade:
    """The grade by evidence; the reason names what weighs most."""
    found = evidence(unwrap(gold), answer, question)
    sum_ = score(found)
    if sum_ <= 0 and abbreviates(gold, answer):
        return Grade(Verdict.CORRECT, kind, "the answer abbreviates the gold, or spells it out")
    verdict = Verdict.CORRECT if sum_ > 0 else Verdict.INCORRECT
    return Grade(verdict, kind, f"{_why(found, for_it=sum_ > 0)} (score {sum_:+.1f})")


def _why(found: Evidence, *, for_it: bool) -> str:
    if for_it:
        if found.phrase:
            return "the gold stands in the answer"
        return f"the answer has {found.recall:.0%} of the gold's words"
    heaviest, name = min(zip(map(mul, WEIGHTS, found), WEIGHTS._fields, strict=True))
    if heaviest < 0 and name in _AGAINST and found.recall:
        return _AGAINST[name]
    return f"the answer has {found.recall:.0%} of the gold's words, too little"


_AGAINST = {
    "other_number": "the answer has another number",
    "other_surname": "the answer lacks the surname",
    "denial": "the answer opens with a denial",
}


def offers_choice(answer: str, gold: str, question: str) -> bool:
    """Whether an "or" in a brief answer, in neither gold nor question, has the gold on one side alone.

    Two common words joined by "or" are mostly one thing said twice (`a slash or stroke`); two names or
    numbers are not.
    """
    told = terms(answer)
    if "or" not in told or len(told) > _CHOOSING or "or" in terms(gold) or "or" in terms(question):
        return False
    if not _NAMES_EITHER.search(answer) and any(letter.isupper() for letter in answer):
        return False
    wanted = set(content(gold))
    places = [place for place, term in enumerate(told) if term == "or"]
    sides = [
        (
            wanted.intersection(told[max(0, place - _REACH) : place]),
            wanted.intersection(told[place + 1 :][:_REACH]),
        )
        for place in places
    ]
    return any(bool(left) != bool(right) for left, right in sides)
