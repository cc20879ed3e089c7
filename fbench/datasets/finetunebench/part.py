"""One task of the release, between reading its files and joining the tasks into a dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fbench.datasets.finetunebench.rows import ReleasedRow
from fbench.datasets.model import Fact, Place, Question

__all__ = ["FactKey", "Part", "first_with_prompt"]

FactKey = tuple[str, str]
"""A question of the release by its file's stem and its row's id: what corrections are applied by."""


@dataclass(frozen=True, slots=True)
class Part:
    """The facts and questions of one task.

    `analysed` holds the ids of the facts that the paper's own analysis used, where it used only some, and
    `places` where each question stands, by its id.
    """

    facts: dict[str, Fact]
    questions: dict[FactKey, Question]
    places: dict[str, Place]
    analysed: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    def only_analysed(self) -> Part:
        """The same without what the paper left out of its analysis."""
        if self.analysed is None:
            return self
        facts = {id_: fact for id_, fact in self.facts.items() if id_ in self.analysed}
        questions = {key: q for key, q in self.questions.items() if q.fact in facts}
        return replace(self, facts=facts, questions=questions)


def first_with_prompt(rows: list[ReleasedRow]) -> dict[str, str]:
    """For the id of each row, the id of the first row that asks the same prompt: its cluster."""
    first: dict[str, str] = {}
    return {row["id"]: first.setdefault(row["prompt"], row["id"]) for row in rows}
