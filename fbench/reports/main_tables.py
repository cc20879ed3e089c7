"""The main tables: base and tuned accuracy, one table per task and model, with its splits as rows.

Below the accuracy of a split are the numbers needed to interpret it, each only if it applies. A table keeps
to the given width; if a sweep has more epoch counts than fit, it continues in a second table.
"""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.results import Results
from fbench.reports.headline import TextTable, headline_legend, headline_tables
from fbench.reports.judge import judge_lines
from fbench.reports.learning import learning_tables
from fbench.reports.measures import measure_tables
from fbench.reports.numbers import dollars, source, stands_in, unpriced
from fbench.reports.threats import threats

__all__ = ["headline", "main_tables", "price_sentence"]

_FIXED, _A_COLUMN = 67, 7
"""Columns of the screen for everything but epoch counts, and for one epoch count, gaps included."""


def headline(results: Results, *, width: int = 100, unchecked: str = "") -> RenderableType:
    """All tables of a run, for a screen of `width` columns, and the notes that apply to every number.

    `unchecked` says why it is unknown whether the results were changed.
    """
    experiment, dataset = results.experiment, results.dataset
    labels = f", {dataset.labels} labels" if dataset.labels else ""
    grader = f"{experiment.grader} {experiment.grader_version}"
    parts: list[RenderableType] = [
        Text(f"{experiment.name}: {source(results)[0]}", style="bold"),
        Text(f"Dataset {dataset.name} ({dataset.source}{labels}, {dataset.digest[:12]}). Grader {grader}."),
    ]
    parts += main_tables(results, width=width)
    parts += learning_tables(results, width=width)
    parts += measure_tables(results, width=width)
    parts += [Text(""), Text(price_sentence(results)), *map(Text, judge_lines(results))]
    parts += [Text(f"Threat to validity: {threat}") for threat in threats(results, unchecked=unchecked)]
    parts += [Text(f"Note: {note}", style="dim") for note in results.notes]
    return Group(*parts)


def main_tables(results: Results, *, width: int = 100) -> list[RenderableType]:
    """The tables of accuracies, each after its title, and what their columns mean."""
    parts: list[RenderableType] = []
    for table in headline_tables(results, max(1, (width - _FIXED) // _A_COLUMN)):
        parts += [Text(""), Text(table.title, style="bold"), _table(table)]
    return [*parts, Text(""), Text(headline_legend(results))]


def _table(shown: TextTable) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("split", min_width=24, no_wrap=True)
    least = [3, 4, *(5 for _ in shown.header[3:-3]), 13, 6, 6]
    for name, width in zip(shown.header[1:], least, strict=True):
        table.add_column(name, justify="right", min_width=width, no_wrap=True)
    for number, line in enumerate(shown.rows, 1):
        ends = shown.ends_with_gap and number == len(shown.rows)
        table.add_row(*line, style="italic" if ends else None)
    return table


def price_sentence(results: Results) -> str:
    """What the run costs at list prices, by the plan and by the tokens counted."""
    planned, actual = results.costs.planned, results.costs.actual
    would = "would cost" if stands_in(results) else "costs"
    text = (
        f"At list prices training {would} {dollars(planned.train_usd)} by the plan and "
        f"{dollars(actual.train_usd)} by the tokens counted, and the answers {dollars(planned.answer_usd)} "
        f"and {dollars(actual.answer_usd)}."
    )
    return " ".join(filter(None, (text, unpriced([planned, actual]))))
