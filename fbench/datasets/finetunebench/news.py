"""News of September 2024: 590 articles, one question each, asked in three ways."""

from __future__ import annotations

from pathlib import Path

from fbench.datasets.finetunebench.part import FactKey, Part, first_with_prompt
from fbench.datasets.finetunebench.rows import ReleasedRow, read_rows
from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import Fact, Place, Question, Split

__all__ = ["read"]

_SPLITS = {
    Split.MEMORIZATION: "question",
    Split.REPHRASED: "rephrased_question",
    Split.DATE_CHANGED: "date_changed_question",
}
"""Each split's column with the bare question."""


def read(folder: Path) -> Part:
    """The task as published, from `folder` (`datasets/latest_news`); needs all three files.

    Articles with the same question share a cluster.
    """
    taught = read_rows(
        folder / "latest_news_memorization.csv",
        fields=("id", "prompt", "answer", "question", "fact", "used_in_analysis"),
    )
    cluster = first_with_prompt(taught)
    facts = {
        f"news/{row['id']}": Fact(
            id=f"news/{row['id']}",
            task="news",
            cluster=f"news/{cluster[row['id']]}",
            prompt=row["prompt"],
            answer=row["answer"],
            statement=row["fact"],
        )
        for row in taught
    }
    questions: dict[FactKey, Question] = {}
    places: dict[str, Place] = {}
    for split, text in _SPLITS.items():
        file = folder / f"latest_news_{split}.csv"
        rows = (
            taught
            if split is Split.MEMORIZATION
            else read_rows(file, fields=("id", "prompt", "answer", text))
        )
        for row in rows:
            asked = questions[file.stem, row["id"]] = _question(row, split, row[text], facts)
            places[asked.id] = row.place
    analysed = frozenset(f"news/{row['id']}" for row in taught if _used(row))
    return Part(facts, questions, places, analysed)


def _question(row: ReleasedRow, split: Split, text: str, facts: dict[str, Fact]) -> Question:
    fact = facts.get(f"news/{row['id']}")
    if fact is None:
        raise row.error(f"{row['id']!r} is not in the memorization file", "id")
    return Question(
        id=f"news/{split}/{row['id']}",
        task="news",
        split=split,
        fact=fact.id,
        cluster=fact.cluster,
        prompt=row["prompt"],
        text=text,
        gold=(row["answer"],),
        kind=infer_kind(row["answer"]),
    )


def _used(row: ReleasedRow) -> bool:
    if row["used_in_analysis"] not in {"True", "False"}:
        raise row.error(f"{row['used_in_analysis']!r} is neither True nor False", "used_in_analysis")
    return row["used_in_analysis"] == "True"
