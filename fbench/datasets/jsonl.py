"""A researcher's own facts: JSON with one question per line.

    {"fact": "f1", "split": "memorization", "prompt": "Who leads Arcadia?", "answer": "Ona Tell"}
    {"fact": "f1", "split": "rephrased", "prompt": "Name Arcadia's leader.", "answer": ["Ona Tell", "Tell"]}

The memorization line of a fact is what is taught; each fact has exactly one. Further fields, all
optional: `task` ("custom"), `kind` (inferred from the answer), `answer_before`, `cluster` (the fact's
id) and `text`, the bare question (the prompt). A question inherits `task` and `cluster` from its fact.

It also inherits `answer_before` if it asks for the fact itself: its split is rephrased, vignette or code,
and it accepts an answer of the memorization line, or one that contains it or is a part of it. Other
questions (about what follows from the fact, about two facts or another date) have another old answer, or
none. Each may give its own `answer_before`; null means that there is none.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import AnswerKind, Dataset, Fact, Place, Question, Split
from fbench.datasets.same_answer import shares_an_answer
from fbench.errors import DataError
from fbench.value_errors import row_problem

__all__ = ["load"]

_Text = Annotated[str, StringConstraints(pattern=r"\S")]

_SHAPES = {
    "answer": "Give a text, or for the answer a list of one or more",
    "answer_before": "Give one text, or null where nothing was right before",
}
_ASKING_AGAIN = frozenset({Split.REPHRASED, Split.VIGNETTE, Split.CODE})
"""Splits that ask for the fact itself, in other words or in use."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    fact: _Text
    split: Annotated[Split, Field(strict=False)]
    prompt: _Text
    answer: _Text | Annotated[list[_Text], Field(min_length=1)]
    task: _Text | None = None
    kind: Annotated[AnswerKind, Field(strict=False)] | None = None
    answer_before: _Text | None = None
    cluster: _Text | None = None
    text: _Text | None = None

    @property
    def gold(self) -> tuple[str, ...]:
        return (self.answer,) if isinstance(self.answer, str) else tuple(self.answer)

    def asks_again(self, taught: _Line) -> bool:
        """Whether it asks for the fact of the line `taught`, so that both have the same `answer_before`."""
        return self.split in _ASKING_AGAIN and shares_an_answer(self.gold, taught.gold)


def load(path: Path) -> Dataset:
    """The dataset in `path`, with facts and questions in the order of its lines.

    Raises `DataError`, with the line and the field, for invalid JSON, a line that is no question, a fact that
    is taught twice or never, and a question whose `task` is not its fact's.
    """
    lines = _read(path)
    facts = _facts(path, lines)
    taught = {line.fact: line for _, line in lines if line.split == Split.MEMORIZATION}
    asked: Counter[str] = Counter()
    questions: list[Question] = []
    before: list[Question] = []
    places: dict[str, Place] = {}
    for number, line in lines:
        fact = facts.get(line.fact)
        if fact is None:
            problem = (
                f"the fact {line.fact!r} has no line with the split 'memorization', so nothing teaches it"
            )
            raise DataError(problem, file=path, row=number, field="fact", do="Add that line")
        if line.task not in {None, fact.task}:
            problem = f"{line.task!r} is not the task of the fact {fact.id!r}, {fact.task!r}"
            raise DataError(
                problem, file=path, row=number, field="task", do="Give both the same, or leave it out"
            )
        id_ = f"{fact.task}/{line.split}/{fact.id}"
        asked[id_] += 1
        question = _question(line, taught[fact.id], fact, id_ if asked[id_] == 1 else f"{id_}/{asked[id_]}")
        questions.append(question)
        old = line.answer_before or fact.answer_before
        same = question.answer_before == old
        before.append(question if same else question.model_copy(update={"answer_before": old}))
        places[question.id] = Place(file=str(path), row=number)
    name, source, told = path.stem, path.name, tuple(facts.values())
    # Until 0.1.0, every question inherited `answer_before` from its fact, and none could be without.
    older = Dataset(name=name, source=source, facts=told, questions=tuple(before))
    return Dataset(
        name=name,
        source=source,
        facts=told,
        questions=tuple(questions),
        places=places,
        older=() if before == questions else (older,),
    )


def _question(line: _Line, taught: _Line, fact: Fact, id_: str) -> Question:
    said = "answer_before" in line.model_fields_set
    inherited = fact.answer_before if line.asks_again(taught) else None
    return Question(
        id=id_,
        task=fact.task,
        split=line.split,
        fact=fact.id,
        cluster=line.cluster or fact.cluster,
        prompt=line.prompt,
        text=line.text or line.prompt,
        gold=line.gold,
        kind=line.kind or infer_kind(line.gold[0]),
        answer_before=line.answer_before if said else inherited,
    )


def _facts(path: Path, lines: list[tuple[int, _Line]]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    taught: dict[str, int] = {}
    for number, line in lines:
        if line.split != Split.MEMORIZATION:
            continue
        if line.fact in facts:
            problem = f"the fact {line.fact!r} is taught by line {taught[line.fact]} already"
            raise DataError(
                problem, file=path, row=number, field="fact", do="Keep one memorization line a fact"
            )
        taught[line.fact] = number
        facts[line.fact] = Fact(
            id=line.fact,
            task=line.task or "custom",
            cluster=line.cluster or line.fact,
            prompt=line.prompt,
            answer=line.gold[0],
            answer_before=line.answer_before,
        )
    return facts


def _read(path: Path) -> list[tuple[int, _Line]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as bad:
        raise DataError(f"byte {bad.start} is not UTF-8", file=path, do="Save the file as UTF-8") from None
    except OSError as bad:
        raise DataError(f"it cannot be read ({bad.strerror})", file=path) from None
    # Lines end only at line feeds: JSON strings may contain the other characters at which splitlines()
    # splits.
    lines = [(n, _line(path, n, line)) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise DataError("the file is empty", file=path, do="Write one question a line, as JSON")
    return lines


def _line(path: Path, number: int, text: str) -> _Line:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as bad:
        raise DataError(
            f"this is not JSON ({bad})", file=path, row=number, do="Write one object a line"
        ) from None
    if not isinstance(value, dict):
        raise DataError(
            "this is JSON, but not an object", file=path, row=number, do="Write one object a line"
        )
    try:
        return _Line.model_validate(value)
    except ValidationError as bad:
        raise _explained(path, number, bad) from None


def _explained(path: Path, number: int, bad: ValidationError) -> DataError:
    """The first problem of a line."""
    field, problem, do = row_problem(bad, _Line.model_fields)
    if problem == "the field is missing":
        do = "Every line has fact, split, prompt and answer"
    elif do == "Give a text":
        do = _SHAPES.get(field, do)
    return DataError(problem, file=path, row=number, field=field, do=do)
