"""Rows of JSON: an object a line, or a list of objects. Neither is in memory whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple, TextIO, cast

from fbench.errors import DataError
from fbench.tables.json_text import decode, decoder, hold_to_depth
from fbench.tables.opening import opened
from fbench.tables.parts import PART, TableRow, in_parts, size_of

__all__ = ["JsonFile"]

_BLANK = re.compile(r"[ \t\r\n]*")
_WRAPPER = re.compile(r'\s*\{\s*"(?:data|rows|questions|examples|items|records|results)"\s*:\s*(?=\[)')
_AT_THE_END = 16
"""An error this close to the end of the text read so far may only mean that more must be read."""


class _Lines(NamedTuple):
    """Some whole lines of a file, and the number of the first one."""

    first: int
    text: str


@dataclass(frozen=True, slots=True)
class JsonFile:
    """A file with an object a line, or with a list of objects, alone or as `{"data": [...]}`.

    Which it is shows in how it begins, whatever it is called. `names` are the fields of its first object;
    others may have more.
    """

    path: Path
    names: tuple[str, ...]
    complete: Literal[False] = False

    @classmethod
    def of(cls, path: Path) -> JsonFile:
        """Reads the first object.

        Raises:
            DataError: the first line is no JSON object.
            UsageError: the file cannot be read.
        """
        file = cls(path, ())
        return cls(path, _first(row for part in file.parts() for row in file.rows_in(part)))

    def parts(self) -> Iterator[_Lines | list[TableRow]]:
        """All objects in parts: those of a list as they are, others as lines that are still to be decoded.

        Raises:
            DataError: the file is neither lines nor a list of objects.
        """
        with opened(self.path) as text:
            begun = text.read(PART)
            if not begun.strip() and len(begun) < PART:
                return
            begin = self._list_in(begun)
            if begin is None:
                yield from _whole_lines(begun, text)
            else:
                yield from in_parts(self._listed(begun, begin, text), size_of)

    def rows_in(self, part: _Lines | list[TableRow]) -> Iterator[TableRow]:
        """Each object with the number of its line, blank ones being left out, or its place in the list.

        Raises:
            DataError: a line is no JSON object.
        """
        return _objects_of_lines(self.path, part) if isinstance(part, _Lines) else iter(part)

    def _listed(self, begun: str, begin: int, text: TextIO) -> Iterator[TableRow]:
        left = _Left(self.path, text, begun[begin:])
        yield from left.items()
        rest = left.rest()
        if begin:
            left.hold_to_json('{"": 0' + rest)
        elif rest.strip():
            left.fail("something follows the list")

    def _list_in(self, begun: str) -> int | None:
        """Where a list of objects begins in the text; None for an object a line."""
        is_json = ".json" in map(str.lower, self.path.suffixes)
        if wrapper := _WRAPPER.match(begun):
            return wrapper.end() if is_json or not _begins_with_a_line(begun) else None
        is_list = begun.lstrip().startswith("[")
        return 0 if is_list or (is_json and not begun.lstrip().startswith("{")) else None


class _Left:
    """The unread rest of a list: each item is removed once it has been read completely."""

    def __init__(self, path: Path, text: TextIO, begun: str) -> None:
        self._path, self._text, self._buffer, self._at = path, text, begun, 0
        self._number = 0

    def items(self) -> Iterator[TableRow]:
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
        do = "Write a list of objects, or one object a line"
        row = self._number or None
        raise DataError(problem, file=self._path, row=row, do=do) from None

    def _more(self) -> bool:
        block = self._text.read(max(PART, len(self._buffer) - self._at))  # doubles, so few attempts
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


def _objects_of_lines(path: Path, lines: _Lines) -> Iterator[TableRow]:
    do = "Write one object a line"
    for number, line in enumerate(_parted(lines.text), lines.first):
        if not line.strip():
            continue
        try:
            value = decode(line)
        except ValueError as bad:
            raise DataError(f"this is not JSON ({bad})", file=path, row=number, do=do) from None
        if not isinstance(value, dict):
            raise DataError("this is JSON, but not an object", file=path, row=number, do=do)
        yield number, cast("dict[str, object]", value)


def _begins_with_a_line(begun: str) -> bool:
    """Whether the first line is an object by itself."""
    line, end, _ = begun.lstrip().partition("\n")
    try:
        return not end or isinstance(decode(line), dict)
    except ValueError:
        return False


def _parted(text: str) -> Iterable[str]:
    """The lines of a text, which end as those of a file do: with a line feed, a carriage return or both."""
    return StringIO(text, newline="")


def _whole_lines(begun: str, text: TextIO) -> Iterator[_Lines]:
    """The lines of a text of which some was read, in parts of about a block; a longer line is in one part."""
    first = 1
    left: list[str] = []
    for block in chain([begun], iter(lambda: text.read(PART), "")):
        # A carriage return at the end of a block may be the first half of a line's end.
        cut = max(block.rfind("\n"), block.rfind("\r", 0, -1)) + 1
        if not cut:
            left.append(block)
            continue
        lines = _Lines(first, "".join([*left, block[:cut]]))
        yield lines
        first += lines.text.count("\n") + lines.text.count("\r") - lines.text.count("\r\n")
        left = [block[cut:]]
    if rest := "".join(left):
        yield _Lines(first, rest)


def _first(rows: Iterable[TableRow]) -> tuple[str, ...]:
    for _, fields in rows:
        return tuple(fields)
    return ()
