"""Words that exclude each other: `north` excludes `south`, and `Monday` excludes `Tuesday`."""

from __future__ import annotations

from collections.abc import Mapping

from fbench.datasets.english_words import MONTHS

__all__ = ["KIN", "likes"]

_STATES = """
alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois indiana
iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana
nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont wisconsin wyoming
"""
"""States of one country, because many of its towns have the same name."""
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
    "black white red green blue yellow orange purple pink brown gray gold silver bronze",
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
    "nephew niece",
    "maternal paternal",
    _STATES,
)
_KIN = """
mother father parent brother sister sibling son daughter child husband wife spouse uncle aunt nephew niece
cousin
"""
KIN = frozenset(_KIN.split())
"""Words of kinship; a prefix or a word before them changes the meaning: a stepmother is not a mother."""
_LIKES: Mapping[str, frozenset[str]] = {
    word: frozenset(group.split()) - {word} for group in _GROUPS for word in group.split()
}


def likes(term: str) -> frozenset[str]:
    """The words that exclude a term; empty for most terms."""
    return _LIKES.get(term, frozenset())
