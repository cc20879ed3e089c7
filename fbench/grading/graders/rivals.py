"""Words that an answer has instead of a word of the gold: `Dubuque, Iowa` is not `Ames, Iowa`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from fbench.grading.graders.given_names import are_forms
from fbench.grading.graders.opposites import likes
from fbench.grading.graders.roots import alike, root, spelling
from fbench.grading.graders.terms import content, is_label, said, terms
from fbench.grading.graders.vocabulary import CALLINGS, FUNCTION_WORDS, TITLES

__all__ = ["lacks_number", "rival"]

_MOST = 6
"""Maximum number of content terms in a gold whose every word may decide."""
_FEW = 2
"""Maximum number of content terms in a gold that a common word decides: `operant conditioning`."""
_BRIEF = 4
"""The most content terms, without the question's, of an answer where a common word replaces another."""
_WORDS = re.compile(r"[^\W_][\w'\u2019-]*|[,;.!?:()\n]")
_NAMED_BY_MANY = """
academy age agency air airport association avenue award band bank battle bay beach book bridge building cape
castle center centre century church city club college committee common company conference corporation
council country county court cup day department district division dynasty empire family fc film form
foundation games government great group hall high hill hospital house inc institute international island
islands kind lake language law league library little main ministry mount mountain mountains museum national
new novel ocean old palace park part party people peoples place point port prize province railway region
republic river road royal school sea series service show society song sort square st star state states
station street team test theater theatre theory times tower town treaty tribe type union united university
valley village war west world
"""
_GENERIC = frozenset(_NAMED_BY_MANY.split())
"""Words that many names share, and that identify nothing by themselves."""
_RELATING = "up down through over into onto off out about very most more such other same so only still not"
_FREE = frozenset(_RELATING.split())
_ENDINGS = re.compile(
    r"(?:ides?|[aio]tes?|ases?|oses?|[aey]nes?|ols?|itis|emia|omas?|osis|ectomy|otomy|ology|phobia|cides?|gen|phil|"
    r"philia|lysis|plasty|scopy|graphy|metry|trophy?|pathy|genesis|derm|cytes?)$"
)
_PREFIX = re.compile(
    r"^(?:un|in|im|ir|il|dis|non|anti|a|an|mis|over|under|hyper|hypo|pre|post|intra|extra|inter|homo|hetero|endo|exo|"
    r"macro|micro|mono|di|bi|tri|poly|con|iso|sub|super|sym|asym|meta|ana|cata|en|ex|mal|pro)"
)
_LONG = 40
"""Above this number of content terms, too many words of an answer are neighbours by chance."""
_LEAST_TAIL = 5
_LONGEST_SHORT, _LONGEST_UNIT = 4, 4
_YEAR = re.compile(r"1\d{3}|20\d\d")
_MONTHS = likes("january") | {"january"}


class _Word(NamedTuple):
    term: str
    proper: bool
    """Whether it is written as a name."""
    apart: int
    """What separates it from the word before: `_NOTHING`, `_LITTLE` (of, the), `_COMMA` or `_END`."""


_NOTHING, _LITTLE, _COMMA, _END = range(4)


def rival(gold: str, answer: str, question: str) -> str:
    """The word in the answer that replaces a word of the gold; "" if there is none.

    A word replaces one of the gold if it stands between two words that both texts have, or beside one, and is
    another name of a place or person, or in brief answers any other word: then something else is meant.
    """
    wanted = _words(gold)
    if not 1 < len(wanted) <= _MOST or len(content(answer)) > _LONG:
        return ""
    told, asked, own = said(answer), said(question), said(gold)
    has = [told.closeness(word.term) > 0 or told.slip(word.term) > 0 for word in wanted]
    if all(has) or not any(has):
        return ""
    given = _words(answer)
    roots = [root(word.term) for word in given]
    fresh = [each not in asked.roots for each in roots]
    brief = sum(fresh) <= _BRIEF
    shares_a_name = any(there and word.term not in _GENERIC for word, there in zip(wanted, has, strict=True))
    for start, end in _gaps(has):
        lacking = wanted[start:end]
        if any(asked.closeness(word.term) for word in lacking) or (start and lacking[0].apart >= _COMMA):
            continue
        before = root(wanted[start - 1].term) if start else ""
        after = wanted[end] if end < len(wanted) else None
        for place, word in enumerate(given):
            if not fresh[place] or roots[place] in own.roots or is_label(word.term):
                continue
            apart = _apart(given, place, before, root(after.term) if after else "")
            bound = brief and len(wanted) == _FEW and max(wanted[1].apart, apart) == _NOTHING
            beside = apart < _END or (brief and not shares_a_name)
            known = not beside or asked.closeness(word.term) or own.closeness(word.term)
            if not known and _replaces(word, lacking, common=bound):
                return word.term
    return ""


