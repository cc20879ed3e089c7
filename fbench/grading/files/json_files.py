"""Read rows of JSONL, and of a JSON file with a list of objects, without loading the whole file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO, cast

from fbench.errors import DataError
from fbench.grading.files.json_text import decode, decoder, hold_to_depth
from fbench.grading.files.opening import opened

__all__ = ["JsonArray", "JsonLines"]

_BLOCK = 1 << 16
_BLANK = re.compile(r"[ \t\r\n]*")
_WRAPPER = re.compile(r'\s*\{\s*"(?:data|rows|examples|items|records|results)"\s*:\s*(?=\[)')
_AT_THE_END = 16
"""An error this close to the end of the text read so far may only mean that more must be read."""


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A file with one object per line. `names` are the fields of the first; others may have more."""

    path: Path
    names: tuple[str, ...]
    complete: Literal[False] = False

    @classmethod
    def of(cls, path: Path) -> JsonLines:
        """Read the first object.

        Raises:
            DataError: the first line is no JSON object.
            UsageError: the file cannot be read.
        """
        return cls(path, _first(cls(path, ()).rows()))

    def rows(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Each object with the number of its line. Blank lines are skipped.

        Raises:
            DataError: a line is not a JSON object.
        """
        with opened(self.path) as text:
            yield from _objects_of_lines(self.path, text)


@dataclass(frozen=True, slots=True)
class JsonArray:
    """A file with a list of objects, alone or as `{"data": [...]}`; rows count from 1."""

    path: Path
    names: tuple[str, ...]
    complete: Literal[False] = False

    @classmethod
    def of(cls, path: Path) -> JsonArray:
        """Read the first object, as `JsonLines.of` does."""
        return cls(path, _first(cls(path, ()).rows()))

    def rows(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Each object with its position in the list.

        Raises:
            DataError: the file is not JSON, or not a list of objects.
        """
        with opened(self.path) as text:
            begun = text.read(_BLOCK)
            if not begun.strip() and len(begun) < _BLOCK:
                return
            wrapper = _WRAPPER.match(begun)
            if wrapper is None and begun.lstrip().startswith("{"):  # one object per line
                yield from _objects_of_lines(self.path, _lines_from(begun, text))
                return
            left = _Left(self.path, text, begun[wrapper.end() :] if wrapper else begun)
            yield from left.items()
            rest = left.rest()
            if wrapper:
                left.hold_to_json('{"": 0' + rest)
            elif rest.strip():
                left.fail("something follows the list")


class _Left:
    """The unread rest of a list: each item is removed once it has been read completely."""

    def __init__(self, path: Path, text: TextIO, begun: str) -> None:
        self._path, self._text, self._buffer, self._at = path, text, begun, 0
        self._number = 0

    def items(self) -> Iterator[tuple[int, dict[str, object]]]:
        if self._peek() != "[":
            self.fail("there is no list in it")
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            self._number += 1
            self._peek()
            value = self._value()
            if not isinstance(value, dict):
                self.fail("this is JSON, but not an object")
            yield self._number, cast("dict[str, object]", value)
            match self._peek():
                case ",":
                    self._at += 1
                case "]":
                    self._at += 1
                    return
                case _:
                    self.fail("this is not JSON (a comma or the end of the list is missing after it)")

    def rest(self) -> str:
        return self._buffer[self._at :] + self._text.read()

    def hold_to_json(self, text: str) -> None:
        try:
            decode(text)
        except ValueError as bad:
            self.fail(f"what follows the list is not JSON ({bad})")

    def fail(self, problem: str) -> None:
        do = "Write a list of objects, or name the file .jsonl if it has one object a line"
        row = self._number or None
        raise DataError(problem, file=self._path, row=row, do=do) from None

    def _more(self) -> bool:
        block = self._text.read(max(_BLOCK, len(self._buffer) - self._at))  # doubles, so few attempts
        self._buffer = self._buffer[self._at :] + block
        self._at = 0
        return bool(block)

    def _peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        while True:
            self._at = cast("re.Match[str]", _BLANK.match(self._buffer, self._at)).end()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _value(self) -> object:
        while True:
            try:
                value, end = decoder.raw_decode(self._buffer, self._at)
                if end < len(self._buffer) or not self._more():  # a number may continue
                    hold_to_depth(value)
                    self._at = end
                    return value
            except json.JSONDecodeError as bad:
                cut = bad.msg.startswith("Unterminated string") or bad.pos > len(self._buffer) - _AT_THE_END
                if not cut or not self._more():
                    self.fail(f"this is not JSON ({bad.msg})")
            except (ValueError, RecursionError) as bad:
                self.fail(f"this is not JSON ({bad})")


def _objects_of_lines(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, dict[str, object]]]:
    do = "Write one object a line"
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = decode(line)
        except ValueError as bad:
            raise DataError(f"this is not JSON ({bad})", file=path, row=number, do=do) from None
        if not isinstance(value, dict):
            raise DataError("this is JSON, but not an object", file=path, row=number, do=do)
        yield number, cast("dict[str, object]", value)


def _lines_from(begun: str, text: TextIO) -> Iterator[str]:
    """The lines of a text whose beginning was already read."""
    *whole, last = begun.splitlines(keepends=True)
    yield from whole
    yield last + text.readline()
    yield from text


def _first(rows: Iterator[tuple[int, dict[str, object]]]) -> tuple[str, ...]:
    for _, fields in rows:
        return tuple(fields)
    return ()
