"""Tables of learning metrics: by epochs, what the answers show besides accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.results import LearningMetrics, Results, SeedSpread
from fbench.reports.numbers import share
from fbench.reports.series import Series, series_in

__all__ = ["learning_tables"]

_NAME, _A_COLUMN = 40, 7
"""Columns of the screen for the names of lines, and for one epoch count, gaps included."""

_Metric = Callable[[LearningMetrics], float | None]


def _lift(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


_LINES: tuple[tuple[str, _Metric, Callable[[float | None], str]], ...] = (
    ("new answers", lambda row: row.updates and row.updates.new, share),
    ("old answers", lambda row: row.updates and row.updates.old, share),
    ("neither new nor old", lambda row: row.updates and row.updates.neither, share),
    ("memorized and declined", lambda row: row.joint and row.joint.share, share),
    ("lift", lambda row: row.lift, _lift),
    ("lift where base knew the fact", lambda row: row.known and row.known.lift, _lift),
    ("lift where it did not", lambda row: row.unknown and row.unknown.lift, _lift),
    ("wrong: another fact's answer", lambda row: row.borrowed, share),
    ("  the same, base model", lambda row: row.borrowed_base, share),
    ("  the same, by chance", lambda row: row.borrowed_chance, share),
)


def learning_tables(results: Results, *, width: int = 100) -> list[RenderableType]:
    """A table per task and model, for a screen of `width` columns, and the meaning of the lines."""
    experiment = results.experiment
    where = "FAKE" if experiment.upstream == "fake" else experiment.upstream
    fit = max(1, (width - _NAME) // _A_COLUMN)
    epochs = sorted(experiment.epochs)
    parts: list[RenderableType] = []
    for task in experiment.tasks:
        for model in experiment.models:
            spreads = {
                series.label: series.rows
                for series in series_in(
                    row for row in results.spreads if (row.task, row.model) == (task, model)
                )
            }
            for series in series_in(row for row in results.beyond if (row.task, row.model) == (task, model)):
                sweep = (0, *(epochs if any(row.epochs for row in series.rows) else ()))
                title = f"\n{task}, beyond accuracy: {model} ({where})"
                title += f", {series.label}" if series.label else ""
                for start in range(0, len(sweep), fit):
                    table = _table(series, spreads.get(series.label, []), sweep[start : start + fit])
                    if table.row_count:
                        parts += [Text(title, style="bold"), table]
    return [*parts, Text("\n" + _legend(results))] if parts else []


def _table(series: Series[LearningMetrics], seeds: Sequence[SeedSpread], sweep: Sequence[int]) -> Table:
    rows = series.rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("answers", min_width=_NAME - 4, no_wrap=True)
    for epochs in sweep:
        table.add_column(
            f"{epochs} ep" if epochs else series.untrained, justify="right", min_width=5, no_wrap=True
        )
    for split in dict.fromkeys(row.split for row in rows):
        lines = list(
            _lines([r for r in rows if r.split == split], [s for s in seeds if s.split == split], sweep)
        )
        if lines:
            table.add_row(split)
        for line in lines:
            table.add_row(*line)
    return table


def _lines(
    rows: Sequence[LearningMetrics], seeds: Sequence[SeedSpread], sweep: Sequence[int]
) -> Iterator[list[str]]:
    """The lines of a split that have a value for an epoch count shown; values are means over the seeds."""
    for name, value, say in _LINES:
        means = [_mean(value(row) for row in rows if row.epochs == epochs) for epochs in sweep]
        if any(mean is not None for mean in means):
            yield [f"  {name}", *map(say, means)]
    deviations = {row.epochs: row.sd for row in seeds if row.sd is not None}
    if any(epochs in deviations for epochs in sweep):
        yield ["  deviation between seeds", *(share(deviations.get(epochs)) for epochs in sweep)]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _legend(results: Results) -> str:
    joint = [row.joint for row in results.beyond if row.joint]
    always = max((row.always_none for row in joint), default=None)
    return (
        "Lift is tuned minus base accuracy on the same questions; the base model knew a fact if it was right "
        "in the taught wording. Wrong: the share of incorrect answers, yes/no questions left out, that "
        "another fact was taught with, and that are not what was right before; by chance: if a wrong answer "
        "were drawn from those that such facts have."
        + (
            " Memorized and declined is the share of facts known in the taught wording for which nothing is "
            f"answered where nothing is right: always declining scores {share(always)} there, and 0.00 here."
            if joint
            else ""
        )
    )