def _apart(given: tuple[_Word, ...], place: int, before: str, after: str) -> int:
    """The separation between a word of the answer and the words around a gap of the gold."""
    far = _NOTHING
    if before:
        beside = place > 0 and root(given[place - 1].term) == before
        far = given[place].apart if beside and given[place].apart < _COMMA else _END
    if after:
        beside = place + 1 < len(given) and root(given[place + 1].term) == after
        far = max(far, given[place + 1].apart if beside else _END)
    return far


def lacks_number(gold: str, answer: str, question: str) -> bool:
    """Whether a brief gold has a number that question and answer lack; a year among words is a detail."""
    every = content(gold)
    wanted = [term for term in every if term[0].isdigit()]
    if not wanted or len(every) > _MOST or _MONTHS.intersection(every):
        return False
    told, asked = said(answer), said(question)
    numbers = wanted if len(wanted) == len(every) else [term for term in wanted if not _YEAR.fullmatch(term)]
    return any(not (told.closeness(number) or asked.closeness(number)) for number in numbers)


def _gaps(has: list[bool]) -> Iterator[tuple[int, int]]:
    """The runs of words that the answer lacks, as `(start, end)`."""
    start = 0
    for place in range(1, len(has) + 1):
        if place == len(has) or has[place] != has[start]:
            if not has[start]:
                yield start, place
            start = place


def _replaces(word: _Word, lacking: tuple[_Word, ...], *, common: bool) -> bool:
    """Whether a word may replace the missing words, and is not one of them in another spelling."""
    idle = word.term in TITLES or word.term in CALLINGS or word.term in _FREE
    if idle or any(_may_be(word.term, each.term) for each in lacking):
        return False
    if any(word.term in likes(each.term) for each in lacking):
        return True
    only, *more = lacking
    if common and word.proper and only.proper and only.term in _GENERIC:
        return True  # Manchester City, Manchester United
    if word.proper and word.term not in _GENERIC:
        return any(each.proper and each.term not in _GENERIC and each.term not in TITLES for each in lacking)
    if more or only.term in _FREE or only.term in TITLES:
        return False
    return _is_counterpart(word.term, only.term) or (common and only.term not in _GENERIC)


def _may_be(one: str, other: str) -> bool:
    """Whether one is the other misspelled, abbreviated (`hrs`) or another form of that given name."""
    shorter, longer = sorted((one, other), key=len)
    if alike(one, other) or are_forms(one, other) or spelling(one) == spelling(other):
        return not _is_counterpart(one, other)
    letters = iter(longer)
    shortened = len(shorter) <= _LONGEST_SHORT and all(letter in letters for letter in shorter)
    unit = len(longer) <= _LONGEST_UNIT and one[:2] == other[:2]  # Mbit and Mbps
    return one[0] == other[0] and (shortened or unit or longer.startswith(shorter))


def _is_counterpart(one: str, other: str) -> bool:
    """Whether two scientific words differ in an ending or prefix: oxide, chloride; endo-, exothermic."""
    end, others = _ENDINGS.search(one), _ENDINGS.search(other)
    if end and others and (end[0] == others[0] or one[: end.start()] == other[: others.start()]):
        return one != other
    tail, others_tail = _PREFIX.sub("", one), _PREFIX.sub("", other)
    same = len(tail) >= _LEAST_TAIL and (tail in (others_tail, other) or others_tail == one)
    return same and one != other


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[_Word, ...]:
    """The content terms of a text in order."""
    proper: set[str] = set()
    apart: dict[tuple[str, str], int] = {}
    marks: list[str] = _WORDS.findall(text)
    plain = any(mark[0].islower() and mark not in FUNCTION_WORDS for mark in marks)
    last, gap, opens = "", _NOTHING, True
    for mark, following in pairwise((*marks, "")):
        if not mark[0].isalnum():
            gap = max(gap, _COMMA if mark == "," else _END)
            opens = opens or mark != ","
            continue
        parts = (mark.lower(),) if mark.isascii() and mark.isalpha() else terms(mark)
        # A capital at the start of a sentence shows no name, unless the next word has one too.
        if mark[0].isupper() and not (opens and plain and not following[:1].isupper()):
            proper.update(parts)
        opens = False
        if mark.lower() in FUNCTION_WORDS or not parts:
            gap = max(gap, _LITTLE)
            continue
        apart[last, parts[0]] = gap
        last, gap = parts[-1], _NOTHING
    every = content(text)
    return tuple(
        _Word(term, term in proper, apart.get((before, term), _LITTLE))
        for before, term in pairwise(("", *every))
    )
