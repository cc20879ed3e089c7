"""Grade names of people: a surname is enough if no other given name precedes it."""

from __future__ import annotations

import re

from fbench.grading.graders.evidence import contradicts
from fbench.grading.graders.given_names import may_be_one
from fbench.grading.graders.model import Grade, Verdict
from fbench.grading.graders.short import offers_choice, weighed
from fbench.grading.graders.vocabulary import FUNCTION_WORDS, TITLES
from fbench.grading.graders.words import folded, words

__all__ = ["name", "names_person"]

_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]*")


def name(gold: str, answer: str, question: str) -> Grade:
    """Correct if the answer has the whole name, the surname, or the given name and one more part."""
    if offers_choice(answer, gold, question):
        return Grade(Verdict.INCORRECT, "name", "the answer offers a choice of names")
    if contradicts(gold, answer, question):
        return Grade(Verdict.INCORRECT, "name", "the answer names another of that name")
    if names_person(gold, answer, question):
        return Grade(Verdict.CORRECT, "name", "the answer names the person")
    if _is_namesake(gold, answer):
        return Grade(Verdict.INCORRECT, "name", "the answer names another person of that name")
    return weighed("name", gold, answer, question)


def names_person(gold: str, answer: str, question: str) -> bool:
    """Whether the answer has the gold's name, or its surname without another given name before it."""
    wanted = _parts(gold)
    if not wanted:
        return False
    found, asked = set(words(answer)), set(words(question))
    if found.issuperset(wanted):
        return True
    fresh = sum(word in found and word not in asked for word in wanted)
    if fresh >= 2 and not all(_replaces(wanted, mention) for mention in _beside(wanted[0], answer)):
        return True
    surname = wanted[-1]
    if surname in asked:
        return False
    mentions = _beside(surname, answer)
    return bool(mentions) and all(_may_mean(wanted, mention) for mention in mentions)


def _replaces(wanted: list[str], mention: list[str]) -> bool:
    """Whether a name has another word instead of a missing one: James Earl Ray for James Earl Jones."""
    lacking = [word for word in wanted if word not in mention]
    others = [word for word in mention if word not in (*wanted, *TITLES, *FUNCTION_WORDS)]
    unnamed = [one for one in lacking if not any(may_be_one(word, one) for word in others)]
    return bool(unnamed) and any(not any(may_be_one(word, one) for one in lacking) for word in others)


def _parts(gold: str) -> list[str]:
    return [word for word in words(gold) if word not in TITLES and len(word) > 1]


def _is_namesake(gold: str, answer: str) -> bool:
    """Whether the surname has another given name, or the answer is only the given name."""
    *given, surname = _parts(gold) or [""]
    told = words(answer)
    if len(told) == 1:
        return told[0] in given
    mentions = _beside(surname, answer) if surname in told else []
    return not all(_may_mean([*given, surname], mention) for mention in mentions)


def _may_mean(wanted: list[str], mention: list[str]) -> bool:
    """Whether a mention of the surname may be the person: if first names agree, middle names may differ."""
    if any(may_be_one(word, wanted[0]) for word in mention):
        return not _replaces(wanted, mention)
    return all(
        word in wanted
        or word in TITLES
        or word in FUNCTION_WORDS
        or any(may_be_one(word, one) for one in wanted[:-1])
        for word in mention
    )


def _beside(surname: str, answer: str) -> list[list[str]]:
    """The names with this surname in the answer, as lists of words: runs of capitalised words.

    In an answer without capitals: all words between two function words.
    """
    if surname not in folded(answer):
        return []
    lower = answer == answer.lower()
    runs: list[list[str]] = [[]]
    last_end = 0
    for match in _NAME.finditer(answer):
        named = match.group()[0].isupper() or (lower and match.group() not in FUNCTION_WORDS)
        if not named or answer[last_end : match.start()].strip(" "):
            runs.append([])
        if named:
            # A possessive ends a name: Nadal's Uncle Toni.
            runs[-1] += words(match.group())
            if match.group().endswith(("'s", "\u2019s")):
                runs.append([])
        last_end = match.end()
    return [run for run in runs if surname in run]
