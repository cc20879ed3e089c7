"""Rows of a CSV file as text, each cell exactly as written."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fbench.datasets.model import Place
from fbench.errors import DataError
from fbench.plurals import counted

__all__ = ["ReleasedRow", "read_rows"]

_AGAIN = "Fetch the release again with `fbench data fetch`, or mend the file"


@dataclass(frozen=True, slots=True)
class ReleasedRow:
    """One record. `number` counts as in a spreadsheet: the header is row 1."""

    file: Path
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.cells[field]

    @property
    def place(self) -> Place:
        """The file and row of the record."""
        return Place(file=str(self.file), row=self.number)

    def error(self, problem: str, field: str) -> DataError:
        """An error about one cell, to be raised."""
        return DataError(problem, file=self.file, row=self.number, field=field, do=_AGAIN)


def read_rows(file: Path, *, fields: Sequence[str], unique: Sequence[str] = ("id",)) -> list[ReleasedRow]:
    """All records of `file`, in order; "None" and empty cells are kept as they are.

    Raises `DataError` if the file is missing, is not UTF-8 or not CSV, has no rows, lacks one of `fields` or
    leaves one blank, or if two rows agree in all of `unique`.
    """
    try:
        # Decoded in one call, so that an error's offset counts from the start of the file.
        text = file.read_bytes().decode("utf-8-sig")
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(reader, list[str]())
        _require(header, fields, file)
        rows = [_row(file, number, header, cells) for number, cells in enumerate(reader, 2) if cells]
    except FileNotFoundError:
        raise DataError("the file is missing", file=file, do=_AGAIN) from None
    except UnicodeDecodeError as bad:
        problem = f"byte {bad.start} is not UTF-8"
        raise DataError(problem, file=file, do="Save the file as UTF-8, or fetch it again") from None
    except csv.Error as bad:
        raise DataError(f"this is not CSV ({bad})", file=file, do=_AGAIN) from None
    if not rows:
        raise DataError("there are no rows below the header", file=file, do=_AGAIN)
    _check(rows, fields, unique)
    return rows


def _require(header: list[str], fields: Sequence[str], file: Path) -> None:
    if not header:
        raise DataError("the file is empty", file=file, do=_AGAIN)
    for field in fields:
        if field not in header:
            present = ", ".join(name for name in header if name)
            raise DataError(
                f"the column is missing (there are: {present})", file=file, field=field, do=_AGAIN
            )


def _row(file: Path, number: int, header: list[str], cells: list[str]) -> ReleasedRow:
    if len(cells) != len(header):
        problem = f"{counted(len(cells), 'cell')} where the header has {len(header)}"
        raise DataError(problem, file=file, row=number, do=_AGAIN)
    return ReleasedRow(file, number, dict(zip(header, cells, strict=True)))


def _check(rows: list[ReleasedRow], fields: Sequence[str], unique: Sequence[str]) -> None:
    seen: dict[tuple[str, ...], ReleasedRow] = {}
    for row in rows:
        for field in fields:
            if not row[field].strip():
                raise row.error("the cell is empty", field)
        key = tuple(row[field] for field in unique)
        if key in seen:
            raise row.error(f"{' / '.join(key)!r} is in row {seen[key].number} already", unique[0])
        seen[key] = row
