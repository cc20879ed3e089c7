"""The main tables: base and tuned accuracy, one table per task and model, with its splits as rows.

Below the accuracy of a split are the numbers needed to interpret it, each only if it applies. A table keeps
to the given width; if a sweep has more epoch counts than fit, it continues in a second table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fbench.analysis.results import Results, Row
from fbench.reports.judge import judge_lines
from fbench.reports.learning import learning_tables
from fbench.reports.measures import measure_tables
from fbench.reports.numbers import dollars, share, source, stands_in, unpriced
from fbench.reports.outcome import average, other_words, taught_words
from fbench.reports.series import Series, series_in
from fbench.reports.threats import threats

__all__ = ["headline"]

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
    fit = max(1, (width - _FIXED) // _A_COLUMN)
    sweep = sorted(experiment.epochs)
    for task in experiment.tasks:
        for model in experiment.models:
            mine = [row for row in results.rows if (row.task, row.model) == (task, model)]
            for series in series_in(mine):
                title = f"{task}: {model} ({'FAKE' if stands_in(results) else experiment.upstream})"
                title += f", {series.label}" if series.label else ""
                shown = sweep if any(row.epochs for row in series.rows) else []
                for start in range(0, max(1, len(shown)), fit):
                    table = _table(series, shown[start : start + fit])
                    parts += [Text(""), Text(title, style="bold"), table]
    parts += [Text(""), Text(_legend(results))]
    parts += learning_tables(results, width=width)
    parts += measure_tables(results, width=width)
    parts += [Text(""), Text(_costs(results)), *map(Text, judge_lines(results))]
    parts += [Text(f"Threat to validity: {threat}") for threat in threats(results, unchecked=unchecked)]
    parts += [Text(f"Note: {note}", style="dim") for note in results.notes]
    return Group(*parts)


def _table(series: Series[Row], sweep: Sequence[int]) -> Table:
    rows = series.rows
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("split", min_width=24, no_wrap=True)
    widths = {"n": 3, series.untrained: 4, **{f"{e} ep": 5 for e in sweep}}
    for name, least in (widths | {"95 % interval": 13, "gain": 6, "chance": 6}).items():
        table.add_column(name, justify="right", min_width=least, no_wrap=True)
    splits = list(dict.fromkeys(row.split for row in rows))
    for split in splits:
        for line in _lines(split, [row for row in rows if row.split == split], sweep):
            table.add_row(*line)
    other = other_words(rows)
    if other and (words := taught_words(rows)) in splits:
        table.add_row(*_gap(words, other, rows, sweep), style="italic")
    return table


def _lines(split: str, rows: Sequence[Row], sweep: Sequence[int]) -> Iterator[list[str]]:
    """The accuracy of a split by epochs, and below it further numbers about the same answers."""
    shown = [row for row in rows if row.epochs in (0, *sweep)]
    last = max(shown, key=lambda row: (row.epochs, -(row.seed or 0)), default=None)
    if last is None:
        return
    interval, gain = last.interval, last.difference
    yield [
        split,
        str(last.n),
        *_by_epochs(rows, sweep, lambda group: _mean(row.accuracy for row in group)),
        f"{share(interval.low)} to {share(interval.high)}" if interval else "-",
        f"{gain.value:+.2f}{'*' if gain.p < 0.05 else ''}" if gain else "-",
        share(last.chance),
    ]
    if any(row.balanced is not None for row in shown):
        yield _under("balanced accuracy", rows, sweep, lambda group: _mean(row.balanced for row in group))
    if any(row.old is not None for row in shown):
        yield _under("old answers", rows, sweep, lambda group: _mean(row.old for row in group))
    if any(row.ungraded for row in shown):
        yield _under("ungraded", rows, sweep, lambda group: str(sum(row.ungraded for row in group)))
    if any(row.cut_off for row in shown):
        yield _under("ungraded, cut off", rows, sweep, _cut_off)
    if any(row.altered for row in shown):
        yield _under("altered by a recording", rows, sweep, lambda group: str(sum(r.altered for r in group)))
    if any(row.errors for row in shown):
        yield _under("errors", rows, sweep, _errors)
    if len({row.seed for row in shown if row.epochs}) > 1:
        yield _under("spread between seeds", rows, sweep, _spread)


def _gap(words: str, other: str, rows: Sequence[Row], sweep: Sequence[int]) -> list[str]:
    """Memorization minus generalization, by epochs."""

    def gap(group: Sequence[Row]) -> str:
        learned = average(row.accuracy for row in group if row.split == words)
        general = average(row.accuracy for row in group if row.split == other)
        return "-" if learned is None or general is None else f"{learned - general:+.2f}"

    return [f"{words} - {other}", "", *_by_epochs(rows, sweep, gap)]


def _under(
    name: str, rows: Sequence[Row], sweep: Sequence[int], say: Callable[[Sequence[Row]], str]
) -> list[str]:
    return [f"  {name}", "", *_by_epochs(rows, sweep, say)]


def _by_epochs(rows: Sequence[Row], sweep: Sequence[int], say: Callable[[Sequence[Row]], str]) -> list[str]:
    """A text for the base model and for each epoch count; a dash if there are no answers."""
    groups = ([row for row in rows if row.epochs == epochs] for epochs in (0, *sweep))
    return [say(group) if group else "-" for group in groups]


def _cut_off(group: Sequence[Row]) -> str:
    return f"{sum(row.cut_off for row in group)}{'!' if any(row.is_cut_off for row in group) else ''}"


def _errors(group: Sequence[Row]) -> str:
    return f"{sum(row.errors for row in group)}{'!' if any(row.is_failed for row in group) else ''}"


def _spread(group: Sequence[Row]) -> str:
    known = [row.accuracy for row in group if row.accuracy is not None]
    return share(max(known) - min(known)) if len(known) > 1 else "-"


def _mean(values: Iterable[float | None]) -> str:
    return share(average(values))


def _has_few_clusters(row: Row) -> bool:
    return row.difference is not None and row.difference.few_clusters


def _legend(results: Results) -> str:
    several = len(results.experiment.seeds) > 1
    few = list(dict.fromkeys(f"{row.task} {row.split}" for row in results.rows if _has_few_clusters(row)))
    whose = "the most epochs in the table" + (" and the first seed" if several else "")
    return (
        ("Accuracies are means over the seeds. " if several else "")
        + f"n, interval, gain and chance are those of {whose}. The gain is tuned minus base accuracy on the "
        "same questions. * mid-p < 0.05, test over clusters, not corrected for the number of comparisons. "
        "Chance is what always giving the commonest answer scores."
        + (
            " Where there are fewer than 20 clusters, an interval of a gain may hold 0 beside a *."
            if any(row.difference and row.difference.few_clusters for row in results.rows)
            else ""
        )
        + (
            " Old answers are the share that was right before the update."
            if any(row.old is not None for row in results.rows)
            else ""
        )
        + (
            " ! More than 5 % are cut off, or errors: invalid."
            if any(row.is_spoilt for row in results.rows)
            else ""
        )
        + (f" Fewer than 20 clusters, so rough: {', '.join(few)}." if few else "")
    )


def _costs(results: Results) -> str:
    planned, actual = results.costs.planned, results.costs.actual
    would = "would cost" if stands_in(results) else "costs"
    text = (
        f"At list prices training {would} {dollars(planned.train_usd)} by the plan and "
        f"{dollars(actual.train_usd)} by the tokens counted, and the answers {dollars(planned.answer_usd)} "
        f"and {dollars(actual.answer_usd)}."
    )
    return " ".join(filter(None, (text, unpriced([planned, actual]))))
