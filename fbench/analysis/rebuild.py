"""The results of a run made from its store again, without asking any service or writing anything.

That is how results are shown that no digest vouches for (older versions of fbench kept none), and what there
is of a run that did not reach its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results, Row
from fbench.analysis.results_file import Written
from fbench.analysis.verdicts import verdicts
from fbench.datasets.model import Dataset
from fbench.errors import UsageError
from fbench.grading.chosen import judging_of, rules_of
from fbench.grading.judge.run_cases import cases_of_run, judge_answers, save_judge_layers
from fbench.grading.layers import grade_answers
from fbench.runner.budget import Budget
from fbench.runner.config import read_experiment
from fbench.runner.folder import RESULTS, STORE, check_identity_in, read_config
from fbench.runner.prepared import PreparedRun, read_input_offline
from fbench.runner.stop import Stop
from fbench.runner.store import Store

__all__ = ["rebuild", "vouched"]


def vouched(place: Path, written: Written) -> Written:
    """Results that no digest vouches for, as their run's store gives them.

    Where that cannot be done they stay as they are, and `unchecked`. The notice says either.

    Raises:
        UsageError: the file says something else than the store.
    """
    path = place if place.is_file() else place / RESULTS
    notice = f"{path}: could not be checked for changes: {written.unchecked}"
    try:
        results = rebuild(place, written)
    except _Changed:
        raise
    except UsageError as error:
        if path.name == RESULTS and path.with_name(STORE).is_file():
            notice += f"; nor can the results be made again: {str(error).rstrip('.')}"
        return written._replace(notice=f"{notice}.")
    notice = (
        f"{notice}. So the results are made again from the store, graded by {results.experiment.grader} "
        f"{results.experiment.grader_version}; `fbench resume {quote(str(place))}` writes them."
    )
    return written._replace(results=results, text=results.to_json(), unchecked="", notice=notice)


def rebuild(folder: Path, written: Written | None = None) -> Results:
    """What `fbench resume` would write if nothing were left to ask, from a copy of the store in memory.

    Long answers on which a judge has not ruled are ungraded. Where `written` is given, its rows are held
    against the grades that they were counted from.

    Raises:
        UsageError: there is no store, its dataset cannot be read, or `written` says something else.
    """
    ready = read_input_offline(read_experiment(read_config(folder), {}))
    with Store(folder / STORE, read_only=True) as on_disk, on_disk.in_memory() as store:
        check_identity_in(store, folder, ready.experiment, ready.dataset, ready.origin)
        if written is not None:
            _hold_to_grades(folder, written.results, store, ready.dataset)
        _grade(ready, store)
        results = results_of(ready, store)
    if written is not None:
        _hold_to_experiment(folder, written.results, results)
    return results


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
        store, ready.dataset, judging, ready.experiment, concurrency=1, budget=Budget(None), stop=Stop()
    )


class _Changed(UsageError):
    """A file of results says something else than the store that it was made from."""

    def __init__(self, folder: Path, what: str) -> None:
        super().__init__(
            f"{folder / RESULTS}, {what}, so it is not shown. Write it again with "
            f"`fbench resume {quote(str(folder))}`, which asks no service about what is answered."
        )


def _hold_to_grades(folder: Path, written: Results, store: Store, dataset: Dataset) -> None:
    """Holds the counts of rows to the grades of the version that counted them, where the store has them."""
    layer = _counted(written, store.layers())
    if layer is None:
        return
    there = {
        (cell, split.value): dict(Counter(answer.verdict for answer in answers.values()))
        for (cell, split), answers in verdicts(store, dataset.questions, layer).items()
    }
    told = {(_cell(row), row.split): dict(_counts(row)) for row in written.rows}
    for place in there | told:
        if there.get(place) != told.get(place):
            says, found = (_told(counts.get(place, {})) for counts in (told, there))
            raise _Changed(folder, f"row of {', '.join(place)}: says {says} where its store says {found}")


def _counted(written: Results, layers: list[str]) -> str | None:
    """The layer that results of an older fbench count."""
    version = written.experiment.grader_version
    judge = written.judge
    if judge is not None:
        names = [judge.layer if judge.scope == "all" else f"auto@{version}+{judge.layer}"]
    else:
        names = [f"{written.experiment.grader}@{version}"]
    return next((name for name in names if name in layers), None)


def _cell(row: Row) -> str:
    return f"{row.model}/{row.task}/" + (f"e{row.epochs}/s{row.seed}" if row.epochs else "base")


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
    """Holds what answered, and who graded it, to what the configuration says."""
    for name in ("upstream", "grader"):
        told, there = (str(getattr(found.experiment, name)) for found in (written, results))
        if told != there:
            raise _Changed(folder, f"field 'experiment.{name}': is {told!r} where the run has {there!r}")
