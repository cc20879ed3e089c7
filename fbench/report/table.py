"""The headline table: base against tuned, by task and split."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.pipeline.results import Results, Row

__all__ = ["headline"]


def headline(results: Results) -> RenderableType:
    """A table for each task, and the notes that belong to every number."""
    parts: list[RenderableType] = []
    for task in results.experiment.tasks:
        rows = [row for row in results.rows if row.task == task]
        if rows:
            parts += [_table(task, rows, results), Text("")]
    parts.append(_costs(results))
    parts += [Text(f"Note: {note}", style="dim") for note in results.notes]
    return Group(*parts)


def _table(task: str, rows: list[Row], results: Results) -> Table:
    source = "FAKE" if results.experiment.upstream == "fake" else results.experiment.upstream
    table = Table(
        title=f"{task} ({source} models, {results.dataset.name}{_labels(results)})",
        title_justify="left",
        title_style="bold",
        caption_justify="left",
    )
    updates = any(row.old is not None for row in rows)
    for name, justify in (
        ("model", "left"),
        ("split", "left"),
        ("n", "right"),
        ("base", "right"),
        *((f"{e} ep", "right") for e in results.experiment.epochs),
        ("95 % interval", "right"),
        ("tuned - base", "right"),
        *((("old answers", "right"),) if updates else ()),
        ("chance", "right"),
        ("ungraded", "right"),
        ("errors", "right"),
    ):
        table.add_column(name, justify=justify, no_wrap=True)  # pyright: ignore[reportArgumentType] - a literal
    for model in results.experiment.models:
        mine = [row for row in rows if row.model == model]
        splits = list(dict.fromkeys(row.split for row in mine))
        for index, split in enumerate(splits):
            cells = [row for row in mine if row.split == split]
            table.add_row(*_line(model if index == 0 else "", split, cells, results, updates=updates))
        table.add_section()
    return table


def _line(name: str, split: str, rows: list[Row], results: Results, *, updates: bool) -> list[str]:
    """One model and split: accuracy by epochs (a mean where there are several seeds), details of the last."""
    base = next((row for row in rows if row.epochs == 0), None)
    tuned = [row for row in rows if row.epochs]
    last = max(tuned, key=lambda row: (row.epochs, -(row.seed or 0)), default=base)
    by_epochs = [[row for row in tuned if row.epochs == e] for e in results.experiment.epochs]
    interval = last.interval if last else None
    difference = last.difference if last else None
    line = [
        name,
        split,
        str(last.n) if last else "",
        _share(base.accuracy) if base else "-",
        *(_mean(row.accuracy for row in group) for group in by_epochs),
        f"{_share(interval.low)} to {_share(interval.high)}" if interval else "-",
        f"{difference.value:+.2f}{_stars(difference.p)}" if difference else "-",
    ]
    if updates:
        line.append(" / ".join(_mean(row.old for row in group) for group in by_epochs))
    line += [
        _share(last.chance) if last else "-",
        str(last.ungraded) if last else "-",
        str(last.errors) if last else "-",
    ]
    return line


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return _share(sum(known) / len(known)) if known else "-"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _stars(p: float) -> str:
    return "*" if p < 0.05 else ""


def _labels(results: Results) -> str:
    return f", {results.dataset.labels} labels" if results.dataset.labels else ""


def _costs(results: Results) -> Text:
    planned, actual = results.costs.planned, results.costs.actual

    def usd(value: float | None) -> str:
        return "unknown (a price is missing)" if value is None else f"${value:.2f}"

    return Text(
        "Interval, difference and counts are those of the most epochs; * marks p < 0.05 by McNemar's exact "
        "test, not corrected for the number of comparisons.\n"
        f"At list prices training would cost {usd(planned.train_usd)} (planned), {usd(actual.train_usd)} "
        f"(counted); answers {usd(planned.answer_usd)}, {usd(actual.answer_usd)}."
    )
