"""Tables of texts, which the terminal, HTML, Markdown and LaTeX show each in their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = ["TextTable", "parts_of"]


class TextTable(NamedTuple):
    """A table of texts.

    Attributes:
        title: what stands above it.
        header: the names of its columns; the first `words` of them hold words, the others numbers.
        rows: the texts of its rows; a row of one text alone names those below it.
        words: the number of columns of words, which come first.
        ends_with_gap: whether its last row is the difference of two others.
    """

    title: str
    header: list[str]
    rows: list[list[str]]
    words: int = 1
    ends_with_gap: bool = False


def parts_of(sweep: Sequence[int], fit: int | None) -> Iterator[Sequence[int]]:
    """The epoch counts of each of the tables that a sweep fills if at most `fit` of them fit into one.

    There is at least one table, even of no epoch counts.
    """
    most = fit or max(1, len(sweep))
    for start in range(0, max(1, len(sweep)), most):
        yield sweep[start : start + most]
