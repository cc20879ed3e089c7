"""Exports as a reader takes them: the files that `fbench report` wrote, read by other means than fbench's."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest

from fbench.analysis.rebuild import rebuild
from fbench.analysis.results import Results
from fbench.analysis.results_file import write_results
from fbench.cli import main
from fbench.runner.store import Answer
from tests.analysis.conftest import MadeRun
from tests.cli.cli_user import Said

__all__ = [
    "CUT_OFF",
    "REJECTED",
    "TABLES",
    "csv_rows",
    "export",
    "finish",
    "flat",
    "give",
    "json_of",
    "parquet_rows",
    "parquet_types",
    "said_by",
    "values_of",
]

TABLES = ("rows", "beyond", "spreads", "measures", "curves", "contrasts", "trainings", "agreement")

PARQUET: Any = import_module("pyarrow.parquet")

csv.field_size_limit(2**31 - 1)


def said_by(*args: object) -> Said:
    """What a command of the command line says, called in this process."""
    out, err = StringIO(), StringIO()
    with (
        mock.patch.object(sys, "argv", ["fbench", *map(str, args)]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Said(int(ended.value.code or 0), out.getvalue(), err.getvalue())


CUT_OFF, REJECTED = object(), object()
"""Answers that were cut off before they began, and questions that the service rejected."""


def give(run: MadeRun, cell: str, split: str, texts: Sequence[object], task: str = "news") -> None:
    """Have a cell answer the questions of a split: with a text, with nothing, or with an error."""
    run.store.save_answers(
        Answer(
            cell,
            question.id,
            text if isinstance(text, str) else "",
            "length" if text is CUT_OFF else "stop",
            "it was rejected" if text is REJECTED else "",
            7,
            2,
        )
        for question, text in zip(run.questions(split, task), texts, strict=False)
    )


def finish(run: MadeRun) -> Results:
    """End a run with the results of what was answered, graded by rule."""
    results = rebuild(run.folder)
    write_results(run.folder, run.store, results.to_json())
    return results


def export(run: Path, folder: Path, *more: object) -> Said:
    """Every export of a run: tables in `csv` and `parquet`, `page.md`, `tables.tex`, `log.json`."""
    return said_by(
        *("report", run, "--csv", folder / "csv", "--parquet", folder / "parquet"),
        *("--md", folder / "page.md", "--latex", folder / "tables.tex", "--inspect", folder / "log.json"),
        *more,
    )


def csv_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as texts."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def parquet_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a Parquet file."""
    return PARQUET.read_table(path).to_pylist()


def parquet_types(path: Path) -> dict[str, str]:
    """The columns of a Parquet file with their types."""
    schema = PARQUET.read_schema(path)
    return dict(zip(schema.names, map(str, schema.types), strict=True))


def flat(part: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    """The values of a part of results.json by the names that columns have; free mappings stay whole."""
    for name, value in part.items():
        if isinstance(value, dict) and name not in ("counts", "confusion"):
            yield from flat(cast("dict[str, Any]", value), f"{before}{name}_")
        elif name != "points":
            yield before + name, value


def values_of(results: Mapping[str, Any], table: str) -> list[dict[str, object]]:
    """The rows that a table must have, made from results.json; nulls of nested parts are left out."""
    parts: Sequence[Mapping[str, Any]] = results[table]
    if table != "curves":
        return [dict(flat(part)) for part in parts]
    return [{**dict(flat(part)), **dict(flat(point, "point_"))} for part in parts for point in part["points"]]


def json_of(path: Path) -> Any:
    """What a file of JSON holds."""
    return json.loads(path.read_text(encoding="utf-8"))
