"""Read rows of CSV in its dialects: the delimiter is found from the header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple

from fbench.errors import DataError
from fbench.plurals import counted
from fbench.tables.opening import opened
from fbench.tables.parts import TableRow, ascii_safe, in_parts

__all__ = ["Delimited"]

_DELIMITERS = (",", "\t", ";", "|")
_SEP = re.compile(r'sep=([^\w" \r\n])[\r\n]*')
"""An optional first line that tells spreadsheets the delimiter."""
_EMPTY = "".join((*_DELIMITERS, " \r\n"))
_SAMPLE_ROWS, _SAMPLE_LENGTH = 20, 1 << 18
_LONGEST_CELL = 2**31 - 1
_limit = Lock()

_Record = tuple[int, list[str]]
"""The number of a row, and its cells."""


class _Dialect(NamedTuple):
    delimiter: str
    spaced: bool  # blanks between a delimiter and a quote
    before: int  # lines before the header: blank lines, and one that names the delimiter


@dataclass(frozen=True, slots=True)
class Delimited:
    """A file of delimited cells: the names in its header, and its rows."""

    path: Path
    names: tuple[str, ...]
    _dialect: _Dialect
    complete: Literal[True] = True

    @classmethod
    def of(cls, path: Path, recognised: Callable[[Sequence[str]], int]) -> Delimited:
        """Read the header. `recognised` counts the wanted columns among some names.

        Raises:
            DataError: the header cannot be read, or two columns have the same name.
            UsageError: the file cannot be read.
        """
        with opened(path) as text:
            lines, whole = _sample(text)
        dialect = _sniff(lines, recognised, whole=whole)
        header = next(_records(path, lines[dialect.before :], dialect), (1, list[str]()))
        return cls(path, _unique(path, header), dialect)

    def parts(self) -> Iterator[list[_Record]]:
        """The cells of all rows, in parts. A row may go over several lines, so lines alone part nothing.

        Raises:
            DataError: a row is not CSV.
        """
        with opened(self.path) as text:
            records = _records(self.path, islice(text, self._dialect.before, None), self._dialect)
            next(records, None)
            yield from in_parts(records, lambda record: sum(map(len, record[1])))

    def rows_in(self, part: Iterable[_Record]) -> Iterator[TableRow]:
        """Each row with its number as in a spreadsheet: the header is row 1. Blank rows are skipped.

        Raises:
            DataError: a row has more or fewer cells than the header.
        """
        for number, cells in part:
            if len(cells) == len(self.names):
                if any(cells) and any(map(str.strip, cells)):
                    yield number, dict(zip(self.names, cells, strict=True))
            elif any(map(str.strip, cells)):
                raise self._uneven(number, cells)

    def _uneven(self, number: int, cells: Sequence[str]) -> DataError:
        """What is wrong with a row that has more or fewer cells than the header, and the likely causes."""
        mark = _NAMED.get(self._dialect.delimiter, repr(self._dialect.delimiter))
        problem = f"it has {counted(len(cells), 'cell')} where the header has {len(self.names)}"
        if len(cells) > len(self.names):
            do = f"Put cells with {mark} in quotes, and give each column a name in the header"
        else:
            problem += f", so there is none for {ascii_safe(self.names[len(cells)][:60])!r}"
            do = (
                f"Part its cells with {mark}, as the header's are, leave an empty cell where nothing stands, "
                "and put cells with line breaks in quotes"
            )
        return DataError(problem, file=self.path, row=number, do=do)


_NAMED = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars (|)"}


def _records(path: Path, lines: Iterable[str], dialect: _Dialect) -> Iterator[_Record]:
    """Records from the header on, with their numbers."""
    reader = _reader(lines, dialect)
    number = dialect.before
    while True:
        number += 1
        try:
            cells = _next(reader)
        except csv.Error as bad:
            do = "Close each quote, and double quotes within a cell"
            raise DataError(f"this is not CSV ({bad})", file=path, row=number, do=do) from None
        if cells is None:
            return
        yield number, cells


def _reader(lines: Iterable[str], dialect: _Dialect) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.spaced, strict=True)


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    """The next record, with cells of any length: the csv module's limit is lifted only during this call."""
    with _limit:
        limit = csv.field_size_limit(_LONGEST_CELL)
        try:
            return next(reader, None)
        finally:
            csv.field_size_limit(limit)


def _sample(text: Iterable[str]) -> tuple[list[str], bool]:
    """The first lines, and whether they are the whole file."""
    lines: list[str] = []
    length = 0
    for line in text:
        lines.append(line)
        length += len(line)
        if length > _SAMPLE_LENGTH:
            return lines, False
    return lines, True


def _sniff(lines: list[str], recognised: Callable[[Sequence[str]], int], *, whole: bool) -> _Dialect:
    """The dialect whose header has most wanted columns, fits the rows below it, and has most columns."""
    before = _first_full(lines, 0)
    if before < len(lines) and (told := _SEP.fullmatch(lines[before])):
        before = _first_full(lines, before + 1)
        return _Dialect(told[1], _is_spaced(lines[before : before + 1], told[1]), before)
    lines = lines[before:]

    def fit(delimiter: str) -> tuple[int, bool, int]:
        dialect = _Dialect(delimiter, _is_spaced(lines[:1], delimiter), before)
        records: list[list[str]] = []
        fits = True
        reader = _reader(lines, dialect)
        try:
            while len(records) < _SAMPLE_ROWS and (cells := _next(reader)) is not None:
                records.append(cells)
        except csv.Error:
            fits = not whole  # the sample may end within quotes
        header = records[0] if records else []
        complete = records if whole or len(records) == _SAMPLE_ROWS else records[:-1]
        fits = fits and all(len(cells) == len(header) or not any(cells) for cells in complete)
        return recognised(header), fits, len(header)

    best = max(_DELIMITERS, key=fit)
    return _Dialect(best, _is_spaced(lines[:1], best), before)


def _first_full(lines: Sequence[str], begin: int) -> int:
    """The index of the first line that has more than delimiters and blanks."""
    return next((n for n, line in enumerate(lines[begin:], begin) if line.strip(_EMPTY)), len(lines))


def _is_spaced(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a header has blanks before its quotes, outside quotes: `question, "gold"`."""
    header = re.sub(r"(?:^|(?<=" + re.escape(delimiter) + r'))"(?:[^"]|"")*"', "", "".join(lines))
    return re.search(re.escape(delimiter) + r' +"', header) is not None


def _unique(path: Path, header: _Record) -> tuple[str, ...]:
    """The names of the columns. If several have no name, they are named by their position."""
    row, cells = header
    counts = Counter(cells)
    names = [
        f"column {place}" if not name and counts[""] > 1 else name for place, name in enumerate(cells, 1)
    ]
    for name, count in Counter(names).items():
        if count > 1:
            raise DataError("two columns have this name", file=path, row=row, field=name, do="Rename one")
    return tuple(names)
