"""The tables of a run store, and digests of their rows.

Each table is divided into parts: the answers of a cell, the grades of a layer. The store keeps, for each
part, the number of its rows and the sum of their SHA-256 values modulo 2^256 (Bellare and Micciancio, "A New
Paradigm for Collision-Free Hashing", 1997: AdHash). A sum does not depend on the order of rows, and changes
with a commit by the rows of this commit alone. So it costs a few microseconds a row, and a process that is
killed leaves rows and sums that belong together, since one transaction writes both.

It finds damage and changes by hand. It is no signature: someone who also writes new sums is not found out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

__all__ = [
    "ADDED",
    "DIGESTS",
    "SCHEMA",
    "TABLES",
    "Changed",
    "Digests",
    "StoreTable",
    "check",
    "digests_in",
    "kept_digests",
    "version_of",
]

SCHEMA = """
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

ADDED = """
create table if not exists ruling (
    judge text not null, question text not null, response text not null,
    text text not null, finish text not null, error text not null,
    prompt_tokens integer not null, answer_tokens integer not null,
    primary key (judge, question, response)
) strict, without rowid;
create table if not exists attempt (
    what text not null, number integer not null,
    state text not null check (state in ('reserved', 'settled', 'rejected', 'unclear', 'unsent')),
    reserved real not null, settled real, error text not null,
    primary key (what, number)
) strict, without rowid;
create table if not exists altered (
    cell text not null, question text not null, how text not null check (how in ('restored', 'replaced')),
    primary key (cell, question)
) strict, without rowid;
create table if not exists loss (
    training text not null, epoch integer not null, step integer not null, train real not null, valid real,
    primary key (training, epoch)
) strict, without rowid;
create table if not exists batch (
    cell text not null, number integer not null, key text not null,
    state text not null check (state in ('intended', 'created', 'ended')),
    batch text, questions text not null, error text not null,
    primary key (cell, number)
) strict, without rowid;
"""
"""Tables that older stores lack: they are added when such a store is opened."""

DIGESTS = """
create table if not exists digest (
    part text primary key, rows integer not null, sum text not null
) strict, without rowid;
"""
"""The digests of all parts. Stores of version 1 have none."""

_MODULUS = 1 << 256


class StoreTable(NamedTuple):
    """A table.

    Attributes:
        name: its name.
        columns: its columns in their order; the first ones are its key.
        keys: the number of columns in the key.
        parts: the number of columns, from the first, by which it is divided into parts: 0 or 1.
        words: what a part holds, for messages.
    """

    name: str
    columns: tuple[str, ...]
    keys: int
    parts: int
    words: str

    @property
    def rows(self) -> str:
        """The query for all rows, in the order of their keys."""
        return f"select {', '.join(self.columns)} from {self.name} order by {self._key}"  # noqa: S608 - names of ours

    @property
    def row(self) -> str:
        """The query for the row with a key."""
        wanted = " and ".join(f"{column} = ?" for column in self.columns[: self.keys])
        return f"select {', '.join(self.columns)} from {self.name} where {wanted}"  # noqa: S608 - as above

    @property
    def put(self) -> str:
        """The statement that writes a row, in the place of one with the same key."""
        return f"insert or replace into {self.name} values ({', '.join('?' * len(self.columns))})"  # noqa: S608 - as above

    def part(self, row: Sequence[object]) -> str:
        """The name of the part of a row."""
        return " ".join([self.name, *map(str, row[: self.parts])])

    @property
    def _key(self) -> str:
        return ", ".join(self.columns[: self.keys])


_USED = ("text", "finish", "error", "prompt_tokens", "answer_tokens")
TABLES = {
    table.name: table
    for table in (
        StoreTable("meta", ("name", "value"), 1, 0, "the facts about the run"),
        StoreTable(
            "training",
            ("id", "state", "job", "models", "tokens", "error"),
            1,
            0,
            "the state of the trainings",
        ),
        StoreTable("answer", ("cell", "question", *_USED), 2, 1, "the answers of the cell"),
        StoreTable(
            "altered", ("cell", "question", "how"), 2, 1, "the marks of a scrubber on answers of the cell"
        ),
        StoreTable(
            "attempt",
            ("what", "number", "state", "reserved", "settled", "error"),
            2,
            0,
            "the attempts at what costs money",
        ),
        StoreTable(
            "grade", ("layer", "cell", "question", "verdict", "grader", "reason"), 3, 1, "the grades of layer"
        ),
        StoreTable(
            "batch",
            ("cell", "number", "key", "state", "batch", "questions", "error"),
            2,
            0,
            "the state of the batches",
        ),
        StoreTable(
            "loss", ("training", "epoch", "step", "train", "valid"), 2, 0, "the losses of the trainings"
        ),
        StoreTable("ruling", ("judge", "question", "response", *_USED), 3, 1, "the rulings of the judge"),
    )
}
"""All tables but that of the digests, by name."""


