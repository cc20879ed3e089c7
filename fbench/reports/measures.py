"""Tables of measures beyond accuracy: one for each model, by epochs, and one of contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.measure_results import Measure
from fbench.analysis.measures.rows import LEAST_ROOM
from fbench.analysis.results import Results
from fbench.reports.numbers import stands_in
from fbench.reports.outcome import average

__all__ = ["measure_tables"]

_NAME, _A_COLUMN = 36, 9
"""Columns of the screen for the names of lines, and for one epoch count, gaps included."""

_ALPHA = 0.05


def measure_tables(results: Results, *, width: int = 100) -> list[RenderableType]:
    """A table for each model, over all of its tasks, for a screen of `width` columns; and the contrasts."""
    experiment = results.experiment
    where = "FAKE" if stands_in(results) else experiment.upstream
    fit = max(1, (width - _NAME) // _A_COLUMN)
    sweep = sorted(experiment.epochs)
    parts: list[RenderableType] = []
    for model in experiment.models:
        rows = _of_all_tasks([row for row in results.measures if row.model == model])
        for start in range(0, len(sweep), fit) if rows else ():
            table = _table(rows, sweep[start : start + fit])
            if table.row_count:
                parts += [Text(f"\nmeasures: {model} ({where})", style="bold"), table]
    if not parts:
        return []
    parts += [Text("\n" + _LEGEND), *_contrasts(results)]
    return parts


def _of_all_tasks(rows: Sequence[Measure]) -> list[Measure]:
    """The rows of all tasks together, or of the only task."""
    tasks = {row.task for row in rows}
    return [row for row in rows if len(tasks) == 1 or row.task == "all"]


def _table(rows: Sequence[Measure], sweep: Sequence[int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("measure", min_width=_NAME - 10, no_wrap=True)
    table.add_column("n", justify="right", min_width=5, no_wrap=True)
    for epochs in sweep:
        table.add_column(f"{epochs} ep", justify="right", min_width=_A_COLUMN - 2, no_wrap=True)
    tuned = [row for row in rows if row.is_tuned]
    for line in _lines([row for row in tuned if row.is_plain] or tuned, sweep):
        table.add_row(*line)
    return table


def _lines(rows: Sequence[Measure], sweep: Sequence[int]) -> Iterator[list[str]]:
    groups: dict[tuple[str, str], list[Measure]] = {}
    for row in rows:
        groups.setdefault((row.measure, row.part), []).append(row)
    for (name, part), group in groups.items():
        by_epochs = [[row for row in group if row.epochs == epochs] for epochs in sweep]
        if name == "closure" or any(row.value is not None for found in by_epochs for row in found):
            n = max(row.n for found in by_epochs for row in found)
            yield [f"{name}, {part}" if part else name, str(n), *map(_mean, by_epochs)]


def _mean(rows: Sequence[Measure]) -> str:
    """The mean over the seeds; starred if each of them differs from the base model after Holm."""
    value = average(row.value for row in rows)
    if value is None:
        return "-"
    star = "*" if all(row.holm is not None and row.holm < _ALPHA for row in rows) else ""
    if rows[0].measure == "capacity":
        return f"{value:.0f}"
    return f"{value:+.2f}{star}" if rows[0].measure == "lift" else f"{value:.2f}{star}"


_LEGEND = (
    "Regression: of what the base model had right on unchanged and control questions, the share that is "
    "wrong now; gain the reverse; drift the share whose answer changed. Closure: the part of the gain from "
    f"facts in context that training reaches, - where those gain less than {LEAST_ROOM:.2f}. Tiers: how well "
    "the base model knew a fact. Capacity: bits of the taught values that are certainly known. * differs "
    "from the base model, Holm-corrected p < 0.05."
)


def _contrasts(results: Results) -> list[RenderableType]:
    """What each axis changes, over all tasks of a model, or its only task."""
    single = len(results.experiment.tasks) == 1
    rows = [row for row in results.contrasts if single or row.task == "all"]
    if not rows:
        return []
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("contrast", no_wrap=True)
    for name in ("questions", "model"):
        table.add_column(name)
    for name in ("difference", "95 % interval", "p (Holm)"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        found = row.difference
        table.add_row(
            f"{row.axis} {row.low or 'none'} to {row.high or 'none'}",
            row.part,
            row.model,
            f"{found.value:+.2f}",
            f"{found.low:+.2f} to {found.high:+.2f}",
            f"{row.holm:.3f}",
        )
    return [Text("\ncontrasts, all else equal", style="bold"), table]
