"""One task of the release, after its files are read and before the tasks are joined into a dataset."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fbench.datasets.finetunebench.rows import ReleasedRow
from fbench.datasets.model import Fact, Place, Question

__all__ = ["FactKey", "Part", "first_with_prompt"]

FactKey = tuple[str, str]
"""The key of a question of the release, for corrections: the stem of its file's name and its row's id."""


@dataclass(frozen=True, slots=True)
class Part:
    """The facts and questions of one task.

    `analysed` holds the ids of the facts in the paper's own analysis, if it used only some. `places` gives
    the place of each question in the files, by its id.
    """

    facts: dict[str, Fact]
    questions: dict[FactKey, Question]
    places: dict[str, Place]
    analysed: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    def only_analysed(self) -> Part:
        """The part without the facts and questions that the paper left out of its analysis."""
        if self.analysed is None:
            return self
        facts = {id_: fact for id_, fact in self.facts.items() if id_ in self.analysed}
        questions = {key: q for key, q in self.questions.items() if q.fact in facts}
        return replace(self, facts=facts, questions=questions)


def first_with_prompt(rows: list[ReleasedRow]) -> dict[str, str]:
    """For the id of each row, the id of the first row with the same prompt: its cluster."""
    first: dict[str, str] = {}
    return {row["id"]: first.setdefault(row["prompt"], row["id"]) for row in rows}
