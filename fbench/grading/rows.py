"""Rows with their grades as plain values, and the grading of rows in memory."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Number
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from fbench.errors import DataError, UsageError
from fbench.grading.file_answers import grade_file
from fbench.grading.files import AnswerFile, AnswerRow, NamedColumns, added
from fbench.grading.graded_answers import GradedAnswers, GradingOptions
from fbench.grading.graders import Grade, Verdict
from fbench.runner.stop import Stop
from fbench.tables.json_text import NumberText

__all__ = [
    "GradedRow",
    "grade_rows",
    "graded_row",
    "graded_rows",
    "not_a_list",
    "plain_fields",
    "rows_as_file",
    "rows_of",
]


@dataclass(frozen=True, slots=True)
class GradedRow:
    """An answer and its grade.

    Attributes:
        question: the question.
        gold: the accepted answers.
        response: the response.
        verdict: the result of grading.
        grader: the rule or the model that gave the verdict.
        reason: the reason for the verdict, in plain words.
        fields: the row as given, with all other fields; for a run, the fields that `fbench grade` writes.
    """

    question: str
    gold: tuple[str, ...]
    response: str
    verdict: Verdict
    grader: str
    reason: str
    fields: Mapping[str, object]

    def to_dict(self) -> dict[str, object]:
        """The row with its verdict, grader and reason, as `fbench grade` writes it."""
        return {**self.fields, **added(Grade(self.verdict, self.grader, self.reason))}


def not_a_list() -> DataError:
    """The error where a mapping is given in place of rows: one row, or columns."""
    do = "Give a list of dictionaries with question, gold and response, also for a single row"
    return DataError("this is one mapping, and no list of rows", file="rows", do=do)


def rows_of(given: Iterable[object]) -> list[dict[str, object]]:
    """Rows that a program gives.

    Raises:
        DataError: one is no mapping, or all are one mapping.
    """
    if isinstance(given, Mapping):
        raise not_a_list()
    rows: list[dict[str, object]] = []
    for number, row in enumerate(given, 1):
        if not isinstance(row, Mapping):
            raise DataError(
                f"this is {type(row).__name__}, and no mapping of fields to values",
                file="rows",
                row=number,
                do="Give dictionaries with question, gold and response; those of a data frame are "
                'its .to_dict("records")',
            )
        rows.append(dict(cast("Mapping[str, object]", row)))
    return rows


def graded_rows(graded: GradedAnswers) -> list[GradedRow]:
    """The rows of a file or a run with their grades.

    Raises:
        FbenchError: the error that ended the judging early.
    """
    rows = [graded_row(row, made, plain_fields(graded.kept(row))) for row, made in graded.rows]
    if graded.failure is not None:
        raise graded.failure
    return rows


def grade_rows(
    rows: Sequence[Mapping[str, object]],
    asked: NamedColumns,
    separator: str | None,
    options: GradingOptions,
    *,
    stop: Stop,
) -> list[GradedRow]:
    """Grade rows in memory as `grade_file` grades those of a file, so that both give the same verdicts.

    Args:
        rows: each with question, gold and response, as the rows of a file.
        asked: their fields, as far as the user names them.
        separator: see `fbench.grading.files.golds.Golds`.
        options: how rows are graded.
        stop: a request to end the judging early.

    Raises:
        DataError: a row has an error.
        FbenchError: as `grade_file`, and the error that ended the judging early.
    """
    if not rows:
        return []
    with rows_as_file(rows, asked) as file:
        graded = grade_file(file, asked, separator, options, stop=stop)
        made = [graded_row(row, grade, rows[row.number - 1]) for row, grade in graded.rows]
    if graded.failure is not None:
        raise graded.failure
    return made


@contextmanager
def rows_as_file(rows: Sequence[Mapping[str, object]], asked: NamedColumns) -> Generator[Path]:
    """A file that holds these rows while the block lasts; errors about it are about the rows.

    Raises:
        DataError: a row holds what no file can, or a value to be graded is neither a text nor a number.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        lines = (f"{_json_line(number, row)}\n" for number, row in enumerate(rows, 1))
        file.write_text("".join(lines), encoding="utf-8")
        try:
            _hold_to_values(rows, AnswerFile(file, asked).graded)
            yield file
        except UsageError as error:
            error.args = tuple(str(each).replace(str(file), "rows") for each in error.args)
            if isinstance(error, DataError):
                error.file = "rows"
            raise


def graded_row(row: AnswerRow, made: Grade, fields: Mapping[str, object]) -> GradedRow:
    """A row of a file or a run with its grade; `fields` are all of it."""
    item = row.item
    return GradedRow(item.question, item.gold, row.response, made.verdict, made.grader, made.reason, fields)


def plain_fields(kept: Mapping[str, object]) -> dict[str, object]:
    """The fields of a row of a file, with numbers as Python has them."""
    return {
        name: float(value.text) if isinstance(value, NumberText) else value for name, value in kept.items()
    }


def _hold_to_values(rows: Iterable[Mapping[str, object]], graded: Iterable[str]) -> None:
    """Check that what is graded is a text or a number: how Python shows any other value is no answer.

    The order of a set, for one, differs from process to process, and True may be meant as yes.
    """
    names = tuple(graded)
    for number, row in enumerate(rows, 1):
        for name in names:
            if (kind := _unsuited(row.get(name))) is not None:
                raise DataError(
                    f"this is a value of type {kind}, which would be graded as Python shows it",
                    file="rows",
                    row=number,
                    field=name,
                    do="Write it as a text, or as a list of texts where several answers are accepted",
                )


def _unsuited(value: object) -> str | None:
    """The type of a value that is not graded as it stands, or of one in a list; None if it is."""
    if value is None or isinstance(value, str):
        return None
    value = _as_list(value)
    if isinstance(value, list | tuple):
        found = (_unsuited(each) for each in cast("Sequence[object]", value))
        return next((kind for kind in found if kind is not None), None)
    if value is None or isinstance(value, str | Mapping):  # a mapping is refused for what it is
        return None
    known = isinstance(value, Number) and not isinstance(value, bool | complex)
    return None if known else type(value).__name__


def _as_list(value: object) -> object:
    """A value of NumPy or a similar library as Python's own; any other as it is."""
    as_list: Callable[[], object] | None = getattr(value, "tolist", None)
    return value if as_list is None else as_list()


def _json_line(number: int, row: Mapping[str, object]) -> str:
    """A row as a line of JSON. NaN is written as null: data frames use NaN for empty cells."""
    kept = {
        name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()
    }
    try:
        return json.dumps(kept, default=_plain)
    except (TypeError, ValueError) as error:
        raise DataError(str(error), file="rows", row=number, do="Give texts, numbers and lists") from None


def _plain(value: object) -> object:
    """A value of NumPy or a similar library as a Python value; any other value as a text."""
    own = _as_list(value)
    return str(value) if own is value else own
