"""The plots of a run, each with its text alternative and the table of what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fbench.analysis.measure_results import Curve, Measure
from fbench.analysis.results import ReportedInterval, Results, Row
from fbench.reports.html.figure import described, figure
from fbench.reports.html.markup import Ids, Markup, joined
from fbench.reports.html.svg import Bar, Curved, Point, Way, forest, lines, scatter
from fbench.reports.names import without_date
from fbench.reports.numbers import gain, p_value, share, signed, stands_in
from fbench.reports.outcome import average, other_words, taught_words

__all__ = ["plots"]


def plots(ids: Ids, results: Results) -> Markup:
    """All plots that the results have numbers for."""
    drawn = _Plots(ids, results)
    return joined([*drawn.accuracy(), *drawn.gap(), *drawn.forests(), *drawn.forgetting(), *drawn.capacity()])


class _Plots:
    """The plots of one run; a model has the same colour and mark in all of them."""

    def __init__(self, ids: Ids, results: Results) -> None:
        self._ids, self._results = ids, results
        models = list(dict.fromkeys([row.model for row in results.rows]))
        self._names = without_date(models) if models else {}
        self._kinds = {model: number for number, model in enumerate(models)}
        self._epochs = [0, *sorted({row.epochs for row in results.rows if row.epochs})]
        self._fake = " (FAKE)" if stands_in(results) else ""

    def accuracy(self) -> Iterator[Markup]:
        """Accuracy by epochs, a figure for each task."""
        for task in self._results.experiment.tasks:
            rows = [row for row in self._plain() if row.task == task]
            words = [(taught_words(rows), False), (other_words(rows), True)]
            curves = [
                Curved(f"{self._names[model]}, {split}", self._kinds[model], points, dashed)
                for model in self._kinds
                for split, dashed in words
                if split
                and (points := self._points([r for r in rows if (r.model, r.split) == (model, split)]))
            ]
            if curves:
                title = f"{task}: accuracy by epochs, with 95 % intervals{self._fake}"
                about = "Whole lines: in the taught wording; dashed: in other words. 0 is the base model."
                yield self._by_epochs(title, about, curves)

    def gap(self) -> Iterator[Markup]:
        """Memorization against generalization, a figure for each task."""
        for task in self._results.experiment.tasks:
            ways: list[Way] = []
            told: list[tuple[str, ...]] = []
            for model, kind in self._kinds.items():
                rows = [row for row in self._plain() if (row.task, row.model) == (task, model)]
                places: list[tuple[float, float]] = []
                for epochs in self._epochs:
                    taught, other = (
                        average(row.accuracy for row in rows if (row.epochs, row.split) == (epochs, split))
                        for split in (taught_words(rows), other_words(rows))
                    )
                    if taught is not None and other is not None:
                        places.append((taught, other))
                        texts = (share(taught), share(other), signed(taught - other))
                        told.append((self._names[model], str(epochs), *texts))
                if places:
                    ways.append(Way(self._names[model], kind, places))
            if ways:
                title = f"{task}: memorization against generalization{self._fake}"
                about = "A line a model, from no training to the most epochs; both are equal on the diagonal."
                axes = ("accuracy in the taught wording", "accuracy in other words")
                drawn = scatter(self._ids, title, described(about, told), ways, axes=axes)
                header = ["model", "epochs", "taught wording", "other words", "difference"]
                yield figure(title, about, drawn, header, told)

    def forests(self) -> Iterator[Markup]:
        """Paired differences from the base model, a figure for each task."""
        for task in self._results.experiment.tasks:
            rows = [r for r in self._results.rows if r.task == task and r.difference is not None]
            most = max((row.epochs for row in rows), default=0)
            splits = list(dict.fromkeys(row.split for row in rows))
            shown = sorted(
                (row for row in rows if row.epochs == most),
                key=lambda row: (splits.index(row.split), self._kinds[row.model], row.cell),
            )
            bars = [
                Bar(
                    self._cell(row),
                    found.value,
                    found.low,
                    found.high,
                    self._kinds[row.model],
                    hollow=found.low <= 0 <= found.high,
                )
                for row in shown
                if (found := row.difference)
            ]
            if bars:
                title = f"{task}: difference from the base model after {most} epochs{self._fake}"
                about = (
                    "Paired differences on the same questions with 95 % intervals; hollow where that holds 0."
                )
                told = [
                    (
                        f"{row.split}, {self._names[row.model]}",
                        str(row.epochs),
                        _way(row) or "-",
                        str(row.n),
                        gain(found),
                        f"{signed(found.low)} to {signed(found.high)}",
                        p_value(found.p),
                    )
                    for row in rows
                    if (found := row.difference)
                ]
                told_as = described(about, told)
                drawn = forest(self._ids, title, told_as, bars, axis="tuned minus base accuracy")
                header = ["cell", "epochs", "way", "n", "difference", "95 % interval", "p"]
                yield figure(title, f"{about} The table has all epochs.", drawn, header, told, words=(0, 2))

    def forgetting(self) -> Iterator[Markup]:
        """Accuracy by epochs on what should not change, a figure for each task and role."""
        found = [curve for curve in self._results.curves if curve.is_plain]
        for task, part in dict.fromkeys((curve.task, curve.part) for curve in found):
            curves = [self._forgotten(curve) for curve in found if (curve.task, curve.part) == (task, part)]
            title = f"{task}: forgetting, {part} questions by epochs{self._fake}"
            about = "Accuracy where answers did not change, with 95 % intervals. 0 is the base model."
            yield self._by_epochs(title, about, curves)

    def capacity(self) -> Iterator[Markup]:
        """Bits of the taught values that are certainly known."""
        single = len(self._results.experiment.tasks) == 1
        rows = [
            row
            for row in self._results.measures
            if row.measure == "capacity" and row.value is not None and row.is_plain
            if single or row.task == "all"
        ]
        curves = [
            Curved(self._names[model], kind, points)
            for model, kind in self._kinds.items()
            if (points := self._bits([row for row in rows if row.model == model]))
        ]
        if curves:
            title = f"Capacity: bits certainly known by epochs{self._fake}"
            highest = max(point.high or point.value for curve in curves for point in curve.points)
            yield self._by_epochs(
                title,
                "A lower bound by Fano's inequality, with 95 % intervals.",
                curves,
                ticks=_steps(highest),
                axis="bits",
            )

    def _plain(self) -> list[Row]:
        return [row for row in self._results.rows if row.is_plain and (row.is_base or row.is_tuned)]

    def _cell(self, row: Row) -> str:
        return ", ".join(filter(None, [row.split, self._names[row.model], _way(row)]))

    def _by_epochs(
        self,
        title: str,
        about: str,
        curves: Sequence[Curved],
        *,
        ticks: Sequence[float] = (0.0, 0.25, 0.5, 0.75, 1.0),
        axis: str = "accuracy",
    ) -> Markup:
        told = [(curve.label, *_at(curve, len(self._epochs), axis)) for curve in curves]
        header = ["line", *(f"{epochs} ep" if epochs else "base" for epochs in self._epochs)]
        drawn = lines(
            self._ids,
            title,
            described(about, told, header),
            [str(epochs) for epochs in self._epochs],
            curves,
            axes=("epochs", axis),
            ticks=ticks,
        )
        return figure(title, about, drawn, header, told)

    def _points(self, rows: Sequence[Row]) -> list[Point]:
        return self._means([(row.epochs, row.accuracy, row.interval) for row in rows])

    def _bits(self, rows: Sequence[Measure]) -> list[Point]:
        return self._means([(row.epochs, row.value, row.interval) for row in rows])

    def _means(self, values: Sequence[tuple[int, float | None, ReportedInterval | None]]) -> list[Point]:
        """Means over seeds of values by epochs, and of the ends of their intervals."""
        found: list[Point] = []
        for at, epochs in enumerate(self._epochs):
            value = average(each for of, each, _ in values if of == epochs)
            if value is not None:
                ends = [interval for of, _, interval in values if of == epochs and interval]
                low, high = average(end.low for end in ends), average(end.high for end in ends)
                found.append(Point(at, value, low, high))
        return found

    def _forgotten(self, curve: Curve) -> Curved:
        places = {epochs: at for at, epochs in enumerate(self._epochs)}
        points = [
            Point(places[each.epochs], each.accuracy, each.interval.low, each.interval.high)
            for each in curve.points
            if each.epochs in places
        ]
        return Curved(self._names.get(curve.model, curve.model), self._kinds.get(curve.model, 0), points)


def _way(row: Row) -> str:
    """What sets a cell apart from the usual one of its model."""
    said: Mapping[str, object] = {
        "": row.condition if row.condition not in ("", "base", "tuned") else "",
        "template ": row.template,
        "seed ": row.seed or "",
        "learning rate x": row.learning_rate_multiplier,
        "batch ": row.batch_size,
        "rank ": row.lora_rank,
        "wordings ": row.wordings if row.wordings > 1 else "",
        "facts ": row.facts,
        "general ": row.general or "",
    }
    return ", ".join(f"{name}{value}" for name, value in said.items() if value not in ("", None))


def _at(curve: Curved, places: int, axis: str) -> Iterator[str]:
    there = {point.at: point for point in curve.points}
    for at in range(places):
        point = there.get(at)
        yield "-" if point is None else _said(point, axis)


def _said(point: Point, axis: str) -> str:
    say = share if axis == "accuracy" else _whole
    ends = f" ({say(point.low)} to {say(point.high)})" if point.low is not None else ""
    return f"{say(point.value)}{ends}"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _steps(highest: float) -> list[float]:
    """Five ticks from 0 to above the highest value, whose steps are 1, 2 or 5 times a power of ten."""
    step = 1.0
    while step * 4 < highest:
        step *= 2.5 if str(step)[0] == "2" else 2
    return [step * number for number in range(5)]
