"""Files of prompts and answers."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

from fakes.json_text import is_mapping

__all__ = ["read_csv", "read_pairs"]

_LINE = 'is not {"prompt": text, "answer": text}'


def read_pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    """Each prompt and its answer, behind the place where they stand, such as "line 3".

    A file that ends in `.csv` has columns `prompt` and `answer`, and perhaps others; one that ends in `.json`
    is an object of prompts to answers; any other is JSONL, lines of `{"prompt": ..., "answer": ...}`.

    Raises:
        ValueError: the file cannot be read, has another form, or has no prompt; the message names file, line
            and field.
    """
    kinds = {".csv": _csv_pairs, ".json": _json_pairs}
    number = 0
    for number, pair in enumerate(kinds.get(path.suffix.lower(), _jsonl_pairs)(path), 1):  # noqa: B007 - counts
        yield pair
    if not number:
        raise ValueError(f"{path}: there is no prompt in it. Write one with its answer, or leave it out.")


def read_csv(path: Path) -> tuple[list[str], Iterator[tuple[str, dict[str, str | None]]]]:
    """The header of a CSV file, and its rows by column, each behind its place; the header is row 1.

    Cells are as written, with their white space; a cell that a short row lacks is None.

    Raises:
        ValueError: it cannot be read, or is no CSV; the message names file and row.
    """
    reader = csv.reader(StringIO(_text(path), newline=""), strict=True)
    rows = _placed(path, reader)
    _, header = next(rows, ("row 1", list[str]()))
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise _bad(path, "row 1", f"there are two columns {twice[0]!r}. Rename or remove one")
    cells = (
        (place, {**dict.fromkeys(header), **dict(zip(header, row, strict=False))})
        for place, row in rows
        if row
    )
    return header, cells


def _bad(path: Path, place: str, what: str) -> ValueError:
    return ValueError(f"{path}, {place}: {what}.")


def _text(path: Path) -> str:
    """The text of a file, with its line ends as they are."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _bad(path, f"line {line}", "is not text in UTF-8. Save the file in this encoding") from None


def _placed(path: Path, rows: Iterable[list[str]]) -> Iterator[tuple[str, list[str]]]:
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            yield f"row {number}", row
    except csv.Error as error:
        raise _bad(path, f"row {number + 1}", f"is no row of a CSV file: {error}") from None


def _csv_pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    header, rows = read_csv(path)
    for name in ("prompt", "answer"):
        if name not in header:
            there = ", ".join(header) or "none"
            raise _bad(path, "row 1", f"there is no column {name!r}. The columns are: {there}")
    for place, cells in rows:
        prompt, answer = cells["prompt"], cells["answer"]
        if prompt is None or answer is None:
            lacking = "prompt" if prompt is None else "answer"
            raise _bad(path, place, f"it ends before {lacking!r}. Complete it")
        yield place, prompt, answer


class _Pairs(list[tuple[str, object]]):
    """A JSON object, with the names that occur twice."""


def _json_pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    try:
        found: object = json.loads(_text(path), object_pairs_hook=_Pairs)
    except json.JSONDecodeError as error:
        raise _bad(path, f"line {error.lineno}", f"is not JSON: {error.msg}") from None
    if not isinstance(found, _Pairs):
        raise _bad(path, "line 1", "is no JSON object of prompts to answers")
    for number, (prompt, answer) in enumerate(found, 1):
        if not isinstance(answer, str):
            raise _bad(path, f"pair {number}", f"the answer to {prompt!r} is no text. Put it in quotes")
        yield f"pair {number}", prompt, answer


def _jsonl_pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row: object = json.loads(line)
        except ValueError:
            row = None
        if not is_mapping(row):
            raise _bad(path, f"line {number}", _LINE)
        prompt, answer = row.get("prompt"), row.get("answer")
        if not (isinstance(prompt, str) and isinstance(answer, str)):
            name = "answer" if isinstance(prompt, str) else "prompt"
            why = "is no text" if name in row else "is missing"
            raise _bad(path, f"line {number}", f"{_LINE}: {name!r} {why}")
        yield f"line {number}", prompt, answer
