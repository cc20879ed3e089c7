"""Read rows of a Parquet file. This needs pyarrow, of the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from fbench.errors import DataError, UsageError
from fbench.tables.parts import TableRow, in_parts, size_of

__all__ = ["Parquet"]

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Parquet:
    """A Parquet file; rows count from 1."""

    path: Path
    names: tuple[str, ...]
    complete: Literal[True] = True

    @classmethod
    def of(cls, path: Path) -> Parquet:
        """Read the names of the columns.

        Raises:
            UsageError: pyarrow is not installed, or the file cannot be read.
            DataError: the file is not Parquet.
        """
        with _opened(path) as file:
            return cls(path, tuple(file.schema_arrow.names))

    def parts(self) -> Iterator[list[TableRow]]:
        """All rows in parts.

        Raises:
            DataError: the file is damaged.
        """
        with _opened(self.path) as file:
            batches = file.iter_batches(batch_size=_ROWS_AT_ONCE)
            rows = chain.from_iterable(batch.to_pylist() for batch in batches)
            yield from in_parts(enumerate(rows, 1), size_of)

    def rows_in(self, part: list[TableRow]) -> Iterator[TableRow]:
        """Each row with its number."""
        return iter(part)


class _opened:  # noqa: N801 - a context manager, named as a function
    """An open `pyarrow.parquet.ParquetFile`; its errors become errors of fbench that name the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ImportError:
            raise UsageError(
                f"{path}: reading Parquet needs pyarrow, which is not installed: "
                "`pip install 'fbench[parquet]'`, or save the rows as CSV or JSONL."
            ) from None
        self._error: type[Exception] = arrow.ArrowException
        with self:
            self._file: Any = parquet.ParquetFile(path)

    def __enter__(self) -> Any:
        return getattr(self, "_file", None)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, self._error):
            problem = f"this is not Parquet ({' '.join(str(error).split())})"
            raise DataError(problem, file=self._path, do="Write the file anew") from None
        if isinstance(error, OSError):
            raise UsageError(f"{self._path}: cannot be read: {error.strerror or error}.") from error
