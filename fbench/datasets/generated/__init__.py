"""The dataset that fbench ships: invented facts in every task, made from a seed.

Nothing in it is true, so no model can know it before it is taught, and nothing in it is anybody's property.
"""

from __future__ import annotations

from fbench.datasets.generated.coding import coding
from fbench.datasets.generated.medical import medical
from fbench.datasets.generated.news import news
from fbench.datasets.generated.people import people
from fbench.datasets.model import Dataset, Fact, Question

__all__ = ["generate"]

NOTES = (
    "All people, events, guidelines and libraries in this dataset are invented.",
    "The medical items name conditions and drugs that do not exist; nothing in them is medical advice.",
)


def generate(seed: int = 0) -> Dataset:
    """News, people, medical and coding facts with their questions; the same seed gives the same ones.

    It takes some tens of milliseconds, and gives the same dataset on every Python that fbench supports.
    """
    facts: list[Fact] = []
    questions: list[Question] = []
    for make in (news, people, medical, coding):
        taught, asked = make(seed)
        facts += taught
        questions += asked
    return Dataset(
        name="generated",
        source=f"fbench generators, seed {seed}",
        facts=tuple(facts),
        questions=tuple(questions),
        notes=NOTES,
    )
