"""Threats to the validity of a run's numbers, found in the results themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from fbench.analysis.results import Results, Row
from fbench.plurals import be, counted, listed
from fbench.reports.names import without_date
from fbench.reports.outcome import other_words, taught_words

__all__ = ["answered", "is_unfinished", "threats"]

_FEW_CLUSTERS = 20
_UNGRADED = 0.02
"""A larger share of ungraded answers in a cell and split is reported."""


def threats(results: Results, *, unchecked: str = "") -> list[str]:
    """Sentences, most serious first; `unchecked` says why it is unknown if the results were changed."""
    found = [_origin(results)]
    if unchecked:
        found.append(f"Nobody knows whether results.json was changed: {unchecked}.")
    found += [*_left_out(results), results.unplayed]
    found += _rows(results)
    return [sentence for sentence in found if sentence]


def is_unfinished(results: Results) -> bool:
    """Whether `fbench resume` has any work left."""
    there, whole = answered(results)
    return there < whole or any(training.state == "failed" for training in results.trainings)


def answered(results: Results) -> tuple[int, int]:
    """The number of answered questions, errors included, and the total that the experiment asks."""
    experiment = results.experiment
    there = sum(row.n + row.errors for row in results.rows)
    if results.asked:
        return there, results.asked
    # results of older versions do not say it, and have these cells alone
    cells = len(experiment.models) * (1 + len(experiment.seeds) * len(experiment.epochs))
    return there, cells * sum(results.dataset.questions.get(task, 0) for task in experiment.tasks)


def _origin(results: Results) -> str:
    if results.experiment.upstream == "fake":
        return "FAKE models: they say nothing about those whose names they go by."
    if results.experiment.upstream == "local":
        return "A server on this machine answered, which is none of the vendors'."
    if weights := results.experiment.weights:
        told = "; ".join(f"{each.name} (sha256 {each.sha256[:12]})" for each in weights)
        rounded = any(each.format == "GGUF" for each in weights)
        more = ", dequantised from GGUF, so that the published model may answer otherwise" if rounded else ""
        return f"Local open weights, no service's: {told}{more}."
    return ""


def _left_out(results: Results) -> Iterator[str]:
    """The parts of the run that failed or are not finished."""
    failed = [training for training in results.trainings if training.state == "failed"]
    if failed:
        first = failed[0]
        yield (
            f"{len(failed)} of {counted(len(results.trainings), 'training')} failed, the first of "
            f"{first.model}, {first.task}, {counted(first.epochs, 'epoch')}: {first.error or 'no reason'}"
        )
    there, whole = answered(results)
    lost = sum(results.dataset.questions.get(training.task, 0) for training in failed)
    if there < whole - lost:
        yield f"Unfinished: {there:,} of {counted(whole, 'question')} are answered."
    based = {(row.task, row.model) for row in results.rows if row.is_base and row.n}
    alone = [row for row in results.rows if row.epochs and row.n and (row.task, row.model) not in based]
    if alone:
        yield f"No answers of the base model, so no gain is known: {_where(results)(alone)}."


def _rows(results: Results) -> Iterator[str]:
    rows, places = results.rows, _where(results)
    if cut_off := [row for row in rows if row.is_cut_off]:
        yield (f"Invalid: more than 5 % of the answers are cut off (sampling.max_tokens): {places(cut_off)}.")
    if failed := [row for row in rows if row.is_failed]:
        yield f"Invalid: more than 5 % of the questions ended in an error: {places(failed)}."
    ungraded: dict[str, float] = {}
    for row in rows:
        if row.n and row.ungraded / row.n > _UNGRADED:
            ungraded[row.task] = max(ungraded.get(row.task, 0.0), row.ungraded / row.n)
    if ungraded:
        told = [
            f"{task} {100 * share:.1f} %"
            for task, share in sorted(ungraded.items(), key=lambda item: -item[1])
        ]
        yield f"Ungraded answers count as wrong; where they are most: {listed(told, 4)}."
    errors = [row for row in rows if row.errors]
    if errors:
        lost = sum(row.errors for row in errors)
        yield f"{counted(lost, 'question')} ended in an error, and {be(lost)} left out: {places(errors)}."
    altered = [row for row in rows if row.altered]
    if altered:
        yield (
            f"{counted(sum(row.altered for row in altered), 'answer')} changed in the recording, where "
            f"secrets were taken out: {places(altered)}."
        )
    yield from _few(results)
    if len(results.experiment.seeds) == 1 and any(row.epochs for row in rows):
        yield "There is one training seed: the spread between trainings is unknown."


def _few(results: Results) -> Iterator[str]:
    """Tasks with few clusters in the splits that the first screen shows."""
    least: dict[str, int] = {}
    for task in results.experiment.tasks:
        mine = [row for row in results.rows if row.task == task and row.n]
        other = other_words(mine)
        shown = [row for row in mine if row.split in (taught_words(mine), other)]
        flagged = any(row.difference is not None and row.difference.few_clusters for row in shown)
        clusters = min((row.clusters for row in shown), default=_FEW_CLUSTERS)
        if flagged or clusters < _FEW_CLUSTERS:
            least[task] = clusters
    if least:
        told = [f"{task} {clusters}" for task, clusters in sorted(least.items(), key=lambda item: item[1])]
        yield f"Under {_FEW_CLUSTERS} clusters ({listed(told, 5)}): intervals and tests are rough."


def _where(results: Results) -> Callable[[Iterable[Row]], str]:
    """A function that lists the models of rows, with the run's short names, and their tasks."""
    names = without_date(results.experiment.models)

    def places(rows: Iterable[Row]) -> str:
        tasks: dict[str, dict[str, None]] = {}
        for row in rows:
            tasks.setdefault(names.get(row.model, row.model), {})[row.task] = None
        return listed([f"{name} ({listed(list(mine), 3)})" for name, mine in tasks.items()], 3)

    return places
