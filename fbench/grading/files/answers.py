"""The rows of a file to grade: question, accepted answers, response, and all other fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fbench.datasets.model import AnswerKind
from fbench.errors import DataError
from fbench.grading.files.columns import NamedColumns, choose_columns, listed, recognised
from fbench.grading.files.golds import Golds, scalar_text
from fbench.grading.files.human_words import human_verdict
from fbench.grading.graders import Grade, Item
from fbench.tables.formats import open_table
from fbench.tables.json_text import NumberText, text_of
from fbench.tables.parts import ascii_safe
from fbench.value_errors import not_a_text

__all__ = ["ADDED", "AnswerFile", "AnswerRow", "OverParts", "Survey", "added"]

P = TypeVar("P")
R = TypeVar("R")

ADDED = ("verdict", "grader", "reason")
"""The columns that grading adds."""


def added(made: Grade) -> dict[str, str]:
    """The columns in `ADDED` with the values of a grade."""
    return {"verdict": made.verdict.value, "grader": made.grader, "reason": made.reason}


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row as read, and the parts of it that are graded.

    Attributes:
        fields: the whole row, as in the file.
        error: the service's reason for giving no answer; "" if it gave one.
        finish: why the model stopped, in the service's word; "" if unknown.
        number: the row as in a spreadsheet, the line of JSONL or the position in a list; 0 in a run.
        id: its name, or "".
        human: whether a person judged the response as right; None if no person judged it.
        cluster: a value that rows share if they depend on each other.
    """

    fields: Mapping[str, object]
    item: Item
    response: str
    error: str = ""
    finish: str = ""
    number: int = 0
    id: str = ""
    human: bool | None = None
    cluster: str = ""

    @property
    def place(self) -> str:
        """The row in words, for messages."""
        return f"row {self.number}" + (f" (id {self.id})" if self.id else "")


@dataclass(frozen=True, slots=True)
class Survey:
    """The result of a first reading of a file: its rows, the output columns, and notes for the user."""

    rows: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]


class OverParts(Protocol):
    """Calls a function with each part of a file and gives the results in order, as `map` does.

    The function and the parts can be pickled, so it may be called in another process.
    """

    def __call__(self, do: Callable[[P], R], parts: Iterable[P], /) -> Iterator[R]:
        """The results, each as soon as it and all before it are there."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a first reading of a part tells: its rows and fields, and what was read by a guess."""

    rows: int
    names: dict[str, None]
    unread: dict[str, int]
    golds: Golds


class AnswerFile:
    """The rows of a file. Each iteration reads the file again, so the rows are never all in memory.

    `separator` is that of `fbench.grading.files.golds.Golds`.

    Raises:
        UsageError: there is no such file, or its format is not supported.
        DataError: its columns are not the wanted ones. Iterating raises it for a row with an error.
    """

    def __init__(self, path: Path, asked: NamedColumns | None = None, separator: str | None = None) -> None:
        asked = asked or NamedColumns()
        self.path = path
        self._table = open_table(path, partial(recognised, asked=asked))
        if not self._table.names:
            raise self._nothing()
        self._columns, self._taken = choose_columns(
            path, self._table.names, asked, complete=self._table.complete
        )
        self._separator = separator
        self._golds = Golds(separator)
        self._renamed: dict[str, str] = {}
        self._unread: dict[str, int] = {}

    def __iter__(self) -> Iterator[AnswerRow]:
        return (row for part in self.parts() for row in self.rows_in(part))

    def parts(self) -> Iterator[Any]:
        """The file in parts of some hundred rows, for `rows_in`."""
        return self._table.parts()

    def rows_in(self, part: Any) -> Iterator[AnswerRow]:
        """The rows of a part."""
        return (self._row(number, fields) for number, fields in self._table.rows_in(part))

    def survey(self, over: OverParts = map) -> Survey:
        """Read all rows once, so that an error in any row is reported before anything is graded.

        Raises:
            DataError: a row has an error, there are no rows, or a named column is in no row.
        """
        rows = 0
        names = dict.fromkeys(self._table.names)
        golds, unread = Golds(self._separator), dict[str, int]()
        for seen in over(self._look, self.parts()):
            rows += seen.rows
            names.update(seen.names)
            golds.add(seen.golds)
            unread = seen.unread | unread
        self._golds, self._unread = golds, unread
        if not rows:
            raise self._nothing()
        for role in ("human", "cluster", "id"):
            if (name := getattr(self._columns, role)) is not None and name not in names:
                do = f"Name one of {listed(names)} with --{role}"
                raise DataError("no row has this field", file=self.path, field=name, do=do)
        self._renamed = _renamed(names)
        columns = tuple(self._renamed.get(name, name) for name in names)
        return Survey(rows, (*columns, *ADDED), tuple(self._notes()))

    def _look(self, part: Any) -> _Seen:
        """Read a part for the survey."""
        self._golds, self._unread = Golds(self._separator), {}
        rows, names = 0, dict[str, None]()
        for row in self.rows_in(part):
            rows += 1
            if not self._table.complete:
                names.update(dict.fromkeys(row.fields))
        return _Seen(rows, names, self._unread, self._golds)

    def kept(self, row: AnswerRow) -> dict[str, object]:
        """The fields of a row under their names in the output; call `survey` first."""
        return {self._renamed.get(name, name): value for name, value in row.fields.items()}

    @property
    def graded(self) -> tuple[str, ...]:
        """The names of the columns whose values are graded."""
        names = self._columns
        return (names.question, names.gold, names.response, names.kind, names.answer_before, names.finish)

    @property
    def clusters(self) -> str:
        """The name of what groups rows that depend on each other, for people."""
        return "equal question" if self._columns.cluster is None else repr(self._columns.cluster)

    @property
    def human(self) -> str | None:
        """The column of a person's verdicts, if there is one."""
        return self._columns.human

    def _notes(self) -> Iterator[str]:
        if self._taken:
            yield self._taken
        if self._renamed:
            told = ", ".join(f"{old!r} is {new!r} in the output" for old, new in self._renamed.items())
            yield f"columns that grading adds were there already: {told}"
        for name, number in self._unread.items():
            yield f"{name}: numbers in it do not tell why the model stopped, and are left out (row {number})"
        yield from self._golds.notes()

    def _nothing(self) -> DataError:
        return DataError(
            "there is nothing in it to grade",
            file=self.path,
            do="Give rows with question, gold, response",
        )

    def _row(self, number: int, fields: dict[str, object]) -> AnswerRow:
        names = self._columns
        row = _Reading(self.path, number, fields, names.id)
        item = Item(
            question=row.text(names.question),
            gold=row.gold(names.gold, self._golds),
            kind=row.kind(names.kind),
            answer_before=row.text(names.answer_before, required=False) or None,
        )
        finish = row.finish(names.finish)
        if finish is None:
            self._unread.setdefault(names.finish, number)
            finish = ""
        return AnswerRow(
            fields,
            item,
            row.response(names.response, finish),
            finish=finish,
            number=number,
            id=row.id,
            human=row.human(names.human) if names.human else None,
            cluster=item.question if names.cluster is None else _plain(fields.get(names.cluster)),
        )


