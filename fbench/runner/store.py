"""The run store: one SQLite file, written by one process, from which all other files can be made again.

Answers are stored unchanged; grades are layers over them. WAL with synchronous=FULL: committed data survives
a crash of the machine. One commit holds a group of answers, since a commit for each answer costs thirty times
more.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, NamedTuple

from fbench.errors import FbenchError, UsageError

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = ["Answer", "GradeRow", "RulingRow", "Store", "TrainingRow", "is_blank"]

_VERSION = 1

_SCHEMA = """
create table if not exists meta (name text primary key, value text not null) strict, without rowid;
create table if not exists training (
    id text primary key,
    state text not null check (state in ('intended', 'created', 'succeeded', 'failed')),
    job text, models text, tokens integer, error text
) strict, without rowid;
create table if not exists answer (
    cell text not null, question text not null,
    text text not null, finish text not null, error text not null,
    prompt_tokens integer not null, answer_tokens integer not null,
    primary key (cell, question)
) strict, without rowid;
create table if not exists grade (
    layer text not null, cell text not null, question text not null,
    verdict text not null, grader text not null, reason text not null,
    primary key (layer, cell, question)
) strict, without rowid;
"""

_ADDED = """
create table if not exists ruling (
    judge text not null, question text not null, response text not null,
    text text not null, finish text not null, error text not null,
    prompt_tokens integer not null, answer_tokens integer not null,
    primary key (judge, question, response)
) strict, without rowid;
create table if not exists altered (
    cell text not null, question text not null, how text not null check (how in ('restored', 'replaced')),
    primary key (cell, question)
) strict, without rowid;
"""
"""Tables that older stores of this version lack: they are added when such a store is opened."""


class Answer(NamedTuple):
    """A cell's answer to a question. `error` is the service's reason if it rejected the question.

    `altered` is empty unless the scrubber of a recording changed the text: then `restored` if the replaced
    text was put back, or `replaced` if the original text is lost.
    """

    cell: str
    question: str
    text: str
    finish: str
    error: str
    prompt_tokens: int
    answer_tokens: int
    altered: Alteration = ""


class GradeRow(NamedTuple):
    """The grade of an answer in a layer."""

    layer: str
    cell: str
    question: str
    verdict: str
    grader: str
    reason: str


class RulingRow(NamedTuple):
    """A judge's reply about a response, unchanged. `response` is the SHA-256 (hex) of the response.

    Equal responses to a question share a ruling, in all cells.
    """

    judge: str
    question: str
    response: str
    text: str
    finish: str
    error: str
    prompt_tokens: int
    answer_tokens: int


class TrainingRow(NamedTuple):
    """The state of a training: intended (nothing may exist yet), created (the job is known), or ended."""

    id: str
    state: str
    job: str | None = None
    models: dict[int, str] | None = None
    tokens: int | None = None
    error: str | None = None


class Store:
    """An open run store. Close it, or use it as a context manager."""

    def __init__(self, path: Path, *, create: bool = False, read_only: bool = False) -> None:
        """Open the store at `path`; with `create`, create it if there is none. Read-only changes nothing.

        The tables and the version are written in one commit. So a process that is killed meanwhile leaves an
        empty store, which is completed when it is opened again.

        Raises:
            UsageError: there is no store, the file is no store, or it is from another version of fbench.
        """
        if not create and not path.is_file():
            raise UsageError(f"{path.parent}: no run is stored here (there is no {path.name}).")
        try:
            self._db = _read_only(path) if read_only else sqlite3.connect(path, isolation_level=None)
            version = self._open(read_only=read_only)
        except sqlite3.Error as error:
            raise UsageError(
                f"{path}: cannot be used as a run store: {error}. Put back a copy of it, or begin a new run "
                "in another folder."
            ) from error
        if version == 0:
            self.close()
            raise UsageError(
                f"{path.parent}: the run was stopped before it began, and holds nothing yet: begin it with "
                f"`fbench resume {quote(str(path.parent))}`."
            )
        if version != _VERSION:
            self.close()
            raise UsageError(
                f"{path}: this run store has version {version}, and this fbench reads {_VERSION}; "
                "use the fbench that made it."
            )

    def _open(self, *, read_only: bool) -> int:
        """Create what the store lacks, and return its version; 0 for an empty one that is only read."""
        try:
            version = _version_of(self._db)
            if read_only or version not in (0, _VERSION):
                return version
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            if not version:
                self._db.executescript(
                    f"begin immediate; {_SCHEMA} pragma user_version = {_VERSION}; commit;"
                )
            self._db.executescript(_ADDED)
        except sqlite3.Error:
            self.close()
            raise
        return _VERSION

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the write-ahead log is merged into it."""
        self._db.close()

    def in_memory(self) -> Store:
        """A copy of the store in memory: data written to it is lost when it is closed."""
        db = sqlite3.connect(":memory:", isolation_level=None)
        self._db.backup(db)
        db.executescript(_ADDED)
        copy = Store.__new__(Store)
        vars(copy).update(_db=db)
        return copy

    def set_meta(self, name: str, value: object) -> None:
        """Save a JSON value under a name."""
        self._write("insert or replace into meta values (?, ?)", [(name, json.dumps(value, sort_keys=True))])

    def meta(self, name: str) -> object:
        """The JSON value with that name; None if there is none."""
        row = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def save_training(self, row: TrainingRow) -> None:
        """Save the state of a training, in its own commit."""
        models = None if row.models is None else json.dumps(row.models, sort_keys=True)
        self._write(
            "insert or replace into training values (?, ?, ?, ?, ?, ?)",
            [(row.id, row.state, row.job, models, row.tokens, row.error)],
        )

    def trainings(self) -> dict[str, TrainingRow]:
        """All trainings that were begun, by id."""
        found: dict[str, TrainingRow] = {}
        for name, state, job, models, tokens, error in self._db.execute("select * from training order by id"):
            by_epoch = {int(k): v for k, v in json.loads(models).items()} if models else None
            found[name] = TrainingRow(name, state, job, by_epoch, tokens, error)
        return found

    def save_answers(self, answers: Iterable[Answer]) -> None:
        """Save a group of answers in one commit."""
        group = list(answers)
        altered = [(answer.cell, answer.question, answer.altered) for answer in group if answer.altered]
        self._write(
            "insert or replace into answer values (?, ?, ?, ?, ?, ?, ?)",
            [answer[:7] for answer in group],
            ("insert or replace into altered values (?, ?, ?)", altered),
        )

    def answered(self, cell: str) -> set[str]:
        """The ids of the questions that a cell has answered."""
        rows = self._db.execute("select question from answer where cell = ?", (cell,))
        return {question for (question,) in rows}

    def answers(self) -> Iterator[Answer]:
        """All answers, by cell and question."""
        query = (
            "select answer.*, coalesce(how, '') from answer left join altered using (cell, question) "
            "order by cell, question"
        )
        with closing(self._db.execute(query)) as rows:
            yield from map(Answer._make, rows)

    def altered(self) -> dict[tuple[str, str], Alteration]:
        """How a scrubber changed answers, by cell and question."""
        rows = self._db.execute("select * from altered order by cell, question")
        return {(cell, question): how for cell, question, how in rows}

    def save_grades(self, grades: Iterable[GradeRow]) -> None:
        """Save a layer's grades in one commit."""
        self._write("insert or replace into grade values (?, ?, ?, ?, ?, ?)", grades)

    def grades(self, layer: str) -> Iterator[GradeRow]:
        """The grades of a layer, by cell and question."""
        query = "select * from grade where layer = ? order by cell, question"
        with closing(self._db.execute(query, (layer,))) as rows:
            yield from map(GradeRow._make, rows)

    def layers(self) -> list[str]:
        """The names of all layers, in order."""
        return [layer for (layer,) in self._db.execute("select distinct layer from grade order by layer")]

    def save_rulings(self, rulings: Iterable[RulingRow]) -> None:
        """Save a group of rulings in one commit."""
        self._write("insert or replace into ruling values (?, ?, ?, ?, ?, ?, ?, ?)", rulings)

    def rulings(self, judge: str) -> Iterator[RulingRow]:
        """The rulings of a judge, by question and response."""
        query = "select * from ruling where judge = ? order by question, response"
        with closing(self._db.execute(query, (judge,))) as rows:
            yield from map(RulingRow._make, rows)

    def _write(
        self,
        statement: str,
        rows: Iterable[tuple[object, ...]],
        *more: tuple[str, Iterable[tuple[object, ...]]],
    ) -> None:
        try:
            self._db.execute("begin immediate")
            for each, values in ((statement, rows), *more):
                self._db.executemany(each, values)
            self._db.execute("commit")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise FbenchError(
                f"the run store could not be written: {error}. What was committed before is safe; "
                "make room or mend the folder, then go on with `fbench resume`."
            ) from error


def is_blank(path: Path) -> bool:
    """Whether a store holds nothing yet, as a process leaves it that is killed while it makes the store."""
    try:
        with closing(_read_only(path)) as db:
            tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
            return not any(db.execute(f'select 1 from "{name}" limit 1').fetchone() for name in tables)  # noqa: S608 - names of tables
    except sqlite3.Error:
        return False


def _version_of(db: sqlite3.Connection) -> int:
    """The version of a store; 0 where nothing is in it.

    Raises:
        sqlite3.Error: it is no store.
    """
    (version,) = db.execute("pragma user_version").fetchone()
    if not version and db.execute("select 1 from sqlite_master").fetchone():
        raise sqlite3.DatabaseError("it has the tables of something else")
    return version


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that also writes no file next to the store.

    SQLite needs two more files to read a store in WAL mode, unless the store is declared immutable. It is
    declared so if no process has it open, that is, if there is no write-ahead log.
    """
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None)
