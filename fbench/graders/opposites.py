"""Words of which one excludes the others: `north` is not south, and `Monday` is not Tuesday."""

from __future__ import annotations

from collections.abc import Mapping

from fbench.datasets.english import MONTHS

__all__ = ["likes"]

_GROUPS = (
    "north south east west northeast northwest southeast southwest",
    "northern southern eastern western",
    "before after during",
    "left right",
    "upper lower middle",
    "early late mid",
    "positive negative neutral",
    "male female",
    "elder younger",
    "jr sr",
    "am pm",
    "bc ad",
    "monday tuesday wednesday thursday friday saturday sunday",
    " ".join(MONTHS),
    "spring summer autumn winter",
    "black white red green blue yellow orange purple pink brown grey gray gold silver bronze",
    "hundred thousand million billion trillion",
    "increase increases increased decrease decreases decreased",
    "maximum minimum",
    "highest lowest",
    "largest smallest",
    "hot cold",
    "oral intravenous",
    "systolic diastolic",
    "king queen",
    "mother father",
    "brother sister",
    "son daughter",
    "husband wife",
    "uncle aunt",
)
_LIKES: Mapping[str, frozenset[str]] = {
    word: frozenset(group.split()) - {word} for group in _GROUPS for word in group.split()
}


def likes(term: str) -> frozenset[str]:
    """The words that exclude a term; none for most."""
    return _LIKES.get(term, frozenset())
