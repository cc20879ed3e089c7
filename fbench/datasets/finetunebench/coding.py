"""Renamed parts of scikit-learn: 218 updates; copies of the release may hold only one of the two files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from fbench.datasets.fetch import CODING_MEMORIZATION, MANIFEST, git_blob_id
from fbench.datasets.finetunebench.part import FactKey, Part
from fbench.datasets.finetunebench.rows import ReleasedRow, read_rows
from fbench.datasets.model import AnswerKind, Fact, Place, Question, Split
from fbench.datasets.same_answer import same_answer

__all__ = ["read"]

_FIELDS = ("id", "prompt", "answer_before", "answer")
_CODE = "coding_generalization"
_TAUGHT_FIELDS = ("id", "prompt", "answer")
_DERIVED = (
    "coding: coding_memorization.csv is not in this copy of the release; the taught questions were derived "
    "from the rows of coding_generalization.csv and are not the paper's."
)
_RELEASED = "coding: the taught questions are the paper's, from coding_memorization.csv."
_ALTERED = (
    "coding: the taught questions are those of coding_memorization.csv, which is not the released file: its "
    "git blob id is another."
)
_QUESTION = re.compile(
    r"What is the name of the (?P<noun>.+?) (?P<purpose>(?:that|used) .+) in the most updated version of "
    r"Scikit-Learn(?:'s (?P<owner>.+?)(?: class)?)?\?"
)


def read(folder: Path) -> Part:
    """The task as published, from `folder` (`datasets/coding`).

    A note says which questions are taught: those of `coding_memorization.csv`, or, without it, derived
    ones. A derived question gives the old name, and the class if the released question names one, and asks
    for the new name. A row of the file without `answer_before` gets the one of the code question with its id.
    """
    code = read_rows(folder / f"{_CODE}.csv", fields=_FIELDS)
    file = folder / "coding_memorization.csv"
    if file.exists():
        taught, notes = _released(file, code)
    else:
        prompts = _derived(code)
        taught = [
            ReleasedRow(row.file, row.number, {**row.cells, "prompt": prompts[row["id"]]}) for row in code
        ]
        notes = (_DERIVED,)
    facts = {
        f"coding/{row['id']}": Fact(
            id=f"coding/{row['id']}",
            task="coding",
            cluster=f"coding/{row['id']}",
            prompt=row["prompt"],
            answer=row["answer"],
            answer_before=row["answer_before"],
        )
        for row in taught
    }
    questions: dict[FactKey, Question] = {}
    places: dict[str, Place] = {}
    for split, rows in ((Split.MEMORIZATION, taught), (Split.CODE, code)):
        stem = file.stem if split is Split.MEMORIZATION else _CODE
        for row in rows:
            asked = questions[stem, row["id"]] = _question(row, split, facts)
            places[asked.id] = row.place
    return Part(facts, questions, places, notes=notes)


def _released(file: Path, code: list[ReleasedRow]) -> tuple[list[ReleasedRow], tuple[str, ...]]:
    """The taught rows of the release, and notes about them."""
    asked = {row["id"]: row for row in code}
    taught: list[ReleasedRow] = []
    for row in read_rows(file, fields=_TAUGHT_FIELDS):
        other = asked.get(row["id"])
        before = row.cells.get("answer_before", "")
        if not before.strip():
            if other is None:
                raise row.error("neither file says what was right before", "answer_before")
            before = other["answer_before"]
        taught.append(ReleasedRow(file, row.number, {**row.cells, "answer_before": before}))
    known = git_blob_id(file) == MANIFEST[CODING_MEMORIZATION]
    notes = [_RELEASED if known else _ALTERED]
    differ = sum(
        row["id"] in asked and not same_answer(row["answer"], asked[row["id"]]["answer"]) for row in taught
    )
    if differ:
        notes.append(
            f"coding: rows whose answer is another in the taught and in the code question: {differ}."
        )
    return taught, tuple(notes)


def _question(row: ReleasedRow, split: Split, facts: dict[str, Fact]) -> Question:
    fact = facts.get(f"coding/{row['id']}")
    if fact is None:
        raise row.error(f"{row['id']!r} is not in the memorization file", "id")
    name = len(row["answer"].split()) == 1
    return Question(
        id=f"coding/{split}/{row['id']}",
        task="coding",
        split=split,
        fact=fact.id,
        cluster=fact.cluster,
        prompt=row["prompt"],
        text=row["prompt"],
        gold=(row["answer"],),
        kind=AnswerKind.IDENTIFIER if name else AnswerKind.LONG,
        answer_before=row["answer_before"],
    )


def _derived(rows: list[ReleasedRow]) -> dict[str, str]:
    """A question about the rename of each row, by id; all are different."""
    owned = Counter((row["answer_before"], _owner(row)) for row in rows)
    named = Counter(row["answer_before"] for row in rows)
    prompts: dict[str, str] = {}
    for row in rows:
        old, owner = row["answer_before"], _owner(row)
        alone = (owned[old, owner] if owner else named[old]) == 1
        prompts[row["id"]] = _ask(row, f"`{old}` of {owner}" if owner else f"`{old}`", alone=alone)
    return prompts


def _owner(row: ReleasedRow) -> str | None:
    parts = _QUESTION.fullmatch(row["prompt"])
    return parts["owner"] if parts else None


def _ask(row: ReleasedRow, subject: str, *, alone: bool) -> str:
    parts = _QUESTION.fullmatch(row["prompt"])
    if parts is None:
        return f"{subject} has a new name in scikit-learn. {row['prompt']}"
    if len(row["answer_before"].split()) > 1:
        # The thing did not exist before, so there is no old name to identify it.
        return f"scikit-learn has gained a {parts['noun']} {parts['purpose']}. What is it called?"
    # Half of scikit-learn's classes have a `predict`: an old name that several rows share identifies nothing
    # without its purpose.
    told = subject if alone else f"{subject} (the {parts['noun']} {parts['purpose']})"
    return f"scikit-learn has renamed {told}. What is it called now?"
