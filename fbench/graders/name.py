"""Grade names of people: a surname is enough where no other given name stands before it."""

from __future__ import annotations

import re

from fbench.graders.model import Grade, Verdict
from fbench.graders.negation import asserted, negations
from fbench.graders.short import offers_choice
from fbench.graders.vocabulary import FUNCTION_WORDS, TITLES
from fbench.graders.words import words

__all__ = ["name", "names_person"]

_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]*")


def name(gold: str, answer: str, question: str) -> Grade:
    """Correct where the answer has the whole name, the surname, or the given name and one more."""
    told = answer if negations(question) else asserted(answer)
    if offers_choice(told, gold, question):
        return Grade(Verdict.INCORRECT, "name", "the answer offers a choice of names")
    if names_person(gold, told, question):
        return Grade(Verdict.CORRECT, "name", "the answer names the person")
    return Grade(Verdict.INCORRECT, "name", "the answer does not name the person")


def names_person(gold: str, answer: str, question: str) -> bool:
    """Whether the answer has the gold's name, or its surname with no other given name before it."""
    wanted = [word for word in words(gold) if word not in TITLES and len(word) > 1]
    if not wanted:
        return False
    told = words(answer)
    found = set(told)
    if found.issuperset(wanted):
        return True
    if len(wanted) > 2 and sum(word in found for word in wanted) >= 2 and wanted[0] in found:
        return True
    asked = set(words(question))
    surname = wanted[-1]
    if surname not in found or surname in asked:
        return False
    given = _before(surname, answer)
    return all(
        word in wanted or word in TITLES or word in asked or word in FUNCTION_WORDS or initial(word, wanted)
        for word in given
    )


def initial(word: str, wanted: list[str]) -> bool:
    """Whether a word is the first letter of one of the names."""
    return len(word) == 1 and any(one.startswith(word) for one in wanted)


def _before(surname: str, answer: str) -> list[str]:
    """The capitalised words right before each mention of the surname, normalised."""
    given: list[str] = []
    last = ""
    for match in _NAME.finditer(answer):
        written = match.group()
        plain = words(written)
        if plain and plain[-1] == surname:
            if last[:1].isupper() or (last and last == last.lower() and answer == answer.lower()):
                given += words(last)
            last = ""
        else:
            last = written
    return given
