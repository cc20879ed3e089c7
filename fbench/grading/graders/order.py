"""Golds that are an order or a relation: the answer must name the same things in the same direction.

An order is a chain (`4 < 6 < 2`, `A -> B`), a list if the question asks for an order, or a text that says
what comes first. A relation is a comparison (`A is older than B`), a direction (`London to Paris`), or one
or two words between two others (`A beat B`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from fbench.grading.graders.evidence import stands_in
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.normalise import normalise
from fbench.grading.graders.terms import content, terms

__all__ = ["in_order", "is_turned"]

_LESS = (
    "less smaller lower fewer younger shorter lighter slower weaker colder cooler poorer earlier nearer "
    "closer softer narrower thinner darker shallower cheaper worse sooner easier"
)
_MORE = (
    "more greater larger bigger higher older taller longer heavier faster quicker stronger hotter warmer "
    "richer later farther further harder wider thicker brighter deeper dearer better "
    "difficult expensive"
)
_THAN = re.compile(
    r",?\s(?:which |that )?(?:(?:is|are|was|were|has|have|had|being) )?(?:(?:much|far|slightly|even) )?"
    rf"(?:(?P<less>less \w+|{_LESS.replace(' ', '|')})|(?P<more>more \w+|{_MORE.replace(' ', '|')})) than\s"
    r"|\s(?:(?:is|are|was|were|comes?|came|happened|occurs?|occurred) )?"
    r"(?:(?P<before>before)|(?P<after>after))\s"
    r"|\s(?:(?P<precedes>preced(?:es?|ed))|(?P<follows>follow(?:s|ed)?))\s(?!by\b)"
)
_MAY_COMPARE = (" than ", " before ", " after ", " precede", " follow")
_SIGNS = re.compile(
    r"\s*(?:<-{1,2}|[-=~]{1,2}>|>=|<=|[<>=~\u2190\u2192\u21d2\u21d0\u226a\u226b\u227a\u227b])\s*"
)
_MAY_BE_ORDER = re.compile(
    r"[<>=~\u2190\u2192\u21d2\u21d0\u226a\u226b\u227a\u227b]| (?:than|before|after|preced|follow|then)"
)
_RISES = frozenset(("<", "<=", "\u227a", "\u226a", "->", "-->", "=>", "==>", "~>", "\u2192", "\u21d2"))
_FALLS = frozenset((">", ">=", "\u227b", "\u226b", "<-", "<--", "\u2190", "\u21d0"))
_ASKS = re.compile(
    r"\b(?:(?:in|what|which|correct|right|proper|chronological|ascending|descending|increasing|decreasing"
    r"|alphabetical|logical|numerical) (?:is the |the )?(?:\w+ ){0,2}?(?:order|sequence)\b"
    r"|order (?:of the|do|does|did|should|are|were)\b|sequence of\b|rank(?:ed|ing)?\b|sort(?:ed)?\b"
    r"|arranged?\b|chronologically\b|\w+(?:est|most|least) (?:first|to (?:the )?\w+(?:est|most|least))\b"
    r"|from (?:high|low|large|small|first|most|least|best|worst) to \w+|first to last|last to first"
    r"|reihenfolge|sortiere\w*|ordne\b|(?:dans|en) quel ordre|par ordre|classe[zr]\b"
    r"|(?:en|en que|de que) orden\b|ordena\b|ordenar?\b|in (?:che|quale|quali) ordine|ordina\b"
    r"|em que ordem|volgorde|rangschik)"
    r"|\u043f\u043e\u0440\u044f\u0434\u043a|\u987a\u5e8f|\u6392\u5e8f|\u6392\u5217|\u9806\u756a|\u9806\u5e8f|\uc21c\uc11c"
)
_MAY_ASK = (
    "ord",
    "sequence",
    "rank",
    "rang",
    "sort",
    "chronolog",
    "st first",
    "st to ",
    "from ",
    "folge",
    "classe",
)
"""Every ASCII question that asks for an order contains one of these, and most questions contain none."""
_ANY_ORDER = re.compile(
    r"\bin (?:any|no (?:particular|special)) order\b|\bin order to\b|\border of magnitude\b"
)
_JOINT = re.compile(
    r"\s*(?:[,;]?\s*\b(?:followed by|and then|then|und dann|dann|et puis|puis|y luego|luego|e poi|poi)\b"
    r"|[,;]\s*(?:(?:and|und|et|y|e|en)\s)?|\s(?:and|und|et|y|en|&)\s|\n|[\uff0c\u3001])\s*"
)
_LEAD = re.compile(
    r"^(?:(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth|fifth|next|then|finally|last(?:ly)?|and"
    r"|after that)\b[,:]?\s*)+"
)
_SAYS_ORDER = re.compile(r"\bfirst\b.*\b(?:then|second|next)\b|\bfollowed by\b|, (?:and )?then\b")
_NUMBERED = re.compile(r"^[ \t]*(?:\(?\d{1,2}[.):]|[-*\u2022])[ \t]+", re.MULTILINE)
_SEGMENT = re.compile(r"(?<=[.;!?:])\s+|\n{2,}")
_ARTICLE = re.compile(r"^(?:the|an?)\s+")
_EDGES = " .,\"'*`()$"
_LONGEST = 8
_MOST = 30
_ALIKE = (
    "vs versus v married marries met meets equals equal meet near like plus times "
    "und oder et ou y e o ed en og och"
)
_BOTH_WAYS = frozenset(_ALIKE.split())
_WORDS_BETWEEN = 2
_LABEL = 2
_WORD = re.compile(r"[^\W\d_]+")
_NEXT, _JOINS = 8, (",", "<", ">", "-", "=", "\u2192", "\u2190")
_ANOTHER = re.compile(r"(?<![\w.])(?:\d+|[b-z])(?!\w)")
_LEAST_TURNED = 3
_MAY_RELATE = re.compile(r"^(?!.*(?:[,;]| and ))(?=.* [a-z])")
"""A relation has a word without a capital, and is not a list."""
_TURNED = "the answer has the relation the other way round"


class _Chain(NamedTuple):
    """Things from first to last, in levels; a level holds ties. `compares`: words expressed a comparison."""

    levels: tuple[frozenset[str], ...]
    compares: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(item for level in self.levels for item in sorted(level))

    @property
    def exact(self) -> bool:
        """Whether all items are numbers or letters, which have no other name."""
        return all(len(item) <= _LABEL or item.isdigit() for item in self.items)


def in_order(gold: str, answer: str, question: str) -> Grade | None:
    """The grade if the gold is an order or comparison; None if it is neither or other rules must decide."""
    if not (_asks(question) or _MAY_BE_ORDER.search(gold)):
        return None
    wanted = _wanted(gold, question)
    if wanted is None:
        return None
    told = _listed(answer)
    levels = _last_levels(told, wanted)
    if levels is None and wanted.exact:
        levels = _last_levels(_WORD.sub(_as_number, told), wanted) or _run_together(told, wanted)
        if levels is None:
            return Grade(Verdict.INCORRECT, "order", "the answer lacks a part of the order, or adds one")
    if levels is None:
        return None
    if levels != wanted.levels:
        return Grade(
            Verdict.INCORRECT, "order", _TURNED if wanted.compares else "the answer has another order"
        )
    return None if wanted.compares else Grade(Verdict.CORRECT, "order", "the answer has the same order")


def _last_levels(told: str, wanted: _Chain) -> tuple[frozenset[str], ...] | None:
    """The order in the last part of the answer that has one, or in the whole answer; else None."""
    pattern = _any_of(wanted.items)
    parts = [told] if _SEGMENT.search(told) is None else [*reversed(_SEGMENT.split(told)), told]
    return next((levels for part in parts if (levels := _levels(part, pattern, wanted))), None)


def _as_number(word: re.Match[str]) -> str:
    return " ".join(terms(word[0]))


def _run_together(told: str, wanted: _Chain) -> tuple[frozenset[str], ...] | None:
    """The order if single characters are written without separators: `52134`."""
    if told.strip(" .") == "".join(wanted.items) and all(len(item) == 1 for item in wanted.items):
        return wanted.levels
    return None


@lru_cache(maxsize=1024)
def _asks(question: str) -> bool:
    asked = normalise(question)
    if asked.isascii() and not any(map(asked.__contains__, _MAY_ASK)):
        return False
    return _ASKS.search(asked) is not None and _ANY_ORDER.search(asked) is None


@lru_cache(maxsize=4096)
def _wanted(gold: str, question: str) -> _Chain | None:
    told = normalise(gold)
    compares = any(map(told.__contains__, _MAY_COMPARE))
    if compares:
        told = _compared(told)
    if _SIGNS.search(told):
        return _chain(told, compares=compares)
    if not (_asks(question) or _SAYS_ORDER.search(told)):
        return None
    items = [_item(part) for part in _JOINT.split(_NUMBERED.sub("", told))]
    items = [item for item in items if item]
    if len(set(items)) < max(2, len(items)) or len(items) > _MOST:
        return None
    if any(len(item.split()) > _LONGEST for item in items):
        return None
    return _Chain(tuple(frozenset((item,)) for item in items))


def _item(text: str) -> str:
    return _ARTICLE.sub("", _LEAD.sub("", text.strip(_EDGES))).strip(_EDGES)


def _compared(told: str) -> str:
    """The text with the words of comparisons replaced by `<` and `>`."""

    def sign(match: re.Match[str]) -> str:
        return " < " if match["less"] or match["before"] or match["precedes"] else " > "

    return _THAN.sub(sign, told)


def _chain(told: str, *, compares: bool) -> _Chain | None:
    parts = [_item(part) for part in _SIGNS.split(told)]
    signs = [match.group().strip() for match in _SIGNS.finditer(told)]
    if (
        len(parts) < 2
        or not all(content(part) for part in parts)
        or any(len(p.split()) > _LONGEST for p in parts)
    ):
        return None
    rises, falls = _RISES.intersection(signs), _FALLS.intersection(signs)
    if bool(rises) == bool(falls) or len(set(parts)) < len(parts) or len(parts) > _MOST:
        return None
    levels: list[frozenset[str]] = [frozenset(parts[:1])]
    for part, sign in zip(parts[1:], signs, strict=True):
        if sign in _RISES or sign in _FALLS:
            levels.append(frozenset((part,)))
        else:
            levels[-1] |= {part}
    return _Chain(tuple(levels[::-1] if falls else levels), compares)


@lru_cache(maxsize=1024)
def _any_of(items: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(items, key=len, reverse=True)
    return re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, longest_first))})(?!\w|\.\d)")


def _listed(answer: str) -> str:
    """The normalised answer without the numbers or bullets of its lines."""
    lines = answer.splitlines()
    if sum(_NUMBERED.match(line) is not None for line in lines) > 1:
        answer = ", ".join(_NUMBERED.sub("", line) for line in lines)
    told = normalise(answer)
    return _compared(told) if any(map(told.__contains__, _MAY_COMPARE)) else told


def _levels(part: str, pattern: re.Pattern[str], wanted: _Chain) -> tuple[frozenset[str], ...] | None:
    """The wanted items in the order of this part of the answer, first to last; None if one is missing."""
    mentions = list(pattern.finditer(part))
    first: dict[str, re.Match[str]] = {}
    for mention in mentions:
        first.setdefault(mention.group(), mention)
    if len(first) < len(wanted.items):
        return None
    gaps = [part[one.end() : other.start()] for one, other in pairwise(first.values())]
    signs = [_SIGNS.findall(gap) for gap in gaps]
    kinds = {sign.strip() for between in signs for sign in between}
    if wanted.compares and not kinds:
        return None
    if wanted.exact:
        around = [
            *gaps,
            _joined(part[: mentions[0].start()][::-1])[::-1],
            _joined(part[mentions[-1].end() :]),
        ]
        if any(_ANOTHER.search(pattern.sub(" ", text)) for text in around):
            return None
    levels: list[frozenset[str]] = []
    for place, item in enumerate(first):
        tied = place and any(sign.strip() in {"=", "~"} for sign in signs[place - 1])
        if tied:
            levels[-1] |= {item}
        else:
            levels.append(frozenset((item,)))
    falls = bool(_FALLS & kinds) and not _RISES & kinds
    return tuple(levels[::-1] if falls else levels)


def _joined(text: str) -> str:
    """The start of a text if a comma or sign joins it to the text before, as in a list or chain; else ""."""
    return text[:_NEXT] if text.lstrip()[:1] in _JOINS else ""


def is_turned(gold: str, answer: str) -> bool:
    """Whether the answer has a relation of the gold with the two sides exchanged: `Bob beat Ann`."""
    way = " to " in gold
    wanted = content(gold)
    if not (way or _LEAST_TURNED <= len(wanted) <= _LONGEST) or not _MAY_RELATE.search(gold):
        return False
    if stands_in(gold, answer):
        return False
    if way and " to " in answer and _other_way(gold, answer):
        return True
    if len(wanted) < _LEAST_TURNED:
        return False
    told = f" {' '.join(content(answer))} "
    for start in range(1, len(wanted)):
        for end in range(start + 1, min(start + 1 + _WORDS_BETWEEN, len(wanted))):
            between = wanted[start:end]
            turned = (*wanted[end:], *between, *wanted[:start])
            worded = any(map(str.isalpha, between))
            if (
                worded
                and turned != wanted
                and not _BOTH_WAYS.issuperset(between)
                and f" {' '.join(turned)} " in told
            ):
                return True
    return False


def _other_way(gold: str, answer: str) -> bool:
    """Whether an answer has the opposite direction of the gold: `Paris to London`."""
    start, _, end = gold.partition(" to ")
    there, back = content(start), content(end)
    if there == back or max(len(there), len(back)) > _WORDS_BETWEEN + 1:
        return False
    return f" {' '.join((*back, *there))} " in f" {' '.join(content(answer))} "
