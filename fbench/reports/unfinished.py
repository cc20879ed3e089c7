"""What is said of a run that has not reached its end: how far it is, and which cells are left."""

from __future__ import annotations

from fbench.analysis.flat import FlatColumn, FlatTable
from fbench.analysis.standing import RunStanding
from fbench.plurals import be, counted, listed

__all__ = ["UNFINISHED", "standing_sentence", "standing_table"]

UNFINISHED = "unfinished"
"""The name of the table that stands beside those of an unfinished run."""

_NAMED = 2


def standing_sentence(standing: RunStanding) -> str:
    """How many questions are answered, and of which cells some are left, those with answers first."""
    there, whole = standing.answered, standing.planned
    said = f"Unfinished: {there:,} of {counted(whole, 'question')} {be(there)} answered"
    if not (left := standing.left):
        return f"{said}, and the results are not written yet."
    names = listed([f"{cell.cell} ({cell.state})" for cell in left], _NAMED)
    return (
        f"{said}. {len(left):,} of {counted(len(standing.cells), 'cell')} {be(len(left))} not done: {names}."
    )


def standing_table(standing: RunStanding) -> FlatTable:
    """A row a cell: how many questions it asks, how many are answered, and its state."""
    columns = (
        FlatColumn("cell", "text"),
        FlatColumn("planned", "whole"),
        FlatColumn("answered", "whole"),
        FlatColumn("state", "text"),
    )
    rows: list[tuple[object, ...]] = [
        (cell.cell, cell.planned, cell.answered, cell.state) for cell in standing.cells
    ]
    return FlatTable(UNFINISHED, columns, rows)
