"""The texts of the tables of learning metrics: by epochs, what the answers show besides accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from fbench.analysis.results import LearningMetrics, Results, SeedSpread
from fbench.reports.numbers import answered_by, share
from fbench.reports.series import series_in
from fbench.reports.text_tables import TextTable, parts_of

__all__ = ["learning_legend", "learning_texts"]

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


def learning_texts(results: Results, fit: int | None = None) -> Iterator[TextTable]:
    """A table for each task, model and way of training and asking, if it has a line.

    If a sweep has more epoch counts than `fit`, the base model's included, a table continues in a second one.
    """
    experiment = results.experiment
    where = answered_by(results)
    epochs = sorted(experiment.epochs)
    for task in experiment.tasks:
        for model in experiment.models:
            mine = [row for row in results.beyond if (row.task, row.model) == (task, model)]
            of_seeds = [row for row in results.spreads if (row.task, row.model) == (task, model)]
            spreads = {series.label: series.rows for series in series_in(of_seeds)}
            for series in series_in(mine):
                sweep = (0, *(epochs if any(row.epochs for row in series.rows) else ()))
                title = f"{task}, beyond accuracy: {model} ({where})"
                title += f", {series.label}" if series.label else ""
                for part in parts_of(sweep, fit):
                    header = ["answers", *(f"{epochs} ep" if epochs else series.untrained for epochs in part)]
                    rows = list(_rows(series.rows, spreads.get(series.label, []), part))
                    if rows:
                        yield TextTable(title, header, rows)


def _rows(
    rows: Sequence[LearningMetrics], seeds: Sequence[SeedSpread], sweep: Sequence[int]
) -> Iterator[list[str]]:
    """The lines of each split below its name."""
    for split in dict.fromkeys(row.split for row in rows):
        mine = [row for row in rows if row.split == split]
        lines = list(_lines(mine, [row for row in seeds if row.split == split], sweep))
        if lines:
            yield [split]
        yield from lines


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


def learning_legend(results: Results) -> str:
    """What the lines mean."""
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