class Digests(dict[str, tuple[int, int]]):
    """The number of rows, and the sum of their digests, by part."""

    def count(self, table: StoreTable, row: Sequence[object], times: int) -> None:
        """Add a row with 1, or take it away with -1."""
        part = table.part(row)
        rows, total = self.get(part, (0, 0))
        self[part] = rows + times, (total + times * _digest(table, row)) % _MODULUS

    def added_to(self, kept: Digests) -> Iterator[tuple[str, int, str]]:
        """The rows of the table of digests with these added to those that were kept."""
        for part, (rows, total) in self.items():
            before = kept.get(part, (0, 0))
            yield part, before[0] + rows, f"{(before[1] + total) % _MODULUS:064x}"

    def difference(self, kept: Digests) -> str:
        """The first part of which other digests were kept, for messages; empty if there is none."""
        for part in sorted(self.keys() | kept.keys()):
            there, expected = self.get(part, (0, 0)), kept.get(part, (0, 0))
            if there != expected:
                name, _, of = part.partition(" ")
                words = TABLES[name].words if name in TABLES else "the digests"
                what = f"{words} {of}" if of else words
                if there[0] != expected[0]:
                    return f"of {what} there are {there[0]} rows, and fbench wrote {expected[0]}"
                return f"{what} are not what fbench wrote"
        return ""


def _digest(table: StoreTable, row: Sequence[object]) -> int:
    text = ascii((table.name, *row))  # the same in every version of Python, and no two rows have the same
    return int.from_bytes(sha256(text.encode()).digest(), "big")


def digests_in(db: sqlite3.Connection) -> Digests:
    """The digests of the rows that are there. This reads all of them.

    Raises:
        sqlite3.Error: they cannot be read, or are not in the order of their keys, which a store without
            digests can show alone.
    """
    there = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    found = Digests()
    for table in TABLES.values():
        if table.name not in there and f"exists {table.name} " in ADDED:
            continue
        before: tuple[object, ...] = ()
        with closing(db.execute(table.rows)) as rows:
            for _, part in groupby(rows, itemgetter(slice(table.parts))):
                row, count, total = (), 0, 0
                for count, row in enumerate(part, 1):  # noqa: B007 - used below
                    total += _digest(table, row)
                    if (key := row[: table.keys]) <= before:
                        raise sqlite3.DatabaseError(f"the rows of {table.name} are not in their order")
                    before = key
                found[table.part(row)] = count, total % _MODULUS
    return found


def kept_digests(db: sqlite3.Connection, parts: Iterable[str] | None = None) -> Digests:
    """The digests that were kept of these parts, or of all.

    Raises:
        sqlite3.Error: they cannot be read.
        ValueError: one of them is no digest.
    """
    query = "select part, rows, sum from digest"
    if parts is None:
        found = db.execute(f"{query} order by part").fetchall()
    else:
        found = [row for part in parts for row in db.execute(f"{query} where part = ?", (part,))]
    return Digests({part: (rows, int(total, 16)) for part, rows, total in found})


def check(db: sqlite3.Connection, *, sealed: bool) -> None:
    """Read all of a store, and compare it with its digests, which it keeps if it is `sealed`.

    Raises:
        sqlite3.Error, ValueError, TypeError: it is damaged.
        Changed: it holds other rows than fbench wrote.
    """
    db.execute("begin")  # another process may be writing: all is read as of one commit
    (said,) = db.execute("pragma quick_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(" ".join(said.split()))
    found = digests_in(db)
    if sealed:
        what = found.difference(kept_digests(db))
    else:
        (has,) = db.execute("select count(*) from sqlite_master where name = 'digest'").fetchone()
        what = "its version is 1, and it has digests" if has else ""
    db.execute("commit")
    if what:
        raise Changed(what)


class Changed(sqlite3.DatabaseError):
    """A store holds other rows than fbench wrote."""


def version_of(db: sqlite3.Connection) -> int:
    """The version of a store; 0 where nothing is in it.

    Raises:
        sqlite3.Error: it is no store.
    """
    (version,) = db.execute("pragma user_version").fetchone()
    if not version and db.execute("select 1 from sqlite_master").fetchone():
        raise sqlite3.DatabaseError("it has the tables of something else")
    return version
