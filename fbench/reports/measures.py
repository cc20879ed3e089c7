"""Tables of measures beyond accuracy on a terminal: one for each model, by epochs, and one of contrasts."""

from __future__ import annotations

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.results import Results
from fbench.reports.measure_texts import MEASURES_LEGEND, contrast_texts, measure_texts

__all__ = ["measure_tables"]

_NAME, _A_COLUMN = 36, 9
"""Columns of the screen for the names of lines, and for one epoch count, gaps included."""


def measure_tables(results: Results, *, width: int = 100) -> list[RenderableType]:
    """A table for each model, over all of its tasks, for a screen of `width` columns; and the contrasts."""
    fit = max(1, (width - _NAME) // _A_COLUMN)
    parts: list[RenderableType] = []
    for shown in measure_texts(results, fit):
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("measure", min_width=_NAME - 10, no_wrap=True)
        table.add_column("n", justify="right", min_width=5, no_wrap=True)
        for name in shown.header[2:]:
            table.add_column(name, justify="right", min_width=_A_COLUMN - 2, no_wrap=True)
        for line in shown.rows:
            table.add_row(*line)
        parts += [Text(f"\n{shown.title}", style="bold"), table]
    if not parts:
        return []
    parts.append(Text("\n" + MEASURES_LEGEND))
    if (contrasts := contrast_texts(results)) is not None:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("contrast", no_wrap=True)
        for name in contrasts.header[1:3]:
            table.add_column(name)
        for name in contrasts.header[3:]:
            table.add_column(name, justify="right", no_wrap=True)
        for line in contrasts.rows:
            table.add_row(*line)
        parts += [Text(f"\n{contrasts.title}", style="bold"), table]
    return parts
