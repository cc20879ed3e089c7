"""The texts of the tables of measures and contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fbench.analysis.measure_results import Measure
from fbench.analysis.measures.rows import LEAST_ROOM
from fbench.analysis.results import Results
from fbench.reports.numbers import answered_by
from fbench.reports.outcome import average
from fbench.reports.text_tables import TextTable, parts_of

__all__ = ["MEASURES_LEGEND", "contrast_texts", "measure_texts"]

_ALPHA = 0.05

MEASURES_LEGEND = (
    "Regression: of what the base model had right on unchanged and control questions, the share that is "
    "wrong now; gain the reverse; drift the share whose answer changed. Closure: the part of the gain from "
    f"facts in context that training reaches, - where those gain less than {LEAST_ROOM:.2f}. Tiers: how well "
    "the base model knew a fact. Capacity: bits of the taught values that are certainly known. * differs "
    "from the base model, Holm-corrected p < 0.05."
)
"""What the measures mean."""


def measure_texts(results: Results, fit: int | None = None) -> Iterator[TextTable]:
    """A table for each model, over all of its tasks.

    If a sweep has more epoch counts than `fit`, a table continues in a second one.
    """
    experiment = results.experiment
    where = answered_by(results)
    sweep = sorted(experiment.epochs)
    for model in experiment.models:
        rows = _of_all_tasks([row for row in results.measures if row.model == model])
        tuned = [row for row in rows if row.is_tuned]
        for shown in parts_of(sweep, fit) if rows else ():
            lines = list(_lines([row for row in tuned if row.is_plain] or tuned, shown))
            if lines:
                header = ["measure", "n", *(f"{epochs} ep" for epochs in shown)]
                yield TextTable(f"measures: {model} ({where})", header, lines)


def contrast_texts(results: Results) -> TextTable | None:
    """What each axis changes, over all tasks of a model, or its only task; None if there are no contrasts."""
    single = len(results.experiment.tasks) == 1
    lines = [
        [
            f"{row.axis} {row.low or 'none'} to {row.high or 'none'}",
            row.part,
            row.model,
            f"{row.difference.value:+.2f}",
            f"{row.difference.low:+.2f} to {row.difference.high:+.2f}",
            f"{row.holm:.3f}",
        ]
        for row in results.contrasts
        if single or row.task == "all"
    ]
    if not lines:
        return None
    header = ["contrast", "questions", "model", "difference", "95 % interval", "p (Holm)"]
    return TextTable("contrasts, all else equal", header, lines, words=3)


def _of_all_tasks(rows: Sequence[Measure]) -> list[Measure]:
    """The rows of all tasks together, or of the only task."""
    tasks = {row.task for row in rows}
    return [row for row in rows if len(tasks) == 1 or row.task == "all"]


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
