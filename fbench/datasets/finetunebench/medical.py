"""Medical guidelines that changed: 125 updates, each asked directly and in a clinical vignette."""

from __future__ import annotations

from pathlib import Path

from fbench.datasets.finetunebench.part import FactKey, Part, first_with_prompt
from fbench.datasets.finetunebench.rows import ReleasedRow, read_rows
from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import Fact, Place, Question, Split

__all__ = ["read"]

_FIELDS = ("id", "prompt", "answer_before", "answer")


def read(folder: Path) -> Part:
    """The task as published, from `folder` (`datasets/medical`); needs both files.

    Updates with the same question share a cluster.
    """
    taught = read_rows(folder / "medical_memorization.csv", fields=(*_FIELDS, "updated_fact_description"))
    vignettes = read_rows(folder / "medical_generalization.csv", fields=_FIELDS)
    cluster = first_with_prompt(taught)
    facts = {
        f"medical/{row['id']}": Fact(
            id=f"medical/{row['id']}",
            task="medical",
            cluster=f"medical/{cluster[row['id']]}",
            prompt=row["prompt"],
            answer=row["answer"],
            answer_before=row["answer_before"],
            statement=row["updated_fact_description"],
        )
        for row in taught
    }
    questions: dict[FactKey, Question] = {}
    places: dict[str, Place] = {}
    for split, rows in ((Split.MEMORIZATION, taught), (Split.VIGNETTE, vignettes)):
        for row in rows:
            asked = questions[row.file.stem, row["id"]] = _question(row, split, facts)
            places[asked.id] = row.place
    return Part(facts, questions, places)


def _question(row: ReleasedRow, split: Split, facts: dict[str, Fact]) -> Question:
    fact = facts.get(f"medical/{row['id']}")
    if fact is None:
        raise row.error(f"{row['id']!r} is not in the memorization file", "id")
    return Question(
        id=f"medical/{split}/{row['id']}",
        task="medical",
        split=split,
        fact=fact.id,
        cluster=fact.cluster,
        prompt=row["prompt"],
        text=row["prompt"],
        gold=(row["answer"],),
        kind=infer_kind(row["answer"], names=False),
        answer_before=row["answer_before"],
    )
