"""The comparison of two sides or of several runs: paired differences, tests, and how many items changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fbench.analysis.comparison import ComparedRow, Comparison
from fbench.plurals import counted
from fbench.reports.comparison import COMPARED_HEADER, compared_texts, comparison_legend
from fbench.reports.html.figure import described, figure
from fbench.reports.html.markup import Ids, Markup, element, fold, joined, paragraphs, table
from fbench.reports.html.svg import Bar, forest

__all__ = ["ComparedPair", "compared"]


_ALPHA = 0.05
_MANY = 24
"""More rows are drawn split by split."""


@dataclass(frozen=True)
class ComparedPair:
    """Two runs of a page, by their places in it, and what their comparison found.

    Attributes:
        a: the place of the run of side A.
        b: the place of the run of side B.
        found: the comparison; None if they cannot be compared, and `refusal` says why.
        refusal: why they cannot be compared; empty if they were.
    """

    a: int
    b: int
    found: Comparison | None
    refusal: str = ""


def compared(ids: Ids, pairs: Sequence[ComparedPair]) -> Markup:
    """What each comparison found."""
    return joined(part for pair in pairs for part in _pair(ids, pair))


def _pair(ids: Ids, pair: ComparedPair) -> Iterator[Markup]:
    found = pair.found
    if found is None:
        yield element("p", pair.refusal)
        return
    fake = " (FAKE)" if found.fake else ""
    yield element("h4", f"A: {found.a}; B: {found.b}{fake}")
    yield paragraphs(f"Warning: {warning}" for warning in found.warnings)
    yield element("p", _in_short(found))
    for task in dict.fromkeys(row.task for row in found.rows):
        yield from _forests(ids, found, [row for row in found.rows if row.task == task])
    tables = [
        table(f"A {one}; B {other}", COMPARED_HEADER, map(compared_texts, rows))
        for one, other in dict.fromkeys((row.cell_a, row.cell_b) for row in found.rows)
        if (rows := [row for row in found.rows if (row.cell_a, row.cell_b) == (one, other)])
    ]
    yield fold(f"{counted(len(tables), 'table')}, one a pair of cells", *tables)
    yield element("p", comparison_legend(found), class_="legend")


def _in_short(found: Comparison) -> str:
    better, worse = sum(row.only_b for row in found.rows), sum(row.only_a for row in found.rows)
    clear = [row.difference.value for row in found.rows if row.holm < _ALPHA]
    up = sum(value > 0 for value in clear)
    pairs = counted(sum(row.n for row in found.rows), "pair of answers", "pairs of answers")
    tested = counted(len(found.rows), "difference")
    decided = f"{up:,} are above 0 and {len(clear) - up:,} below it" if clear else "none is clear"
    return (
        f"Of {pairs}, {better:,} are right in B alone and {worse:,} in A alone. Of {tested}, {decided} after "
        "the correction by Holm (p < 0.05)."
    )


def _forests(ids: Ids, found: Comparison, rows: Sequence[ComparedRow]) -> Iterator[Markup]:
    """A figure of the rows of a task; if they are many, one of each split, folded."""
    title = f"{rows[0].task}: {found.b} minus {found.a}{' (FAKE)' if found.fake else ''}"
    if len(rows) <= _MANY:
        yield _forest(ids, title, rows)
        return
    by_split = {
        split: [row for row in rows if row.split == split] for split in dict.fromkeys(r.split for r in rows)
    }
    yield fold(
        f"{title}, {counted(len(by_split), 'split')}",
        *(_forest(ids, f"{title}, {split}", mine) for split, mine in by_split.items()),
    )


def _forest(ids: Ids, title: str, rows: Sequence[ComparedRow]) -> Markup:
    models = list(dict.fromkeys(_model(row) for row in rows))
    single = len({row.cell_b for row in rows}) == 1
    bars = [
        Bar(
            row.split if single else f"{row.split}, {_short(row)}",
            row.difference.value,
            row.difference.low,
            row.difference.high,
            models.index(_model(row)),
            hollow=row.difference.low <= 0 <= row.difference.high,
        )
        for row in rows
    ]
    about = "Paired differences on the same questions with 95 % intervals; hollow where that holds 0."
    told = [(_short(row), *compared_texts(row)) for row in rows]
    seen = [(row.split, _short(row), *compared_texts(row)[6:9]) for row in rows]
    drawn = forest(ids, title, described(about, seen), bars, axis="accuracy of B minus that of A")
    return figure(title, about, drawn, ["cell of B", *COMPARED_HEADER], told, words=(0, 1))


def _model(row: ComparedRow) -> str:
    return row.cell_b.partition(f"/{row.task}/")[0]


def _short(row: ComparedRow) -> str:
    """The cell of B without the provider and the task."""
    return row.cell_b.replace(f"/{row.task}/", " ").partition(":")[2]
