"""The texts of the main tables: accuracies of a task and model by split and epochs, and what they mean.

The terminal, Markdown and LaTeX show these texts. Below the accuracy of a split are the numbers needed to
interpret it, each only if it applies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from fbench.analysis.results import Results, Row
from fbench.reports.numbers import answered_by, share
from fbench.reports.outcome import average, other_words, taught_words
from fbench.reports.series import Series, series_in
from fbench.reports.text_tables import TextTable, parts_of

__all__ = ["headline_legend", "headline_tables"]


def headline_tables(results: Results, fit: int | None = None) -> Iterator[TextTable]:
    """The tables of a run, one for each task, model and way of training and asking.

    If a sweep has more epoch counts than `fit`, a table continues in a second one.
    """
    experiment = results.experiment
    sweep = sorted(experiment.epochs)
    for task in experiment.tasks:
        for model in experiment.models:
            mine = [row for row in results.rows if (row.task, row.model) == (task, model)]
            for series in series_in(mine):
                title = f"{task}: {model} ({answered_by(results)})"
                title += f", {series.label}" if series.label else ""
                shown = sweep if any(row.epochs for row in series.rows) else []
                for part in parts_of(shown, fit):
                    yield _table(title, series, part)


def _table(title: str, series: Series[Row], sweep: Sequence[int]) -> TextTable:
    rows = series.rows
    header = ["split", "n", series.untrained, *(f"{epochs} ep" for epochs in sweep)]
    header += ["95 % interval", "gain", "chance"]
    splits = list(dict.fromkeys(row.split for row in rows))
    lines = [
        line for split in splits for line in _lines(split, [row for row in rows if row.split == split], sweep)
    ]
    other, words = other_words(rows), taught_words(rows)
    has_gap = bool(other) and words in splits
    if other and has_gap:
        lines.append(_gap(words, other, rows, sweep))
    whole = [line + [""] * (len(header) - len(line)) for line in lines]
    return TextTable(title, header, whole, ends_with_gap=has_gap)


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


def headline_legend(results: Results) -> str:
    """What the numbers of the tables mean."""
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
