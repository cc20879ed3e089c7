"""Flat tables as files: CSV, or Parquet, which needs pyarrow of the extra `parquet`.

Equal tables give equal bytes (of Parquet: with the same pyarrow). In CSV every text is in quotes and stands
there as it is, whatever a spreadsheet takes it for; numbers, `true` and `false` are without quotes, and null
is nothing at all. Half a surrogate pair, which UTF-8 cannot hold, is written as a backslash, `u` and its
number.
"""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from fbench.analysis.flat import ColumnKind, FlatTable
from fbench.errors import UsageError
from fbench.files import make_folder, replacing
from fbench.runner.folder import hold_to_output
from fbench.tables.json_text import encodable, text_of

__all__ = ["TableFormat", "csv_bytes", "hold_to_tables", "remove_table", "write_tables"]

TableFormat = Literal["csv", "parquet"]

_ROWS_AT_ONCE = 10_000
_TOLD = 4
"""How many names of columns tell a table of fbench."""


def hold_to_tables(folder: Path, form: TableFormat) -> None:
    """Check, before anything is read, that tables can be written into a folder.

    Raises:
        UsageError: it is no folder or a file of a run, or pyarrow is not installed.
    """
    hold_to_output(folder)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is a file, and tables are written into a folder: name another place.")
    if form == "parquet":
        _arrow(folder)


def write_tables(tables: Iterable[FlatTable], folder: Path, form: TableFormat) -> None:
    """Write each table to `NAME.csv` or `NAME.parquet` in a folder, which is made if it is not there.

    Raises:
        UsageError: a file cannot be written, or is there and holds something else than such a table.
    """
    held = list(tables)
    for table in held:
        _hold_to_own(folder / f"{table.name}.{form}", table, form)
    with _named(folder):
        make_folder(folder)
    for table in held:
        path = folder / f"{table.name}.{form}"
        with _named(path), replacing(path) as file:
            if form == "csv":
                file.writelines(csv_bytes(table))
            else:
                _write_parquet(table, file, path)


def remove_table(table: FlatTable, folder: Path, form: TableFormat) -> None:
    """Remove an earlier table of this name from a folder, if it is one of fbench.

    Raises:
        UsageError: it cannot be removed.
    """
    path = folder / f"{table.name}.{form}"
    if path.is_file() and _is_own(path, table, form):
        with _named(path):
            path.unlink()


def csv_bytes(table: FlatTable) -> Iterable[bytes]:
    """The lines of a table as CSV, the names of its columns first."""
    yield _line(_quoted(column.name) for column in table.columns)
    for row in table.rows:
        yield _line(map(_cell, row))


def _line(cells: Iterable[str]) -> bytes:
    return (",".join(cells) + "\n").encode(errors="backslashreplace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _quoted(value)
    text = text_of(value)
    return _quoted(text) if isinstance(value, list) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _write_parquet(table: FlatTable, file: BinaryIO, path: Path) -> None:
    arrow, parquet = _arrow(path)
    schema = arrow.schema([(column.name, _arrow_type(arrow, column.kind)) for column in table.columns])
    with parquet.ParquetWriter(file, schema) as writer:
        rows = iter(table.rows)
        while part := list(islice(rows, _ROWS_AT_ONCE)):
            arrays = [
                arrow.array([_encodable(row[place]) for row in part], type=field.type)
                for place, field in enumerate(schema)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def _arrow_type(arrow: Any, kind: ColumnKind) -> Any:
    types: dict[ColumnKind, Any] = {
        "text": arrow.string(),
        "whole": arrow.int64(),
        "number": arrow.float64(),
        "flag": arrow.bool_(),
        "texts": arrow.list_(arrow.string()),
    }
    return types[kind]


def _encodable(value: object) -> object:
    """A value whose texts UTF-8 can hold."""
    if isinstance(value, str):
        return encodable(value)
    return [encodable(text) for text in cast("list[str]", value)] if isinstance(value, list) else value


def _arrow(path: Path) -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise UsageError(
            f"{path}: writing Parquet needs pyarrow, which is not installed: "
            "`pip install 'fbench[parquet]'`, or write CSV."
        ) from None


def _hold_to_own(path: Path, table: FlatTable, form: TableFormat) -> None:
    """Refuse to write over a file that holds no earlier table of this name: nobody named the file itself."""
    if path.exists() and not _is_own(path, table, form):
        raise UsageError(
            f"{path}: is there already and is no table of fbench, so it is not written over: move it away, "
            "or name another folder."
        )


def _is_own(path: Path, table: FlatTable, form: TableFormat) -> bool:
    """Whether a file holds such a table."""
    wanted = [column.name for column in table.columns[:_TOLD]]
    there = _csv_names(path) if form == "csv" else _parquet_names(path)
    return there[:_TOLD] == wanted


def _csv_names(path: Path) -> Sequence[str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file), list[str]())
    except (OSError, ValueError, csv.Error):
        return []


def _parquet_names(path: Path) -> Sequence[str]:
    _, parquet = _arrow(path)
    try:
        return parquet.read_schema(path).names
    except (OSError, ValueError):  # pyarrow's errors are such
        return []


@contextmanager
def _named(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}. Name another place.") from error
