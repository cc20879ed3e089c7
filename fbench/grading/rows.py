"""Rows with their grades as plain values, and the grading of rows in memory."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fbench.errors import DataError, UsageError
from fbench.grading.file_answers import grade_file
from fbench.grading.files import AnswerRow, NamedColumns, added
from fbench.grading.files.json_text import NumberText
from fbench.grading.graded_answers import GradedAnswers, GradingOptions
from fbench.grading.graders import Grade, Verdict
from fbench.runner.stop import Stop

__all__ = ["GradedRow", "grade_rows", "graded_row", "graded_rows", "plain_fields", "rows_as_file"]


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
    with rows_as_file(rows) as file:
        graded = grade_file(file, asked, separator, options, stop=stop)
        made = [graded_row(row, grade, rows[row.number - 1]) for row, grade in graded.rows]
    if graded.failure is not None:
        raise graded.failure
    return made


@contextmanager
def rows_as_file(rows: Sequence[Mapping[str, object]]) -> Generator[Path]:
    """A file that holds these rows while the block lasts; errors about it are about the rows.

    Raises:
        DataError: a row holds what no file can.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        lines = (f"{_json_line(number, row)}\n" for number, row in enumerate(rows, 1))
        file.write_text("".join(lines), encoding="utf-8")
        try:
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


def _json_line(number: int, row: Mapping[str, object]) -> str:
    """A row as a line of JSON. Fields that are NaN are left out: data frames use NaN for empty cells."""
    kept = {
        name: value
        for name, value in row.items()
        if value is not None and not (isinstance(value, float) and math.isnan(value))
    }
    try:
        return json.dumps(kept, default=_plain)
    except (TypeError, ValueError) as error:
        raise DataError(str(error), file="rows", row=number, do="Give texts, numbers and lists") from None


def _plain(value: object) -> object:
    """A value of NumPy or a similar library as a Python value; any other value as a text."""
    as_list: Callable[[], object] | None = getattr(value, "tolist", None)
    return str(value) if as_list is None else as_list()
