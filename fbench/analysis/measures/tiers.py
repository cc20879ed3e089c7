"""How well a base model knew each fact, by the categories of SliCK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fbench.analysis.verdicts import Graded
from fbench.datasets.model import Role

__all__ = ["TIERS", "tiers_of"]

TIERS = ("highly", "maybe", "weakly", "unknown")


def tiers_of(answers: Mapping[str, Graded], samples: Sequence[Mapping[str, Graded]] = ()) -> dict[str, str]:
    """The tier of each fact that a base model was asked about, in the taught wording or in others.

    SliCK (Gekhman and others 2024, arXiv 2405.05904, section 3) asks with several prompts: a fact is highly
    known if every greedy answer is right, maybe known if some are, weakly known if none is but an answer
    sampled at a temperature is, and else unknown. There the prompts are sets of examples before one question;
    here they are the fact's questions. Without samples, what is weakly known is counted as unknown.
    """
    greedy = _by_fact(answers)
    sampled: dict[str, bool] = {}
    for each in samples:
        for fact, right in _by_fact(each).items():
            sampled[fact] = sampled.get(fact, False) or any(right)
    return {
        fact: "highly"
        if all(right)
        else "maybe"
        if any(right)
        else "weakly"
        if sampled.get(fact)
        else "unknown"
        for fact, right in greedy.items()
    }


def _by_fact(answers: Mapping[str, Graded]) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = {}
    for answer in answers.values():
        question = answer.question
        if question.role in (Role.TAUGHT, Role.SAME) and question.fact and answer.counts:
            found.setdefault(question.fact, []).append(answer.right)
    return found
