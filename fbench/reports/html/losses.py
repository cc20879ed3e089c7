"""The plot of training losses by epoch, of the services that tell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10

from fbench.analysis.results import Results, TrainingResult
from fbench.reports.html.figure import described, figure
from fbench.reports.html.markup import Ids, Markup, joined
from fbench.reports.html.svg import Curved, Point, lines
from fbench.reports.names import without_date
from fbench.reports.numbers import stands_in
from fbench.runner.store import EpochLoss

__all__ = ["loss_plots"]

_ABOUT = (
    "A line a training; services tell the losses of the checkpoints that they keep, OpenAI those of the last "
    "three epochs, and Vertex AI none. Dashed: of examples for validation."
)


def loss_plots(ids: Ids, results: Results, losses: Mapping[str, Sequence[EpochLoss]]) -> Markup:
    """A figure for each task of which losses are known; `losses` are those of trainings by their id."""
    return joined(_figures(ids, results, losses))


def _figures(ids: Ids, results: Results, losses: Mapping[str, Sequence[EpochLoss]]) -> Iterator[Markup]:
    kinds = {model: number for number, model in enumerate(dict.fromkeys(row.model for row in results.rows))}
    fake = " (FAKE)" if stands_in(results) else ""
    for task in results.experiment.tasks:
        told = [
            (each, losses[each.cell])
            for each in results.trainings
            if each.task == task and losses.get(each.cell)
        ]
        if not told:
            continue
        epochs = sorted({loss.epoch for _, found in told for loss in found})
        names = _names([each for each, _ in told])
        curves: list[Curved] = []
        for each, found in told:
            kind = kinds.get(each.model, 0)
            curves.append(
                Curved(names[each.cell], kind, [Point(epochs.index(e.epoch), e.train) for e in found])
            )
            valid = [Point(epochs.index(e.epoch), e.valid) for e in found if e.valid is not None]
            if valid:
                curves.append(Curved(f"{names[each.cell]}, validation", kind, valid, dashed=True))
        title = f"{task}: training loss by epoch{fake}"
        rows = [(curve.label, *_texts(curve, len(epochs))) for curve in curves]
        header = ["training", *(f"{epoch} ep" for epoch in epochs)]
        highest = max(point.value for curve in curves for point in curve.points)
        drawn = lines(
            ids,
            title,
            described(_ABOUT, rows, header),
            [str(epoch) for epoch in epochs],
            curves,
            axes=("epochs", "loss"),
            ticks=_ticks(highest),
        )
        yield figure(title, _ABOUT, drawn, header, rows)


def _names(trainings: Sequence[TrainingResult]) -> dict[str, str]:
    """A name for each training: its model and epochs, and what else tells it from the others."""
    models = without_date(list(dict.fromkeys(each.model for each in trainings)))
    names = {each.cell: f"{models[each.model]}, {each.epochs} ep" for each in trainings}
    if len(set(names.values())) == len(names):
        return names
    return {
        each.cell: f"{names[each.cell]}, {each.cell.rpartition('/')[2] or each.cell}" for each in trainings
    }


def _texts(curve: Curved, places: int) -> Iterator[str]:
    there = {point.at: point.value for point in curve.points}
    return (f"{there[at]:.3f}" if at in there else "-" for at in range(places))


def _ticks(highest: float) -> list[float]:
    """Five ticks from 0 to at least the highest value, each a round number."""
    if highest <= 1:
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    power = 10.0 ** floor(log10(highest / 4))
    step = next((power * by for by in (1, 2, 5, 10) if power * by * 4 >= highest), power * 10)
    return [step * number for number in range(5)]
