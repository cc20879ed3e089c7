"""Answers to be graded: the rows of a CSV or JSONL file, or those in a run's store."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard, cast

from fbench.datasets.model import AnswerKind, Question
from fbench.errors import DataError, UsageError
from fbench.graders import Item
from fbench.store import Answer, Store

__all__ = ["AnswerRow", "line_of", "read_answers", "rows_of_run"]

_REQUIRED = ("question", "gold", "response")
_JSONL = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row as it was given, and what of it is graded.

    `error` is a service's reason for giving no answer; `finish` is why the model stopped.
    """

    fields: Mapping[str, object]
    item: Item
    response: str
    error: str = ""
    finish: str = ""


def line_of(fields: Mapping[str, object]) -> str:
    """A line of JSONL with these fields, which UTF-8 has bytes for."""
    text = json.dumps(fields, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can escape half a surrogate pair, which UTF-8 has no bytes for
        text = json.dumps(fields)
    return text + "\n"


def read_answers(source: Path) -> list[AnswerRow]:
    """All rows of a CSV or JSONL file with `question`, `gold` and `response`.

    Raises:
        DataError: a row or column is missing or wrong.
        UsageError: there is no such file, or it is of another kind.
    """
    suffix = source.suffix.lower()
    if suffix not in (".csv", *_JSONL):
        raise UsageError(f"{source}: is no folder of a run, and its name does not end with .csv or .jsonl.")
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as bad:
        raise DataError(f"byte {bad.start} is not UTF-8", file=source, do="Save the file as UTF-8") from None
    records = _jsonl(source, text) if suffix in _JSONL else _csv(source, text)
    rows = [_row(source, number, fields) for number, fields in records]
    if not rows:
        do = f"Give rows with {', '.join(_REQUIRED)}"
        raise DataError("there is nothing in it to grade", file=source, do=do)
    return rows


def _csv(source: Path, text: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Records by their row as a spreadsheet counts: the header is row 1."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, list[str]())
        for field in _REQUIRED if header else ():
            if field not in header:
                problem = f"the column is missing (there are: {', '.join(header)})"
                raise DataError(problem, file=source, field=field, do="Name the column so in the first row")
        for field in header:
            if header.count(field) > 1:
                raise DataError(
                    "two columns have this name", file=source, row=1, field=field, do="Rename one"
                )
        for number, cells in enumerate(reader, 2):
            if len(cells) not in (0, len(header)):
                problem = f"it has {len(cells)} cells where the header has {len(header)}"
                raise DataError(problem, file=source, row=number, do="Put cells with commas in quotes")
            if cells:
                yield number, dict(zip(header, cells, strict=True))
    except csv.Error as bad:
        raise DataError(f"this is not CSV ({bad})", file=source, row=reader.line_num) from None


def _jsonl(source: Path, text: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Records by their line. Only line feeds part lines: JSON texts may hold other separators."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value: object = json.loads(line)
        except (ValueError, RecursionError) as bad:
            do = "Write one object a line"
            raise DataError(f"this is not JSON ({bad})", file=source, row=number, do=do) from None
        if not isinstance(value, dict):
            do = "Write one object a line"
            raise DataError("this is JSON, but not an object", file=source, row=number, do=do)
        yield number, cast("dict[str, object]", value)


def _row(source: Path, number: int, fields: dict[str, object]) -> AnswerRow:
    def text(name: str, *, required: bool) -> str:
        value = fields.get(name)
        if value is None and not required:
            return ""
        if not isinstance(value, str):
            problem = "this is not a text" if name in fields else "the field is missing"
            raise DataError(problem, file=source, row=number, field=name, do="Give a text")
        return value

    gold = _gold(fields.get("gold"))
    if not gold:
        problem = "there is no accepted answer in it" if "gold" in fields else "the field is missing"
        do = "Give a text, or a JSON list of one or more texts"
        raise DataError(problem, file=source, row=number, field="gold", do=do)
    kind = text("kind", required=False).strip()
    if kind and kind not in set(AnswerKind):
        do = f"Known are {', '.join(AnswerKind)}; leave it empty to have it inferred"
        raise DataError(f"{kind!r} is unknown", file=source, row=number, field="kind", do=do)
    item = Item(
        question=text("question", required=True),
        gold=gold,
        kind=AnswerKind(kind) if kind else None,
        answer_before=text("answer_before", required=False) or None,
    )
    finish = fields.get("finish")  # a column of that name may hold something else
    return AnswerRow(
        fields, item, text("response", required=True), finish=finish if isinstance(finish, str) else ""
    )


def _gold(value: object) -> tuple[str, ...]:
    """The accepted answers in a text, in a JSON list, or in a text that is a JSON list; none if it is bad."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            listed: object = json.loads(value)
        except (ValueError, RecursionError):
            listed = None
        if _all_texts(listed):
            value = listed
    if isinstance(value, str):
        value = [value]
    return tuple(value) if _all_texts(value) and all(text.strip() for text in value) else ()


def _all_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(text, str) for text in cast("list[object]", value))


def rows_of_run(folder: Path, store: Store, questions: Iterable[Question]) -> list[AnswerRow]:
    """The answers in a run's store, by cell and question.

    Raises:
        UsageError: there are none.
    """
    by_id = {question.id: question for question in questions}
    rows = [_answered(answer, by_id[answer.question]) for answer in store.answers()]
    if not rows:
        raise UsageError(f"{folder}: nothing was answered yet: go on with `fbench resume {folder}`.")
    return rows


def _answered(answer: Answer, question: Question) -> AnswerRow:
    fields: dict[str, object] = {
        "cell": answer.cell,
        "id": question.id,
        "question": question.text,
        "gold": question.gold[0] if len(question.gold) == 1 else list(question.gold),
        "kind": question.kind.value,
        "answer_before": question.answer_before,
        "response": answer.text,
    }
    item = Item(question.text, question.gold, question.kind, question.answer_before)
    return AnswerRow(fields, item, answer.text, answer.error, answer.finish)
