"""Text layout within a width: measuring, cutting, wrapping, and setting columns.

What it adds is ASCII, so it can be printed wherever names can. Widths are columns of a terminal. Every
character counts as at least one column, so a line never has more characters than columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

__all__ = ["CUT", "cut", "plain", "set_in_columns", "width_of", "wrapped"]

CUT = "~"
"""Marks where text was cut off."""


def width_of(text: str) -> int:
    """The columns that a text takes: two for each wide character of East Asian scripts."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def plain(text: str) -> str:
    """A text on one line, with a question mark for each unprintable character."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def cut(text: str, width: int) -> str:
    """The beginning of a text, at most `width` columns; a ~ at its end marks a cut."""
    if width_of(text) <= width:
        return text
    kept = text[: max(0, width - 1)]
    while kept and width_of(kept) > width - 1:
        kept = kept[:-1]
    return kept + CUT


def wrapped(text: str, width: int, *, most: int, begin: str = "", indent: str = "") -> list[str]:
    """The words of a text on at most `most` lines of at most `width` columns; text that does not fit is cut.

    The first line starts with `begin`, the others with `indent`.
    """
    lines: list[str] = []
    line = begin
    empty = True
    words = plain(text).split(" ")
    for number, word in enumerate(words):
        if not empty and width_of(line) + 1 + width_of(word) > width:
            if len(lines) == most - 1:
                return [*lines, cut(" ".join([line, *words[number:]]), width)]
            lines.append(cut(line, width))
            line, empty = indent, True
        line += word if empty else f" {word}"
        empty = False
    return [*lines, cut(line, width)]


def set_in_columns(rows: Iterable[Sequence[str]], width: int, *, left: Sequence[int], gap: int) -> list[str]:
    """Rows of cells as lines, each column as wide as its widest cell; columns in `left` are left-aligned.

    Between columns are `gap` spaces, and one more, from the left, as long as the line fits into `width`.
    """
    table = [list(row) for row in rows]
    widths = [max(map(width_of, column)) for column in zip(*table, strict=True)]
    spare = max(0, width - sum(widths) - gap * (len(widths) - 1)) if gap < 2 else 0
    gaps = [0, *(gap + (number < spare) for number in range(len(widths) - 1))]
    return [
        "".join(map(_cell, row, range(len(row)), widths, gaps, [left] * len(row))).rstrip() for row in table
    ]


def _cell(text: str, place: int, width: int, gap: int, left: Sequence[int]) -> str:
    fill = " " * (width - width_of(text))
    return " " * gap + (text + fill if place in left else fill + text)
