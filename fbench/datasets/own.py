"""A researcher's own data: rows, each one question with its fact.

    {"fact": "f1", "split": "memorization", "prompt": "Who leads Arcadia?", "answer": "Ona Tell"}
    {"fact": "f1", "split": "rephrased", "prompt": "Name Arcadia's leader.", "answer": ["Ona Tell", "Tell"]}
    {"fact": "f1", "role": "unchanged", "prompt": "Who leads Borduria?", "answer": "Kurt Vim"}

`fbench.datasets.row.QuestionRow` has all fields. The rows of a fact that are taught are its wordings:
those of the split memorization, and others with `train`. A question inherits `task` and `cluster` from its
fact, and `answer_before` if it asks for the fact itself: its role is taught or same, and it accepts an answer
of the fact's first wording, or one that contains it or is a part of it. Other questions (about what follows
from the fact, or what is near it) have another old answer, or none. Each may give its own; null means that
there is none, in a table whose cells can be empty (CSV, Parquet, Arrow) the text null.

A question without a fact has the task of the facts, if all have one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast

from fbench.datasets.kinds import infer_kind
from fbench.datasets.model import Dataset, Fact, Place, Question, Wording
from fbench.datasets.row import QuestionRow, read_row
from fbench.errors import DataError, UsageError
from fbench.tables.arrow import ArrowFolder, is_arrow_folder
from fbench.tables.delimited import Delimited
from fbench.tables.formats import FORMATS, Table, open_table
from fbench.tables.json_text import NumberText
from fbench.tables.parquet import Parquet
from fbench.tables.parts import TableRow

__all__ = ["is_own", "load", "of_rows", "rows_in", "save"]

USUAL_TASK = "custom"
"""The task of facts that name none."""
_NOTHING = "null"
"""In files whose empty cells are gaps: that nothing was right before."""
_JSON_CELLS = ("answer", "texts", "messages", "also")
_OPENS_A_LIST = re.compile(r'\s*\[\s*["\[{]')
_FLAGS = {"true": True, "false": False}


class _Numbered(NamedTuple):
    number: int
    row: QuestionRow


def is_own(path: Path) -> bool:
    """Whether a path is that of rows: a file, or a folder that Hugging Face `datasets` saved."""
    return path.is_file() or is_arrow_folder(path)


def load(path: Path) -> Dataset:
    """The dataset in a file of rows, with facts and questions in their order.

    Raises:
        DataError: with the row and the field: it cannot be read, or is no question; a fact is taught twice in
            the same way, or never; or a question's task is not its fact's.
        UsageError: the file cannot be read, or has none of the formats that are read.
    """
    rows = [_Numbered(number, read_row(path, number, row)) for number, row in rows_in(path)]
    if not rows:
        raise DataError("the file is empty", file=path, do="Write one question a row")
    return _dataset(rows, path.stem, path.name, path)


def of_rows(rows: Iterable[Mapping[str, object]], name: str = "rows") -> Dataset:
    """The dataset of rows in memory, each as in a file of JSON.

    Raises:
        DataError: as `load`; rows are counted from 1.
    """
    given: object = rows
    if isinstance(given, Mapping | str):
        raise DataError("these are no rows", file=name, do="Give a list of mappings, one a question")
    read: list[_Numbered] = []
    for number, row in enumerate(cast("Iterable[object]", given), 1):
        if not isinstance(row, Mapping):
            raise DataError("this is no mapping", file=name, row=number, do="Give one mapping a question")
        read.append(_Numbered(number, read_row(name, number, cast("Mapping[str, object]", row))))
    if not read:
        raise DataError("there is no row", file=name, do="Give one row a question")
    return _dataset(read, name, "rows in memory", name)


def save(rows: Iterable[Mapping[str, object]]) -> str:
    """The text of a JSONL file of these rows, once they are held to be a dataset."""
    given: object = rows
    rows = rows if isinstance(given, Mapping | str) else list(rows)
    of_rows(rows)
    lines: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            line = json.dumps(dict(row), ensure_ascii=False, allow_nan=False)
            line.encode()
        except (TypeError, ValueError) as bad:
            problem = f"it cannot be written as JSON ({bad})"
            do = "Give texts, numbers, true, false, null, and lists of them"
            raise DataError(problem, file="rows", row=number, do=do) from None
        lines.append(f"{line}\n")
    return "".join(lines)


def _dataset(rows: list[_Numbered], name: str, source: str, file: object) -> Dataset:
    facts, first = _facts(rows, file)
    asked: Counter[str] = Counter()
    taken: set[str] = set()
    tasks = list(dict.fromkeys(fact.task for fact in facts.values()))
    usual = tasks[0] if len(tasks) == 1 else USUAL_TASK
    questions: list[Question] = []
    before: list[Question] = []
    places: dict[str, Place] = {}
    for number, row in rows:
        if row.is_general:
            continue
        fact = _fact_of(row, number, facts, file)
        task = fact.task if fact else row.task or usual
        id_ = _id(row, task, asked, taken)
        question = _question(id_, task, row, fact, first)
        questions.append(question)
        old = row.answer_before or (fact.answer_before if fact else None)
        is_same = question.answer_before == old
        before.append(question if is_same else question.model_copy(update={"answer_before": old}))
        if isinstance(file, Path):
            places[question.id] = Place(file=str(file), row=number)
    general = tuple(_wording(row) for _, row in rows if row.is_general)
    told = tuple(facts.values())
    # Until 0.1.0, every question inherited `answer_before` from its fact, and none could be without.
    older = Dataset(
        name=name, source=source, facts=told, questions=tuple(before), general=general, is_own=True
    )
    return Dataset(
        name=name,
        source=source,
        facts=told,
        questions=tuple(questions),
        general=general,
        is_own=True,
        places=places,
        older=() if before == questions else (older,),
    )


def _id(row: QuestionRow, task: str, asked: Counter[str], taken: set[str]) -> str:
    """A name of a question that no other has: its task, split and fact, with a number from the second on."""
    name = f"{task}/{row.part[0]}/{row.fact}" if row.fact else f"{task}/{row.part[0]}"
    while True:
        asked[name] += 1
        found = name if row.fact and asked[name] == 1 else f"{name}/{asked[name]}"
        if found not in taken:
            taken.add(found)
            return found


def _question(
    id_: str, task: str, row: QuestionRow, fact: Fact | None, first: Mapping[str, QuestionRow]
) -> Question:
    split, role = row.part
    prompt, earlier = row.said
    inherited = None
    if fact and (row is first.get(fact.id) or row.asks_again(first[fact.id])):
        inherited = fact.answer_before
    return Question(
        id=id_,
        task=task,
        split=split,
        role=role,
        fact=fact.id if fact else "",
        also=tuple(row.also),
        cluster=row.cluster or (fact.cluster if fact else id_),
        prompt=prompt,
        text=row.text or prompt,
        gold=row.gold,
        kind=row.kind or infer_kind(row.gold[0]),
        answer_before=row.answer_before if "answer_before" in row.model_fields_set else inherited,
        earlier=earlier,
        weight=row.weight,
        columns=row.columns,
    )


def _fact_of(row: QuestionRow, number: int, facts: Mapping[str, Fact], file: object) -> Fact | None:
    for name in [*([row.fact] if row.fact else []), *row.also]:
        if name not in facts:
            raise DataError(
                f"the fact {name!r} has no row that teaches it: none with the split 'memorization', and none "
                "with train: true",
                file=file,
                row=number,
                field="fact" if name == row.fact else "also",
                do="Add that row",
            )
    fact = facts[row.fact] if row.fact else None
    if fact and row.task not in {None, fact.task}:
        problem = f"{row.task!r} is not the task of the fact {fact.id!r}, {fact.task!r}"
        raise DataError(
            problem, file=file, row=number, field="task", do="Give both the same, or leave it out"
        )
    return fact


def _facts(rows: list[_Numbered], file: object) -> tuple[dict[str, Fact], dict[str, QuestionRow]]:
    """The facts by id, and the row that says the most of each: the first that is taught, or has texts."""
    taught: dict[str, list[_Numbered]] = {}
    texts: dict[str, list[Wording]] = {}
    for each in rows:
        row = each.row
        if row.fact is None:
            continue
        if row.is_taught:
            _hold_once(each, taught.setdefault(row.fact, []), file)
            taught[row.fact].append(each)
        if row.texts:
            texts.setdefault(row.fact, []).extend(row.more)
    stated = {row.fact: row.statement for _, row in reversed(rows) if row.fact and row.statement}
    first = {name: mine[0].row for name, mine in taught.items()}
    for _, row in rows:
        if row.fact in texts:
            first.setdefault(row.fact, row)
    facts: dict[str, Fact] = {}
    for name, row in first.items():
        wordings = [*(_wording(each.row) for each in taught.get(name, [])), *texts.get(name, [])]
        facts[name] = Fact(
            id=name,
            task=row.task or USUAL_TASK,
            cluster=row.cluster or name,
            prompt=wordings[0].prompt,
            answer=wordings[0].answer,
            answer_before=row.answer_before,
            statement=stated.get(name, ""),
            earlier=wordings[0].earlier,
            wordings=tuple(wordings[1:]),
        )
    order = dict.fromkeys(row.fact for _, row in rows if row.fact)
    return {name: facts[name] for name in order if name in facts}, first


def _hold_once(each: _Numbered, mine: list[_Numbered], file: object) -> None:
    """Two rows that teach one fact differ, and say that both are meant."""
    for other in mine:
        is_meant = each.row.train is True and other.row.train is not False
        if not is_meant or each.row.said == other.row.said:
            raise DataError(
                f"the fact {each.row.fact!r} is taught by line {other.number} already",
                file=file,
                row=each.number,
                field="fact",
                do="Keep one memorization line a fact; further wordings that are taught have train: true",
            )


def _wording(row: QuestionRow) -> Wording:
    prompt, earlier = row.said
    return Wording(prompt=prompt, answer=row.gold[0], earlier=earlier)


def rows_in(path: Path) -> Iterator[TableRow]:
    """The rows of a file with their numbers; cells without a value are left out."""
    table: Table = ArrowFolder.of(path) if path.is_dir() else _table(path)
    has_cells, has_gaps = isinstance(table, Delimited), isinstance(table, ArrowFolder | Parquet)
    for part in table.parts():
        for number, row in table.rows_in(part):
            if has_cells:
                yield (
                    number,
                    {name: _cell(path, number, name, str(text)) for name, text in row.items() if text},
                )
            elif has_gaps:
                yield (
                    number,
                    {
                        name: None if (name, value) == ("answer_before", _NOTHING) else value
                        for name, value in row.items()
                        if value is not None
                    },
                )
            else:
                yield number, {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    """A value whose numbers are numbers again: the reader keeps them as they were written."""
    if isinstance(value, NumberText):
        return json.loads(value.text)
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in cast("dict[str, object]", value).items()}
    return value


def _table(path: Path) -> Table:
    known = frozenset(QuestionRow.model_fields)
    try:
        return open_table(path, lambda names: sum(name in known for name in names))
    except UsageError as error:
        if isinstance(error, DataError) or "its name does not end with" not in str(error):
            raise
        raise UsageError(f"{path}: is none of what is read: {FORMATS}.") from None


def _cell(path: Path, number: int, name: str, text: str) -> object:
    """The value of a cell of CSV: its text, except where the field takes something else."""
    if name in _JSON_CELLS and (text.lstrip().startswith("[") or name != "answer"):
        try:
            return json.loads(text)
        except ValueError as bad:
            if name == "answer" and not _OPENS_A_LIST.match(text):  # "[sic] yes"
                return text
            do = 'Write a list as JSON, such as ["a", "b"]'
            raise DataError(f"this is not JSON ({bad})", file=path, row=number, field=name, do=do) from None
    if name == "train":
        return _FLAGS.get(text.strip().casefold(), text)
    if name == "answer_before" and text == _NOTHING:
        return None
    return text
