"""Make the results of a run from its store again, without calling any service or writing anything.

This shows results that have no digest to verify them (older versions of fbench stored none), and the results
so far of a run that did not finish.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results, Row
from fbench.analysis.results_file import Written
from fbench.analysis.standing import RunStanding, standing_in
from fbench.analysis.verdicts import verdicts
from fbench.errors import UsageError
from fbench.grading.experiment_graders import judging_of, rules_of
from fbench.grading.judge.run_cases import cases_of_run, judge_answers, save_judge_layers
from fbench.grading.layers import grade_answers
from fbench.runner.attempts import Attempts
from fbench.runner.budget import Budget
from fbench.runner.config import read_experiment
from fbench.runner.event_loop import in_own_loop
from fbench.runner.folder import RESULTS, STORE, check_identity, origin_in, read_config
from fbench.runner.going_on import going_on
from fbench.runner.prepared import PreparedRun, part_of, read_input_offline
from fbench.runner.shard import shard_of
from fbench.runner.stop import Stop
from fbench.runner.store import Store

__all__ = ["from_graded_copy", "rebuild", "so_far", "vouched"]

_Made = TypeVar("_Made")


def vouched(place: Path, written: Written) -> Written:
    """Results without a digest to verify them, made again from their run's store.

    If that is impossible, they are returned unchanged and `unchecked`. The notice says which.

    Raises:
        UsageError: the file and the store disagree.
    """
    path = place if place.is_file() else place / RESULTS
    notice = f"{path}: could not be checked for changes: {written.unchecked}"
    try:
        results = rebuild(place, written)
    except _Changed:
        raise
    except UsageError as error:
        told = str(error).rstrip(".") in written.unchecked
        if path.name == RESULTS and path.with_name(STORE).is_file() and not told:
            notice += f"; nor can the results be made again: {str(error).rstrip('.')}"
        return written._replace(notice=f"{notice}.")
    notice = (
        f"{notice}. So the results are made again from the store, graded by {results.experiment.grader} "
        f"{results.experiment.grader_version}; `{going_on(place).command}` writes them."
    )
    return written._replace(results=results, text=results.to_json(), unchecked="", notice=notice)


def rebuild(folder: Path, written: Written | None = None) -> Results:
    """The results that `fbench resume` would write without new requests, from a copy of the store in memory.

    Long answers without a ruling of the judge are ungraded. If `written` is given, its rows are compared
    with the grades that they were counted from.

    Raises:
        UsageError: there is no store, its dataset cannot be read, or `written` and the store disagree.
    """
    results = from_graded_copy(folder, results_of, written)
    if written is not None:
        _hold_to_experiment(folder, written.results, results)
    return results


def so_far(folder: Path) -> tuple[Results, RunStanding]:
    """The results of a run that has not reached its end, as `rebuild`, and how far it is.

    Raises:
        UsageError: as `rebuild`.
    """
    return from_graded_copy(
        folder, lambda ready, store: (results_of(ready, store), standing_in(store, ready.plan))
    )


def from_graded_copy(
    folder: Path, make: Callable[[PreparedRun, Store], _Made], written: Written | None = None
) -> _Made:
    """What `make` returns for a run and a copy of its store in which all answers are graded that can be.

    The copy is in memory, and no service is asked. A fake judge needs an event loop of its own, and SQLite
    keeps a store to one thread: so where a loop is running, as in a notebook, all of this is done in another.

    Raises:
        UsageError: as `rebuild`.
    """

    def made() -> _Made:
        ready = read_input_offline(read_experiment(read_config(folder), {}))
        with Store(folder / STORE, read_only=True) as on_disk, on_disk.in_memory() as store:
            ready = replace(part_of(ready, shard_of(store)), began=origin_in(store))
            check_identity(store, folder, ready.experiment, ready.dataset)
            if written is not None:
                _hold_to_grades(folder, written.results, store, ready)
            _grade(ready, store)
            return make(ready, store)

    return in_own_loop(made)


def _grade(ready: PreparedRun, store: Store) -> None:
    questions = {question.id: question for question in ready.dataset.questions}
    grade_answers(store, questions, rules_of(ready.experiment))
    judging = judging_of(ready)
    if judging is None:
        return
    if judging.asks:  # a model judge has ruled already, or costs money
        save_judge_layers(store, cases_of_run(store, ready.dataset, judging), judging)
        return
    judge_answers(
        store,
        ready.dataset,
        judging,
        ready.experiment,
        concurrency=1,
        attempts=Attempts(Budget()),
        stop=Stop(),
    )


class _Changed(UsageError):
    """A results file and the store that it was made from disagree."""

    def __init__(self, folder: Path, what: str) -> None:
        super().__init__(
            f"{folder / RESULTS}, {what}, so it is not shown. Write it again with "
            f"`{going_on(folder).command}`, which asks no service about what is answered."
        )


def _hold_to_grades(folder: Path, written: Results, store: Store, ready: PreparedRun) -> None:
    """Compare the counts in rows with the grades of the version that counted them, if the store has them."""
    layer = _counted(written, store.layers())
    if layer is None:
        return
    samples = {cell.id for cell in ready.plan.cells if cell.sample}
    there = {
        (cell, split): dict(Counter(answer.verdict for answer in answers.values()))
        for (cell, split), answers in verdicts(ready, store, layer).items()
        if cell not in samples
    }
    told = {(_cell(row), row.split): dict(_counts(row)) for row in written.rows}
    for place in there | told:
        if there.get(place) != told.get(place):
            says, found = (_told(counts.get(place, {})) for counts in (told, there))
            raise _Changed(folder, f"row of {', '.join(place)}: says {says} where its store says {found}")


def _counted(written: Results, layers: list[str]) -> str | None:
    """The layer that the results of an older fbench count."""
    version = written.experiment.grader_version
    judge = written.judge
    if judge is not None:
        names = [judge.layer if judge.scope == "all" else f"auto@{version}+{judge.layer}"]
    else:
        names = [f"{written.experiment.grader}@{version}"]
    return next((name for name in names if name in layers), None)


def _cell(row: Row) -> str:
    return row.cell or f"{row.model}/{row.task}/" + (f"e{row.epochs}/s{row.seed}" if row.epochs else "base")


def _counts(row: Row) -> Iterator[tuple[str, int]]:
    counts = {
        "correct": row.correct,
        "incorrect": row.incorrect,
        "abstained": row.abstained,
        "ungraded": row.ungraded,
        "error": row.errors,
    }
    return ((name, count) for name, count in counts.items() if count)


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def _hold_to_experiment(folder: Path, written: Results, results: Results) -> None:
    """Compare the upstream and the grader with those of the configuration."""
    for name in ("upstream", "grader"):
        told, there = (str(getattr(found.experiment, name)) for found in (written, results))
        if told != there:
            raise _Changed(folder, f"field 'experiment.{name}': is {told!r} where the run has {there!r}")
