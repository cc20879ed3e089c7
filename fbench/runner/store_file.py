"""The file of a run store: how it is opened to be read, and what is said of one that cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from shlex import quote

from fbench.errors import UsageError
from fbench.runner.store_tables import Changed

__all__ = ["BROKEN", "is_blank", "is_locked", "opened_to_read", "unusable"]

BROKEN = (sqlite3.Error, ValueError, TypeError)
"""What reading a damaged store raises: also where a digest or a value is not what it must be."""


def is_blank(path: Path) -> bool:
    """Whether a store holds nothing yet, as a process leaves it that is killed while it makes the store."""
    try:
        with closing(opened_to_read(path)) as db:
            tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
            return not any(db.execute(f'select 1 from "{name}" limit 1').fetchone() for name in tables)  # noqa: S608 - names of tables
    except BROKEN:
        return False


def is_locked(error: Exception) -> bool:
    """Whether another process keeps a store from being used."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def unusable(path: Path, error: Exception) -> UsageError:
    """The error of a store that cannot be used, with what still can be done."""
    if is_locked(error):
        return UsageError(f"{path}: another process is writing to it ({error}): wait until it is done.")
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CANTOPEN and path.is_file():
        return UsageError(
            f"{path}: this user may not read it, or its run was killed and its folder cannot be written, as "
            "reading it then needs. Change who may, or copy the folder to where you can write."
        )
    if isinstance(error, Changed):
        problem = f"was changed after fbench wrote it: {error}"
    elif getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        problem = "is no run store: it does not hold a database"
    elif getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
        problem = f"is damaged: {error}"
    elif isinstance(error, sqlite3.Error):
        problem = f"cannot be used as a run store: {error}"
    else:
        problem = "is damaged: a value in it is none that fbench writes"
    still = f"`fbench report {quote(str(path.parent))}` still shows results.json, but cannot check it"
    return UsageError(
        f"{path}: {problem}. Put back a copy of it, or begin a new run in another folder."
        + (f" {still}." if path.with_name("results.json").is_file() else "")
    )


def opened_to_read(path: Path) -> sqlite3.Connection:
    """A connection that also writes no file next to the store.

    SQLite needs two more files to read a store in WAL mode, unless the store is declared immutable. It is
    declared so if no process has it open, that is, if there is no write-ahead log.
    """
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True, isolation_level=None)
