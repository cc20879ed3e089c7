"""Read rows of a folder that Hugging Face `datasets` saved: Arrow files in the order that it names them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from fbench.errors import DataError, UsageError
from fbench.tables.parts import TableRow, in_parts, size_of

__all__ = ["ArrowFolder", "is_arrow_folder"]

_STATE, _DICT = "state.json", "dataset_dict.json"


def is_arrow_folder(path: Path) -> bool:
    """Whether a folder was saved by `Dataset.save_to_disk` or `DatasetDict.save_to_disk`."""
    return (path / _STATE).is_file() or (path / _DICT).is_file()


@dataclass(frozen=True, slots=True)
class ArrowFolder:
    """The rows of a saved dataset; they count from 1 over all of its files."""

    path: Path
    files: tuple[Path, ...]
    names: tuple[str, ...]
    complete: Literal[True] = True

    @classmethod
    def of(cls, path: Path) -> ArrowFolder:
        """Read what files there are, and the names of the columns.

        Raises:
            UsageError: pyarrow is not installed, a file cannot be read, or the folder holds several datasets.
            DataError: the folder is damaged.
        """
        if (path / _DICT).is_file():
            inside = sorted(each.name for each in path.iterdir() if is_arrow_folder(each))
            raise UsageError(
                f"{path}: holds several datasets: name the folder of one of them, {', '.join(inside)}."
            )
        try:
            state = cast("dict[str, Any]", json.loads((path / _STATE).read_text(encoding="utf-8")))
            files = tuple(path / str(each["filename"]) for each in state["_data_files"])
        except (ValueError, LookupError, TypeError) as bad:
            raise DataError(
                f"this does not name the files of a dataset ({bad})", file=path / _STATE, do="Save it anew"
            ) from None
        except OSError as error:
            raise UsageError(f"{path / _STATE}: cannot be read: {error.strerror}.") from error
        if state.get("_indices_files") or not files:
            raise DataError(
                "it selects rows of other files, or none",
                file=path,
                do="Call flatten_indices() and save it anew",
            )
        names = tuple(str(name) for name in _opened(files[0]).schema.names)
        return cls(path, files, names)

    def parts(self) -> Iterator[list[TableRow]]:
        """All rows in parts.

        Raises:
            DataError: a file is damaged.
        """
        yield from in_parts(self._rows(), size_of)

    def rows_in(self, part: list[TableRow]) -> Iterator[TableRow]:
        """Each row with its number."""
        return iter(part)

    def _rows(self) -> Iterator[TableRow]:
        number = 0
        for file in self.files:
            arrow = import_module("pyarrow")
            try:
                for batch in _opened(file):
                    for row in batch.to_pylist():
                        number += 1
                        yield number, row
            except arrow.ArrowException as error:
                raise _damaged(file, error) from None


def _opened(file: Path) -> Any:
    try:
        arrow, ipc = import_module("pyarrow"), import_module("pyarrow.ipc")
    except ImportError:
        raise UsageError(
            f"{file}: reading it needs pyarrow, which is not installed: `pip install 'fbench[parquet]'`, or "
            "save the rows as CSV or JSONL."
        ) from None
    try:
        return ipc.open_stream(arrow.memory_map(str(file)))
    except arrow.ArrowException as error:
        raise _damaged(file, error) from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}.") from error


def _damaged(file: Path, error: Exception) -> DataError:
    return DataError(
        f"this is not a stream of Arrow ({' '.join(str(error).split())})",
        file=file,
        do="Save the dataset anew",
    )