class _Reading:
    """Reads the fields of one row as their types; raises `DataError` for a field of another type."""

    def __init__(self, path: Path, number: int, fields: Mapping[str, object], id_column: str | None) -> None:
        self._path, self._number, self._fields = path, number, fields
        self.id = "" if id_column is None else _plain(fields.get(id_column))

    def text(self, name: str, *, required: bool = True) -> str:
        value = self._fields.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            problem, do = not_a_text(value)
            raise self._wrong(name, self._missing(name) or problem, do)
        return value

    def finish(self, name: str) -> str | None:
        """Why the model stopped; None for a number: the column then tells something else."""
        finish = self._fields.get(name)
        if finish is None or isinstance(finish, str):
            return finish or ""
        if isinstance(finish, int | float | NumberText) and not isinstance(finish, bool):
            return None
        do = "Give the service's word for the end of the answer, such as stop or length, or nothing"
        raise self._wrong(name, "this is not a text", do)

    def response(self, name: str, finish: str) -> str:
        """The response; "" if it is null and the row says why the model stopped."""
        if finish and name in self._fields and self._fields[name] is None:
            return ""
        try:
            text = scalar_text(self._fields.get(name))
        except ValueError as bad:
            raise self._wrong(name, str(bad), "Give a text") from None
        if text is None:
            do = "Give a text; an empty one where there is no answer"
            raise self._wrong(name, self._missing(name) or "this is not a text", do)
        return text

    def gold(self, name: str, golds: Golds) -> tuple[str, ...]:
        do = "Give a text, or a JSON list of one or more texts"
        try:
            found = golds.read(self._fields.get(name), self._number)
        except ValueError as bad:
            raise self._wrong(name, str(bad), do) from None
        if not found:
            raise self._wrong(name, self._missing(name) or "there is no accepted answer in it", do)
        return found

    def kind(self, name: str) -> AnswerKind | None:
        kind = self.text(name, required=False).strip()
        if kind and kind not in set(AnswerKind):
            do = f"Known are {', '.join(AnswerKind)}; leave it empty to have it inferred"
            raise self._wrong(name, f"{kind!r} is unknown", do)
        return AnswerKind(kind) if kind else None

    def human(self, name: str) -> bool | None:
        try:
            return human_verdict(self._fields.get(name))
        except ValueError as bad:
            do = "Write yes or no, true or false, 1 or 0, correct or incorrect, or leave it empty"
            raise self._wrong(name, str(bad), do) from None

    def _missing(self, name: str) -> str:
        return "" if name in self._fields else "the field is missing"

    def _wrong(self, name: str, problem: str, do: str) -> DataError:
        problem = f"{problem} (id {ascii_safe(self.id[:60])})" if self.id else problem
        return DataError(problem, file=self._path, row=self._number, field=name, do=do)


def _renamed(names: Mapping[str, object]) -> dict[str, str]:
    """New names for columns that grading adds: `verdict` becomes `input_verdict`, or longer if needed."""
    renamed: dict[str, str] = {}
    for name in ADDED:
        if name in names:
            new = f"input_{name}"
            while new in names:
                new = f"input_{new}"
            renamed[name] = new
    return renamed


def _plain(value: object) -> str:
    """A name or a number as text; "" for None."""
    return "" if value is None else value if isinstance(value, str) else text_of(value)
