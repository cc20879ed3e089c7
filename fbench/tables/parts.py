"""Rows of a file, gathered into parts, and their texts in messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["PART", "TableRow", "ascii_safe", "in_parts", "size_of"]

T = TypeVar("T")

TableRow = tuple[int, dict[str, object]]
"""The number by which the user finds a row, and its fields."""

PART = 1 << 16
"""About how many characters a part has: some hundred short rows. A longer row is a part by itself."""

_OF_A_ROW = 32
"""What a row counts in characters besides its cells, so that many empty ones are not one part."""


def in_parts(rows: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Rows in lists of about `PART` characters; `size` tells those of a row.

    What was gathered before an error is given before the error is raised.
    """
    part: list[T] = []
    length = 0
    try:
        for row in rows:
            part.append(row)
            length += size(row) + _OF_A_ROW
            if length >= PART:
                yield part
                part, length = [], 0
    except Exception:
        if part:
            yield part
        raise
    if part:
        yield part


def size_of(row: TableRow) -> int:
    """About how many characters a row has."""
    return sum(len(str(value)) for value in row[1].values())


def ascii_safe(text: str) -> str:
    """A text without control characters that could act on a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
