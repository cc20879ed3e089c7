"""Write rows as JSONL or CSV, one at a time; a file is written completely or not at all."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from fbench import files
from fbench.errors import UsageError
from fbench.grading.files.json_text import line_of, text_of

__all__ = ["Put", "hold_to_place", "written_rows"]

Put = Callable[[Mapping[str, object]], None]
"""Writes a row."""

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


@contextmanager
def written_rows(out: Path | None, columns: Sequence[str], stdout: BinaryIO) -> Generator[Put]:
    """Give a function that writes rows to a file, or to `stdout`.

    A name that ends with .csv or .tsv (before .gz) makes a table of `columns`, with values other than text
    written as JSON; any other name makes JSONL. The file is renamed into place at the end; after a failure
    the old file is unchanged.

    Raises:
        UsageError: the file cannot be written.
    """
    if out is None:
        yield _json_lines(stdout)
        stdout.flush()
        return
    with _named(out), files.replacing(out) as place, ExitStack() as stack:
        raw = place
        if out.suffix.lower() == ".gz":
            raw = cast("BinaryIO", stack.enter_context(gzip.GzipFile("", "wb", 9, raw, mtime=0)))
        ends = [suffix.lower() for suffix in out.suffixes if suffix.lower() != ".gz"]
        delimiter = _DELIMITERS.get(ends[-1] if ends else "")
        if delimiter is None:
            yield _json_lines(raw)
        else:
            text = io.TextIOWrapper(raw, "utf-8", errors="backslashreplace", newline="")
            yield _table(text, delimiter, columns)
            text.detach()  # it would close the file


def _json_lines(raw: BinaryIO) -> Put:
    def put(fields: Mapping[str, object]) -> None:
        raw.write(line_of(fields).encode())

    return put


def _table(text: io.TextIOWrapper, delimiter: str, columns: Sequence[str]) -> Put:
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(columns)

    def put(fields: Mapping[str, object]) -> None:
        writer.writerow([_cell(fields.get(name)) for name in columns])

    return put


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
