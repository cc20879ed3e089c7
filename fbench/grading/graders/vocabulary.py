"""Word lists that several rules use."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "CALLINGS",
    "FUNCTION_WORDS",
    "NOT_COUNTED",
    "NO_ANSWER",
    "PEOPLES",
    "PLACE_WORDS",
    "REFUSAL_SIGNS",
    "REFUSAL_WORDS",
    "TITLES",
]


def _set(text: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(text.split(separator))


FUNCTION_WORDS = _set(
    "a an the of in on at to for from by with as and is are was were be been being it its this that these "
    "those he she they his her their him them i we you do does did has have had will would there which who "
    "whom whose what when where how s"
)
"""Words that add nothing to an answer. Negations are not included."""

NO_ANSWER = _set(
    "none|no answer|n/a|na|not applicable|unknown|not known|i don't know|i do not know|don't know|"
    "do not know|cannot be answered|the question cannot be answered|this question cannot be answered|"
    "it cannot be answered|cannot answer|no information|no information available|not available|"
    "there is no answer|no such event|not enough information|insufficient information|i'm not sure|"
    "i am not sure|not sure|nobody knows|no one knows|no idea|no clue|no way to know|no way of knowing|"
    "idk|i dont know",
    "|",
)
"""The fixed, normalised forms that say there is no answer."""

REFUSAL_SIGNS = _set(
    "not |no |none|know|i knew|nobody|n't|dont|n/a|idk|sorry|apolog|lack|unable|unclear|impossible|difficult|"
    "insufficient|as an ai",
    "|",
)
"""Every refusal contains one of these, except `na` alone."""

REFUSAL_WORDS = _set(
    "i my no not none na n know unknown unclear impossible difficult cannot unable insufficient nobody idk "
    "sorry"
)
"""Every refusal has one of these words, except `as an AI`."""

TITLES = _set(
    "mr mrs ms dr sir lord lady rev reverend maj major gen general lt lieutenant col colonel sgt "
    "sergeant capt captain prof professor president king queen prince princess saint st jr sr ii iii "
    "iv mayor sen senator gov governor rep representative judge justice coach pope minister prime "
    "chief officer director admiral ambassador archbishop ayatollah baron baroness bishop brigadier "
    "cardinal chancellor commander commodore corporal dame duchess duke emeritus emperor empress esq frau "
    "hon herr madame marshal mme monsieur princess rabbi sheikh sheik shri sri sultan tsar czar raf usn phd "
    "obe cbe mbe kbe"
)
"""Words around a person's name that are not part of it."""

CALLINGS = _set(
    "architect artist athlete boxer captain character chef coach comedian composer cricketer designer "
    "detective director dramatist driver emperor explorer footballer general golfer governor inventor "
    "jockey king leader man mayor minister monarch musician novelist officer official painter person "
    "philosopher player playwright poet politician pope presenter queen rapper scientist senator star "
    "swimmer woman writer"
)
"""Words with which a question describes the person it asks for: `which Russian composer`."""

PLACE_WORDS = _set("city town place name called named live reside located location known answer")
"""Stems of words that a sentence around an invented name may have without adding to the answer."""

NOT_COUNTED = FUNCTION_WORDS | _set(
    "or but than after before per each out over under during high tall long wide deep old heavy away "
    "more less alone total today yesterday"
)
"""Words after a number that do not say what it counts."""

_PEOPLES_OF = {
    "america": "american",
    "argentina": "argentine",
    "britain": "british briton",
    "canada": "canadian",
    "china": "chinese",
    "cyprus": "cypriot",
    "czechia": "czech",
    "denmark": "danish dane",
    "england": "english",
    "finland": "finnish finn",
    "france": "french frenchman",
    "germany": "german germanic",
    "greece": "greek",
    "iceland": "icelandic",
    "iraq": "iraqi",
    "ireland": "irish irishman",
    "israel": "israeli",
    "japan": "japanese",
    "netherlands": "dutch holland",
    "norway": "norwegian",
    "pakistan": "pakistani",
    "peru": "peruvian",
    "philippines": "filipino philippine",
    "poland": "polish",
    "portugal": "portuguese",
    "scotland": "scottish scot",
    "spain": "spanish spaniard",
    "sweden": "swedish swede",
    "switzerland": "swiss",
    "thailand": "thai",
    "turkey": "turkish turk",
    "ukraine": "ukrainian",
    "wales": "welsh",
}
PEOPLES: Mapping[str, str] = {
    people: land for land, peoples in _PEOPLES_OF.items() for people in peoples.split()
}
"""The country of each people whose name is not a derivation of the country's name."""
