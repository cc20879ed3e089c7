"""Rows as the bytes of JSONL or CSV, and their file, which is written completely or not at all."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fbench import files
from fbench.errors import UsageError
from fbench.tables.json_text import line_of, text_of

__all__ = ["Form", "form_of", "hold_to_place", "written"]

_DELIMITERS = {".csv": ",", ".tsv": "\t"}


def hold_to_place(out: Path) -> None:
    """Check that a file can be written, before anything costs time or money.

    Raises:
        UsageError: the file cannot be written.
    """
    if out.suffix.lower() == ".parquet":
        raise UsageError(f"{out}: Parquet is read, but not written. Name a .jsonl or .csv file.")
    with _named(out):
        files.hold_to_place(out)


@dataclass(frozen=True, slots=True)
class Form:
    """How rows are written: as JSONL, or as a table of `columns` where there is a delimiter."""

    columns: Sequence[str]
    delimiter: str | None

    @property
    def head(self) -> bytes:
        """What is written before the first row."""
        return b"" if self.delimiter is None else self._table([self.columns])

    def bytes_of(self, rows: Iterable[Mapping[str, object]]) -> bytes:
        """Rows as they are written; in a table values other than text are JSON."""
        if self.delimiter is None:
            return "".join(map(line_of, rows)).encode()
        return self._table([_cell(fields.get(name)) for name in self.columns] for fields in rows)

    def _table(self, rows: Iterable[Sequence[str]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter or ",").writerows(rows)
        return text.getvalue().encode(errors="backslashreplace")


def form_of(out: Path | None, columns: Sequence[str]) -> Form:
    """A table if the name of a file ends with .csv or .tsv (before .gz), JSONL if not, and on stdout."""
    ends = [suffix.lower() for suffix in out.suffixes if suffix.lower() != ".gz"] if out else []
    return Form(columns, _DELIMITERS.get(ends[-1] if ends else ""))


@contextmanager
def written(out: Path | None, stdout: BinaryIO) -> Generator[Callable[[bytes], object]]:
    """Give a function that writes to a file, packed if its name ends with .gz, or to `stdout`.

    The file is renamed into place at the end; after a failure the old file is unchanged.

    Raises:
        UsageError: the file cannot be written.
    """
    if out is None:
        yield stdout.write
        stdout.flush()
        return
    with _named(out), files.replacing(out) as raw:
        if out.suffix.lower() == ".gz":
            with gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
                yield packed.write
        else:
            yield raw.write


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = text_of(value)
    return text[1:-1] if text.startswith('"') else text  # a string that replaces a value JSON cannot express


@contextmanager
def _named(out: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}. Name another place.") from error
