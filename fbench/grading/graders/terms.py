"""The terms of a text that graders of phrases compare: words and numbers in one standard spelling."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from fbench.datasets.english_words import ORDINALS, SMALL, TENS
from fbench.grading.graders.normalise import letter_runs, normalise
from fbench.grading.graders.opposites import KIN
from fbench.grading.graders.roots import STEM, alike, is_derived, root, spelling
from fbench.grading.graders.vocabulary import FUNCTION_WORDS

__all__ = ["MISSPELT", "Said", "content", "is_label", "said", "terms"]

_TERM = re.compile(
    r"[^\W\d_]++(?!\d)"  # a word: first, since most terms are words
    r"|\d+[a-z](?![^\W_])|\d+(?:[.:]\d+)*"  # a class (2a), or a number that a unit may directly follow
    r"|[^\W\d_]{5,}+(?=\d{1,2}(?![^\W_]))"  # a word with a footnote number after it
    r"|[^\W\d_]+\d+(?![^\W_])|[^\W\d_]+"  # a name with a number (pcv21), or the letters before one
)
_ASCII_TERM = re.compile(_TERM.pattern.replace(r"[^\W\d_]", "[a-z]").replace(r"[^\W_]", r"[a-z\d]"), re.ASCII)
"""The same for a normalised ASCII text, in two thirds of the time."""
# These patterns start with a literal character: one that starts with a look-behind is many times slower.
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_POSSESSIVE = re.compile(r"'(?:s\b|(?<=s')(?=\s|$))")
_MAY_BE_INITIALS = re.compile(r"\. ?[a-z](?:\.|$)")
_INITIALS = re.compile(r"(?<![\w.])(?:[a-z]\. ?){1,7}[a-z](?:\.(?!\w)|$)")
_SPELLED = re.compile(r"\b(?:[a-z][ -]){2,}[a-z]\b(?!')")
_LONGEST_SPELLED = 60
"""Only shorter texts (in characters) spell a word letter by letter (`J K L`); sentences do not."""
_JOINING = str.maketrans("", "", ". -")
_FIRST = re.compile(
    r"\b(?!(?:The|Yes|No|So|And|But|Then|When|If|As|While|What|Sorry|Sure|Actually|However|Therefore|Here|That"
    r"|Do|Did|Am)\b)([A-Z][^\W\d_]+) (I|V)(?![\w'\u2019])"
    r"(?! (?:am|think|believe|do|did|can|cannot|could|would|have|know|apologi[sz]e|found|will)\b)"
)
"""Matches `World War I`, not `Sorry I did`."""
_RELATION = re.compile(
    r"\b(?:great[- ](?=great|grand|uncle|aunt|nephew|niece))*(?:(?:step|half|foster|grand|ex)[- ]|god-)?"
    rf"(?:grand)?(?:{'|'.join(sorted(KIN))})s?(?:[- ]in[- ]law)?\b"
)
"""A word of kinship with the words that modify it: `half brother`, `mother-in-law`."""
_KIN_WORDS = frozenset(f"{grand}{word}{s}" for grand in ("", "grand") for word in KIN for s in ("", "s"))
_NON = re.compile(r"\bnon-(?=[a-z])")
_NUMERAL = re.compile(r" [IV](?![\w'\u2019])")
_LETTER = re.compile(r" A(?<=[^\W\d_] A)(?=[.,;:)]|$| (?:and|or|is|was)\b)")
_A = "a0"
"""The term for the letter A if it is not the article: `vitamin A`."""
_LANDS = re.compile(
    r"\b(?:(?P<states>united states(?: of america)?|usa|(?<=\bthe )us)|united kingdom|great britain|uk)\b"
)
_OF_LONGER_NAMES = _KIN_WORDS | {"united", "usa", "us", "britain", "uk"}
"""A text with a relation or a country, which may be several words, has one of these terms."""
_PLACE = re.compile(r"\d(?:st|nd|rd|th|s)\b")
_NO_LETTER_RUNS = re.compile(r"[\d\u0080-\U0010ffff]")
"""A digit, or a character that is not ASCII."""
_ROMAN = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii xxiii"
_WRITTEN: Mapping[str, str] = {
    **{word: str(value) for word, value in (SMALL | ORDINALS | TENS).items()},
    **{numeral: str(value) for value, numeral in enumerate(_ROMAN.split(), start=1) if len(numeral) > 1},
    "once": "1",
    "twice": "2",
    "saint": "st",
}
_REWRITTEN = frozenset(_WRITTEN)
_KIN_ENDS = tuple(sorted(KIN))
_PREFIXES = """
anti counter extra hyper hypo inter intra macro meta micro mono multi neo non out over penta per peri poly
post pre pro proto pseudo quasi semi sub super tetra trans tri ultra under
"""
_OPPOSING = frozenset(_PREFIXES.split())
"""Prefixes that change the meaning of a word: a trioxide is not an oxide."""
_EMPTY = FUNCTION_WORDS | {"or", "also", "about"}
MISSPELT, _KIN = 0.9, 0.8
"""How surely a text has a term of which it has another spelling, or a related word."""
_SHORTEST_MISSPELT = 5
_SURE_END = 4
"""A slip is not accepted in this many last letters: nitrite is not nitrate."""
_SHORTEST_PART = 3
_LEAST_BEFORE = 3
_T = TypeVar("_T")


@lru_cache(maxsize=4096)
def terms(text: str) -> tuple[str, ...]:
    """All terms in order: `U.S.` gives `us`, `nineteenth` and `19th` give `19`, `Smith's` gives `smith`."""
    if (" I" in text or " V" in text) and _NUMERAL.search(text):
        text = _FIRST.sub(lambda named: f"{named[1]} {1 if named[2] == 'I' else 5}", text)
    if " A" in text:
        text = _LETTER.sub(f" {_A}", text)
    told = normalise(text)
    if "'" in told:
        told = _POSSESSIVE.sub(" ", told.replace("n't", " not")).replace("'", "")
    if (told.count(".") > 1 or told[-2:-1] == ".") and _MAY_BE_INITIALS.search(told):
        told = _INITIALS.sub(_joined, told)
    if len(told) < _LONGEST_SPELLED:
        told = _SPELLED.sub(_joined, told)
    if "non-" in told:
        told = _NON.sub("non", told)
    found = _split(told)
    if not _OF_LONGER_NAMES.isdisjoint(found):
        found = _split(_with_names_in_one(told))
    if _REWRITTEN.isdisjoint(found):
        return tuple(found)
    return tuple([_WRITTEN.get(term, term) for term in found])


def _split(told: str) -> list[str]:
    if not _NO_LETTER_RUNS.search(told):
        return letter_runs(told)  # what `_TERM` finds there
    told = _PLACE.sub(lambda place: place[0][0], _THOUSANDS.sub("", told).replace(":00", ""))
    return (_ASCII_TERM if told.isascii() else _TERM).findall(told)


def _with_names_in_one(told: str) -> str:
    """The text with each relation and each country as one word."""
    told = _RELATION.sub(_joined, told)
    return _LANDS.sub(lambda land: " america " if land["states"] else " britain ", told)


def _joined(letters: re.Match[str]) -> str:
    return letters[0].translate(_JOINING)


def is_label(term: str) -> bool:
    """Whether a term is a number or a letter, which distinguish things of one name: type 2, vitamin D."""
    return term[0].isdigit() or len(term) == 1 or term == _A


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """The content terms of a text; all its terms if it has none."""
    found = terms(text)
    return tuple([term for term in found if term not in _EMPTY]) or found


class _Once(Generic[_T]):
    """`functools.cached_property` without its lock, which in 3.11 takes longer than most of these values."""

    def __init__(self, read: Callable[[Said], _T]) -> None:
        self._read = read
        self._name = read.__name__

    def __get__(self, text: Said, _owner: type[Said]) -> _T:
        value = vars(text)[self._name] = self._read(text)
        return value


class Said:
    """A text prepared for look-ups; each property is computed when first used."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._close: dict[str, float] = {}
        self.spaced = f" {' '.join(terms(text))} "

    @_Once
    def content(self) -> tuple[str, ...]:
        """The content terms."""
        return content(self._text)

    @_Once
    def content_roots(self) -> tuple[str, ...]:
        """The roots of the content terms, in order."""
        return tuple(map(root, self.content))

    @_Once
    def roots(self) -> frozenset[str]:
        """The roots of the content terms, as a set."""
        return frozenset(self.content_roots)

    @_Once
    def numbers(self) -> frozenset[str]:
        """The terms that are numbers."""
        return frozenset(term for term in self.content if term[0].isdigit())

    @_Once
    def letters(self) -> frozenset[str]:
        """The terms that are single letters."""
        return frozenset(term for term in self.content if is_label(term) and not term[0].isdigit())

    @_Once
    def terms(self) -> frozenset[str]:
        """All terms."""
        return frozenset(terms(self._text))

    @_Once
    def together(self) -> str:
        """All terms joined without spaces."""
        return "".join(terms(self._text))

    @_Once
    def _long_by_initial(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for term in {term for term in self.content if len(term) >= _SHORTEST_MISSPELT}:
            found.setdefault(term[0], []).append(term)
        return found

    def closeness(self, term: str) -> float:
        """How surely the text has a term: 1 for its root, less for a misspelling or related word, else 0."""
        if term not in self._close:  # the names of one thing share most of their terms
            self._close[term] = self._closeness(term)
        return self._close[term]

    def _closeness(self, term: str) -> float:
        if root(term) in self.roots:
            return 1.0
        if not term.isalpha():
            return 0.0  # a number or a code: one other character makes it different
        if len(term) >= _SHORTEST_MISSPELT:
            others = self._long_by_initial.get(term[0], ())
            if others and self._has_spelling(term, others):
                return MISSPELT
            start = term[:STEM]
            if any(other.startswith(start) and is_derived(term, other) for other in others):
                return _KIN
        return _KIN if self._has_compound(term) else 0.0

    def slip(self, term: str) -> float:
        """As `closeness`, for a slip before the last letters; only the gold's other words can confirm it."""
        if len(term) < _SHORTEST_MISSPELT or not term.isalpha():
            return 0.0
        others = self._long_by_initial.get(term[0], ())
        end = term[-_SURE_END:]
        return MISSPELT if any(other.endswith(end) and alike(term, other) for other in others) else 0.0

    @staticmethod
    def _has_spelling(term: str, others: Sequence[str]) -> bool:
        wanted, least, most = {spelling(term), spelling(root(term))}, len(term) - 2, len(term) + 2
        return any(
            least <= len(other) <= most and (spelling(other) in wanted or spelling(root(other)) in wanted)
            for other in others
        )

    def _has_compound(self, term: str) -> bool:
        """Whether a word of the text ends in the term: `handbag` in `bag`; never for kinship terms."""
        if len(term) < _SHORTEST_PART or f"{term} " not in self.spaced or term.endswith(_KIN_ENDS):
            return False
        least = len(term) + _LEAST_BEFORE
        return any(
            len(other) >= least and other.endswith(term) and other[: -len(term)] not in _OPPOSING
            for other in self.content
        )


@lru_cache(maxsize=4096)
def said(text: str) -> Said:
    """The prepared form of a text."""
    return Said(text)
