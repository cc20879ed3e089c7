"""Fictional people: 25 people with six attributes each, and comparisons of two of them.

The release's `id` names the person, so a fact is keyed by person and attribute. The statement in the `fact`
column is the same in three of the files and joins their rows. A comparison's id is
"person-person-attribute"; the statement in its `fact` column is about weight, whatever the question is about.
"""

from __future__ import annotations

from pathlib import Path

from fbench.datasets.finetunebench.part import FactKey, Part
from fbench.datasets.finetunebench.rows import ReleasedRow, read_rows
from fbench.datasets.model import AnswerKind, Fact, Place, Question, Split

__all__ = ["read"]

_ATTRIBUTES = {
    " weigh?": ("weight", AnswerKind.QUANTITY),
    "How tall ": ("height", AnswerKind.QUANTITY),
    "How old ": ("age", AnswerKind.QUANTITY),
    " occupation?": ("occupation", AnswerKind.SHORT),
    " favorite color?": ("color", AnswerKind.SHORT),
    " live?": ("city", AnswerKind.INVENTED_NAME),
}
"""The text in the taught question that identifies its attribute, and the kind of the attribute's values."""

_KINDS = dict(_ATTRIBUTES.values())
_COMPARED = {"favorite color": "color"}
"""Attributes with another spelling in the ids of comparisons."""

_TEXT = {
    Split.MEMORIZATION: "question",
    Split.REPHRASED: "rephrased_question",
    Split.SECONDARY: "question",
    Split.COMPARISON: "question",
}


def read(folder: Path) -> Part:
    """The task as published, from `folder` (`datasets/fictional_people`); needs all four files."""
    rows = {split: _rows(folder, split) for split in _TEXT}
    attributes = {(row["id"], row["fact"]): _attribute(row) for row in rows[Split.MEMORIZATION]}
    facts = {fact.id: fact for fact in (_fact(row, attributes) for row in rows[Split.MEMORIZATION])}
    questions: dict[FactKey, Question] = {}
    places: dict[str, Place] = {}
    for split in (Split.MEMORIZATION, Split.REPHRASED, Split.SECONDARY):
        for row in rows[split]:
            if (row["id"], row["fact"]) not in attributes:
                raise row.error("no row of the memorization file states this of this person", "fact")
            fact = facts[_fact_id(row["id"], attributes[row["id"], row["fact"]])]
            asked = _question(row, split, fact, fact.id.removeprefix("people/"))
            questions[row.file.stem, fact.id] = asked
            places[asked.id] = row.place
    persons = list(dict.fromkeys(row["id"] for row in rows[Split.MEMORIZATION]))
    for row in rows[Split.COMPARISON]:
        asked = questions[row.file.stem, row["id"]] = _comparison(row, persons, facts)
        places[asked.id] = row.place
    return Part(facts, questions, places)


def _rows(folder: Path, split: Split) -> list[ReleasedRow]:
    unique = ("id",) if split is Split.COMPARISON else ("id", "fact")
    file = folder / f"fictional_people_{split}.csv"
    return read_rows(file, fields=("id", "prompt", "answer", "fact", _TEXT[split]), unique=unique)


def _attribute(row: ReleasedRow) -> str:
    for telling, (attribute, _) in _ATTRIBUTES.items():
        if telling in row["question"]:
            return attribute
    raise row.error("the question asks for none of the six attributes", "question")


def _fact_id(person: str, attribute: str) -> str:
    return f"people/{person}/{attribute}"


def _fact(row: ReleasedRow, attributes: dict[tuple[str, str], str]) -> Fact:
    return Fact(
        id=_fact_id(row["id"], attributes[row["id"], row["fact"]]),
        task="people",
        cluster=f"people/{row['id']}",
        prompt=row["prompt"],
        answer=row["answer"],
        statement=row["fact"],
    )


def _question(row: ReleasedRow, split: Split, fact: Fact, key: str, also: tuple[str, ...] = ()) -> Question:
    yes_no = split in {Split.SECONDARY, Split.COMPARISON}
    return Question(
        id=f"people/{split}/{key}",
        task="people",
        split=split,
        fact=fact.id,
        also=also,
        cluster=fact.cluster,
        prompt=row["prompt"],
        text=row[_TEXT[split]],
        gold=(row["answer"],),
        kind=AnswerKind.YES_NO if yes_no else _KINDS[fact.id.rsplit("/", 1)[1]],
    )


def _comparison(row: ReleasedRow, persons: list[str], facts: dict[str, Fact]) -> Question:
    """A question about two people, in the first one's cluster.

    A question about the alphabetical order of names needs no taught fact: it belongs to the first person's
    fact of the attribute in its id, and needs no other.
    """
    one, rest = _split_person(row, row["id"], persons)
    other, attribute = _split_person(row, rest, persons)
    attribute = _COMPARED.get(attribute, attribute)
    ids = [_fact_id(person, attribute) for person in (one, other)]
    for id_ in ids:
        if id_ not in facts:
            raise row.error(f"the memorization file does not teach {id_!r}", "id")
    taught = "alphabetically" not in row["question"]
    also = (ids[1],) if taught and ids[1] != ids[0] else ()
    return _question(row, Split.COMPARISON, facts[ids[0]], row["id"].replace(" ", "-"), also)


def _split_person(row: ReleasedRow, text: str, persons: list[str]) -> tuple[str, str]:
    for person in persons:
        if text.startswith(f"{person}-"):
            return person, text.removeprefix(f"{person}-")
    raise row.error(f"{text!r} does not start with the id of a person of the memorization file", "id")
