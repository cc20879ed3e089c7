"""All tables of a run on a terminal: accuracies, what answers show besides, measures, contrasts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.results import Results
from fbench.reports.headline import headline_legend, headline_tables
from fbench.reports.judge import judge_lines
from fbench.reports.learning import learning_legend, learning_texts
from fbench.reports.measure_texts import MEASURES_LEGEND, contrast_texts, measure_texts
from fbench.reports.numbers import dollars, source, stands_in, unpriced
from fbench.reports.text_tables import TextTable
from fbench.reports.threats import threats

__all__ = ["headline", "price_sentence"]


def headline(results: Results, *, width: int = 100, unchecked: str = "") -> RenderableType:
    """All tables of a run, for a screen of `width` columns, and the notes that apply to every number.

    If a sweep has more epoch counts than fit, a table continues in a second one. `unchecked` says why it is
    unknown whether the results were changed.
    """
    experiment, dataset = results.experiment, results.dataset
    labels = f", {dataset.labels} labels" if dataset.labels else ""
    grader = f"{experiment.grader} {experiment.grader_version}"
    parts: list[RenderableType] = [
        Text(f"{experiment.name}: {source(results)[0]}", style="bold"),
        Text(f"Dataset {dataset.name} ({dataset.source}{labels}, {dataset.digest[:12]}). Grader {grader}."),
    ]
    for table in headline_tables(results, _fit(width, 67, 7)):
        parts += _shown(table, (24, 3, 4, *(5 for _ in table.header[3:-3]), 13, 6, 6))
    parts += [Text(""), Text(headline_legend(results))]
    parts += _all_shown(learning_texts(results, _fit(width, 40, 7)), (36, 5), learning_legend(results))
    parts += _all_shown(measure_texts(results, _fit(width, 36, 9)), (26, 5, 7), MEASURES_LEGEND)
    if (contrasts := contrast_texts(results)) is not None:
        parts += _shown(contrasts, (0,))
    parts += [Text(""), Text(price_sentence(results)), *map(Text, judge_lines(results))]
    parts += [Text(f"Threat to validity: {threat}") for threat in threats(results, unchecked=unchecked)]
    parts += [Text(f"Note: {note}", style="dim") for note in results.notes]
    return Group(*parts)


def _fit(width: int, fixed: int, column: int) -> int:
    """How many epoch counts fit beside the `fixed` columns of the screen, gaps included."""
    return max(1, (width - fixed) // column)


def _all_shown(tables: Iterable[TextTable], least: Sequence[int], legend: str) -> list[RenderableType]:
    """The tables and what their lines mean, if there are any. The last of `least` is for the rest."""
    parts = [
        part
        for table in tables
        for part in _shown(table, (*least, *(least[-1] for _ in table.header[len(least) :])))
    ]
    return [*parts, Text(""), Text(legend)] if parts else []


def _shown(shown: TextTable, least: Sequence[int]) -> list[RenderableType]:
    """The title and the table, whose columns have at least the given widths."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for at, name in enumerate(shown.header):
        words = at < shown.words
        table.add_column(
            name,
            justify="left" if words else "right",
            min_width=(least[at] if at < len(least) else 0) or None,
            no_wrap=not words or at == 0,
        )
    for number, line in enumerate(shown.rows, 1):
        ends = shown.ends_with_gap and number == len(shown.rows)
        table.add_row(*line, style="italic" if ends else None)
    return [Text(""), Text(shown.title, style="bold"), table]


def price_sentence(results: Results) -> str:
    """What the run costs at list prices, by the plan and by the tokens counted."""
    planned, actual = results.costs.planned, results.costs.actual
    if results.experiment.upstream == "weights":
        trained, asked = actual.train_tokens, actual.prompt_tokens + actual.answer_tokens
        return (
            f"Nothing is paid on one's own machine: {trained:,} tokens trained, {asked:,} read and written."
        )
    would = "would cost" if stands_in(results) else "costs"
    text = (
        f"At list prices training {would} {dollars(planned.train_usd)} by the plan and "
        f"{dollars(actual.train_usd)} by the tokens counted, and the answers {dollars(planned.answer_usd)} "
        f"and {dollars(actual.answer_usd)}."
    )
    return " ".join(filter(None, (text, unpriced([planned, actual]))))
