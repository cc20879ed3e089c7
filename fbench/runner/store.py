"""The run store: one SQLite file, written by one process, from which all other files can be made again.

Answers are stored unchanged; grades are layers over them. WAL with synchronous=FULL: committed data survives
a crash of the machine. One commit holds a group of answers, since a commit for each answer costs thirty times
more. Each commit also writes digests of its rows (`fbench.runner.store_tables`), with which all rows are
compared when the store is opened: so damage and changes by hand are found before anything is made from them.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, cast

from fbench.errors import FbenchError, UsageError
from fbench.providers.model import EpochLoss
from fbench.runner.store_file import BROKEN, is_blank, is_locked, opened_to_read, unusable
from fbench.runner.store_rows import Answer, AttemptRow, BatchRow, GradeRow, RulingRow, TrainingRow
from fbench.runner.store_tables import (
    ADDED,
    DIGESTS,
    SCHEMA,
    TABLES,
    Digests,
    StoreTable,
    check,
    digests_in,
    kept_digests,
    version_of,
)

if TYPE_CHECKING:
    from fbench.cassette.scrub.placeholders import Alteration

__all__ = [
    "Answer",
    "AttemptRow",
    "BatchRow",
    "EpochLoss",
    "GradeRow",
    "RulingRow",
    "Store",
    "TrainingRow",
    "is_blank",
]

_VERSION = 5
_EARLIER = "earlier_jobs/"
"""Before the id of a training: the name under which the jobs are kept that it had before its last one."""
_SEALED = (2, 3, 4, 5)
"""The versions of stores with digests. Version 2 has no attempts, 3 no batches, and 4 no losses."""
_UNSEALED = 1
"""The version of stores without digests, of fbench 0.1.0."""

Values = tuple[object, ...]


class Store:
    """An open run store. Close it, or use it as a context manager."""

    def __init__(
        self, path: Path, *, create: bool = False, read_only: bool = False, checked: bool = True
    ) -> None:
        """Open the store at `path`; with `create`, create it if there is none. Read-only changes nothing.

        All rows are read and compared with their digests, unless `checked` is False.

        The tables and the version are written in one commit. So a process that is killed meanwhile leaves an
        empty store, which is completed when it is opened again.

        Raises:
            UsageError: there is no store, the file is no store, it is damaged or was changed by something
                else than fbench, another process keeps it locked, or it is from a later version of fbench.
        """
        if not create and not path.is_file():
            raise UsageError(f"{path.parent}: no run is stored here (there is no {path.name}).")
        self._path = path
        try:
            self._db = opened_to_read(path) if read_only else sqlite3.connect(path, isolation_level=None)
            version = self._open(read_only=read_only, checked=checked)
        except BROKEN as error:
            raise unusable(path, error) from error
        self.sealed = version in _SEALED
        if version == 0:
            self.close()
            raise UsageError(
                f"{path.parent}: the run was stopped before it began, and holds nothing yet: begin it with "
                f"`fbench resume {quote(str(path.parent))}`."
            )
        if version not in (_UNSEALED, *_SEALED):
            self.close()
            raise UsageError(
                f"{path}: this run store has version {version}, and this fbench reads {_VERSION}; "
                "use the fbench that made it."
            )

    def _open(self, *, read_only: bool, checked: bool) -> int:
        """Check the store, create what it lacks, and return its version; 0 for an empty one only read."""
        try:
            version = version_of(self._db)
            if version in (_UNSEALED, *_SEALED) and checked:
                check(self._db, sealed=version in _SEALED)
            if read_only or version not in (0, _UNSEALED, *_SEALED):
                return version
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute("pragma secure_delete = on")  # what is replaced does not stay in the file
            if version == _UNSEALED:
                self._db.executescript(ADDED)
                return version
            if version == _VERSION:
                return version
            if version:
                self._db.executescript(f"begin immediate; {ADDED} pragma user_version = {_VERSION}; commit;")
                return _VERSION
            self._db.executescript(
                f"begin immediate; {SCHEMA} {ADDED} {DIGESTS} pragma user_version = {_VERSION}; commit;"
            )
        except BROKEN:
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
        db.executescript(ADDED)
        copy = Store.__new__(Store)
        vars(copy).update(_db=db, _path=self._path, sealed=False)
        return copy

    def seal(self) -> None:
        """Begin to keep digests in a store of an older version, which has none.

        Whether what is there was changed before stays unknown.
        """
        if self.sealed:
            return

        def write() -> None:
            self._db.execute(DIGESTS)
            self._add(digests_in(self._db))
            self._db.execute(f"pragma user_version = {_VERSION}")

        self._commit(write)
        self.sealed = True

    def set_meta(self, name: str, value: object) -> None:
        """Save a JSON value under a name."""
        self._put("meta", [(name, json.dumps(value, sort_keys=True))])

    def meta(self, name: str) -> object:
        """The JSON value with that name; None if there is none."""
        (row, *_) = [*self._rows("select value from meta where name = ?", name), None]
        return self._parsed(row[0]) if row else None

    def absorb(self, rows: Iterable[tuple[str, Values]], newer: Callable[..., bool]) -> None:
        """Copy rows of other stores, each with the name of its table, in one commit.

        A row takes the place of another one if it is `newer(table, ours, theirs)`.

        Raises:
            UsageError: two stores tell of the same thing, and not the same; nothing is copied then.
        """

        def write() -> None:
            changes = Digests()
            for name, row in rows:
                table = TABLES[name]
                there = self._db.execute(table.row, row[: table.keys]).fetchone()
                if there is not None and tuple(there) != row and not newer(name, there, row):
                    raise UsageError(
                        f"{self._path}: two shards tell of {table.words}, {row[0]!r}, and not the same: "
                        "a shard goes on in one folder alone. Leave one of them out."
                    )
                self._count(changes, table, row, -1)
                self._db.execute(table.put, row)
                changes.count(table, row, 1)
            if self.sealed:
                self._add(changes)

        self._commit(write)

    def rows(self, tables: Iterable[str]) -> Iterator[tuple[str, Values]]:
        """All rows of these tables, each with the name of its table."""
        there = (name for name in tables if self._has(name))
        return ((name, tuple(row)) for name in there for row in self._rows(TABLES[name].rows))

    def save_training(self, row: TrainingRow, attempts: Iterable[AttemptRow] = ()) -> None:
        """Save the state of a training, in its own commit, with attempts that ended.

        A job in whose place another one is to be created stays known, see `earlier_jobs`.
        """
        models = None if row.models is None else json.dumps(row.models, sort_keys=True)
        made = (row.id, row.state, row.job, models, row.tokens, row.error)
        jobs: list[tuple[str, str]] = []
        if row.job is None and (before := self.trainings().get(row.id)) is not None and before.job:
            jobs.append((_EARLIER + row.id, json.dumps([*self.earlier_jobs(row.id), before.job])))
        losses: list[Values] = [(row.id, *each) for each in row.losses]
        self._put("training", [made], ("attempt", attempts), ("meta", jobs), ("loss", losses))

    def earlier_jobs(self, training: str) -> list[str]:
        """The jobs that a training had before its last one: they failed, or nobody could tell of them."""
        return cast("list[str]", self.meta(_EARLIER + training) or [])

    def trainings(self) -> dict[str, TrainingRow]:
        """All trainings that were begun, by id."""
        found: dict[str, TrainingRow] = {}
        losses = self._losses()
        for name, state, job, models, tokens, error in self._rows(TABLES["training"].rows):
            by_epoch = {int(k): v for k, v in self._parsed(models).items()} if models else None
            lost = tuple(losses[name]) if state == "succeeded" else ()
            found[name] = TrainingRow(name, state, job, by_epoch, tokens, error, lost)
        return found

    def _losses(self) -> defaultdict[str, list[EpochLoss]]:
        """The losses of trainings by epoch; a store of an older version that is only read has none."""
        found: defaultdict[str, list[EpochLoss]] = defaultdict(list)
        for training, *each in self._rows(TABLES["loss"].rows) if self._has("loss") else ():
            found[training].append(EpochLoss._make(each))
        return found

    def save_answers(self, answers: Iterable[Answer], attempts: Iterable[AttemptRow] = ()) -> None:
        """Save a group of answers in one commit, with attempts that ended."""
        answer, altered = _rows_of(answers)
        self._put(*answer, altered, ("attempt", attempts))

    def save_batch(
        self, row: BatchRow, answers: Iterable[Answer] = (), attempts: Iterable[AttemptRow] = ()
    ) -> None:
        """Save the state of a batch in one commit, with its answers, and with attempts that ended."""
        made = (*row[:5], json.dumps(row.questions), row.error)
        self._put("batch", [made], ("attempt", attempts), *_rows_of(answers))

    def batches(self) -> list[BatchRow]:
        """All batches, by cell, those of a cell in the order in which they were created."""
        made = (row for row in self._rows(TABLES["batch"].rows)) if self._has("batch") else ()
        return [
            BatchRow(cell, number, key, state, batch, tuple(self._parsed(questions)), error)
            for cell, number, key, state, batch, questions, error in made
        ]

    def save_attempts(self, rows: Iterable[AttemptRow]) -> None:
        """Save attempts in one commit."""
        self._put("attempt", rows)

    def last_attempt(self, what: str) -> AttemptRow | None:
        """The last attempt at something; None if there is none."""
        query = "select * from attempt where what = ? order by number desc limit 1"
        return next(map(AttemptRow._make, self._rows(query, what)), None)

    def attempts(self) -> Iterator[AttemptRow]:
        """All attempts, by what they were at."""
        return map(AttemptRow._make, self._rows(TABLES["attempt"].rows))

    def spent_usd(self) -> float:
        """What all attempts cost, in US dollars: those that were never settled count at their most."""
        [(usd,)] = self._rows("select total(coalesce(settled, reserved)) from attempt")
        return usd

    def unattempted(self) -> Iterator[Answer]:
        """The answers from before attempts were kept, by cell and question."""
        query = (
            "select answer.*, '' from answer where not exists "
            "(select 1 from attempt where what = 'ask ' || cell || ' ' || question) order by cell, question"
        )
        return map(Answer._make, self._rows(query))

    def answered(self, cell: str, *, with_errors: bool = True) -> set[str]:
        """The ids of the questions that a cell has answered, with or without those that were rejected."""
        answered = self._rows("select question, error from answer where cell = ?", cell)
        return {question for question, error in answered if with_errors or not error}

    def answers(self) -> Iterator[Answer]:
        """All answers, by cell and question."""
        query = (
            "select answer.*, coalesce(how, '') from answer left join altered using (cell, question) "
            "order by cell, question"
        )
        return map(Answer._make, self._rows(query))

    def altered(self) -> dict[tuple[str, str], Alteration]:
        """How a scrubber changed answers, by cell and question."""
        return {(cell, question): how for cell, question, how in self._rows(TABLES["altered"].rows)}

    def save_grades(self, grades: Iterable[GradeRow]) -> None:
        """Save a layer's grades in one commit."""
        self._put("grade", grades)

    def grades(self, layer: str) -> Iterator[GradeRow]:
        """The grades of a layer, by cell and question."""
        query = "select * from grade where layer = ? order by cell, question"
        return map(GradeRow._make, self._rows(query, layer))

    def layers(self) -> list[str]:
        """The names of all layers, in order."""
        return [layer for (layer,) in self._rows("select distinct layer from grade order by layer")]

    def save_rulings(self, rulings: Iterable[RulingRow], attempts: Iterable[AttemptRow] = ()) -> None:
        """Save a group of rulings in one commit, with attempts that ended."""
        self._put("ruling", rulings, ("attempt", attempts))

    def rulings(self, judge: str) -> Iterator[RulingRow]:
        """The rulings of a judge, by question and response."""
        query = "select * from ruling where judge = ? order by question, response"
        return map(RulingRow._make, self._rows(query, judge))

    def _has(self, table: str) -> bool:
        """Whether there is such a table: a store of an older version that is only read may lack one."""
        return any(self._rows("select 1 from sqlite_master where type = 'table' and name = ?", table))

    def _rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        try:
            for row in self._db.execute(query, values):  # noqa: UP028 - `yield from` would close the cursor,
                yield row  # which fails where nobody read all of it and the store was closed since
        except BROKEN as error:
            raise unusable(self._path, error) from error

    def _parsed(self, text: str) -> Any:
        """A JSON value; only a store without digests can hold something else."""
        try:
            return json.loads(text)
        except ValueError as error:
            raise unusable(self._path, error) from error

    def _put(self, table: str, rows: Iterable[Values], *more: tuple[str, Iterable[Values]]) -> None:
        """Write rows into tables, in the place of those with the same keys, in one commit."""

        def write() -> None:
            changes = Digests()
            for name, each in ((table, rows), *more):
                put = TABLES[name].put
                for row in each:
                    self._count(changes, TABLES[name], row, -1)
                    self._db.execute(put, row)
                    self._count(changes, TABLES[name], row, 1)
            if self.sealed:
                self._add(changes)

        self._commit(write)

    def _count(self, changes: Digests, table: StoreTable, row: Values, times: int) -> None:
        """Count the row with the key of `row`, as the table holds it, if it is there."""
        if self.sealed and (there := self._db.execute(table.row, row[: table.keys]).fetchone()):
            changes.count(table, there, times)

    def _add(self, changes: Digests) -> None:
        """Add to the digests of parts."""
        kept = kept_digests(self._db, changes)
        self._db.executemany("insert or replace into digest values (?, ?, ?)", changes.added_to(kept))

    def _commit(self, write: Callable[[], None]) -> None:
        if not self._path.is_file():  # SQLite would go on writing to a file that no folder has any more
            raise FbenchError(
                f"{self._path}: the run store is gone while the run goes on, so nothing more is asked. Put "
                "its folder back where it was, then go on with `fbench resume`."
            )
        try:
            self._db.execute("begin immediate")
            write()
            self._db.execute("commit")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            if not isinstance(error, sqlite3.Error | UnicodeError | OverflowError):
                raise
            do = "wait until it is done" if is_locked(error) else "make room or mend the folder"
            raise FbenchError(
                f"{self._path}: the run store could not be written: {error}. What was committed before is "
                f"safe; {do}, then go on with `fbench resume`."
            ) from error


def _rows_of(answers: Iterable[Answer]) -> tuple[tuple[str, list[Values]], tuple[str, list[Values]]]:
    """The rows of answers, by table."""
    group = list(answers)
    altered: list[Values] = [(each.cell, each.question, each.altered) for each in group if each.altered]
    return ("answer", [each[:7] for each in group]), ("altered", altered)
