"""Files of rows in any supported format: their column names, and rows that can be read repeatedly.

A file is read in parts of some hundred rows. What costs most of the reading, such as decoding JSON, is done
by `rows_in`, which needs nothing but the part, and so may be called in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from fbench.errors import UsageError
from fbench.tables.delimited import Delimited
from fbench.tables.json_files import JsonFile
from fbench.tables.parquet import Parquet
from fbench.tables.parts import TableRow

__all__ = ["FORMATS", "Table", "open_table"]

FORMATS = (
    "JSONL or JSON (.jsonl, .ndjson, .json), CSV or TSV (.csv, .tsv), Parquet (.parquet), and folders that "
    "Hugging Face datasets saved (save_to_disk)"
)
"""What is read, for messages."""


class Table(Protocol):
    """Rows of a file, which is read from the start each time."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns; if they are not `complete`, those of its first row."""
        ...

    @property
    def complete(self) -> bool:
        """Whether no row can have other columns."""
        ...

    def parts(self) -> Iterator[Any]:
        """All rows in parts, each in the form that this table's `rows_in` reads. Raises `DataError`."""
        ...

    def rows_in(self, part: Any) -> Iterator[TableRow]:
        """Each row of a part with the number by which the user finds it. Raises `DataError`."""
        ...


def open_table(path: Path, recognised: Callable[[Sequence[str]], int]) -> Table:
    """The table in a CSV, TSV, JSONL, JSON or Parquet file; the text formats may be compressed with gzip.

    `recognised` counts the wanted columns among some names; this decides which delimiter is the right one.

    Raises:
        UsageError: there is no such file, its format is not supported, or pyarrow is missing.
        DataError: the file does not have the format that its name says.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    match suffixes[-2:]:
        case [*_, ".csv" | ".tsv"] | [".csv" | ".tsv", ".gz"]:
            return Delimited.of(path, recognised)
        case [*_, ".jsonl" | ".ndjson" | ".json"] | [".jsonl" | ".ndjson" | ".json", ".gz"]:
            return JsonFile.of(path)
        case [*_, ".parquet"]:
            return Parquet.of(path)
        case _:
            raise UsageError(
                f"{path}: is no folder of a run, and its name does not end with .tsv, .json, .parquet, "
                ".csv or .jsonl."
            )
