"""The whole way of a run: read, plan, do, grade, sum up, write."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results
from fbench.analysis.results_file import write_results
from fbench.datasets import refuse_stale_golds
from fbench.errors import Incomplete, ProviderFailed, UsageError
from fbench.grading.chosen import judging_of, rules_of
from fbench.grading.judge.run_cases import judge_answers, spent_usd
from fbench.grading.layers import grade_answers
from fbench.grading.run_answers import is_complete
from fbench.plurals import counted
from fbench.providers.connection import Connection
from fbench.runner.budget import Budget
from fbench.runner.config import read_experiment
from fbench.runner.experiment import Experiment
from fbench.runner.folder import (
    RESULTS,
    STORE,
    check_identity,
    check_identity_in,
    read_config,
    write_config,
    write_provenance,
)
from fbench.runner.pending import pending_units
from fbench.runner.prepared import PreparedRun, read_input, read_input_offline
from fbench.runner.processes import run_units
from fbench.runner.progress import Progress
from fbench.runner.recording import close_recording, refuse_interrupted_recording
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, Store, TrainingRow
from fbench.upstream import LASTING

__all__ = ["carry_out", "execute", "lay_out", "lay_out_new", "prepare", "prepare_again", "prepare_new"]


def prepare(experiment: Experiment) -> PreparedRun:
    """Reads the data, makes the plan, and checks that the grader and the judge exist.

    Raises:
        UsageError: the data cannot be used, there is no such grader or judge, or keys are missing for a live
            run.
    """
    return _with_known_judge(read_input(experiment))


def lay_out(experiment: Experiment) -> PreparedRun:
    """The same without asking for keys: for showing a plan, or a run whose answers are all there.

    Raises:
        UsageError: the data cannot be used, or there is no such grader or judge.
    """
    return _with_known_judge(read_input_offline(experiment))


def lay_out_new(experiment: Experiment) -> PreparedRun:
    """As `lay_out`, for a run that is to begin: its golds are checked too, which no run under way can change.

    Raises:
        DataError: a gold equals what was right before its update.
        UsageError: as `lay_out`.
    """
    return _without_stale_golds(lay_out(experiment))


def prepare_new(experiment: Experiment, *, budget_usd: float | None, option: str) -> PreparedRun:
    """As `prepare`, for a run that is to begin.

    `option` is what names the budget to the caller: `--budget-usd`, or `budget_usd`.

    Raises:
        DataError: a gold equals what was right before its update.
        UsageError: as `prepare`; or a live run has no budget, or a recording there is unfinished.
    """
    _require_budget(experiment, budget_usd, option)
    refuse_interrupted_recording(experiment)
    return _without_stale_golds(prepare(experiment))


def prepare_again(folder: Path, *, judge: str | None, budget_usd: float | None, option: str) -> PreparedRun:
    """The run in `folder`, to go on with; `judge` judges from now on, if one is named.

    Keys are asked for only where a live service is to be called.

    Raises:
        UsageError: there is no run, it began with something else, its data or a plug-in is missing, or it is
            live and lacks keys or a budget.
    """
    prepared = lay_out(read_experiment(read_config(folder), {"judge": judge}))
    if prepared.experiment.is_live and not is_complete(prepared, folder):
        _require_budget(prepared.experiment, budget_usd, option)
        prepared = prepare(prepared.experiment)
    check_identity(folder, prepared.experiment, prepared.dataset, prepared.origin)
    if judge is not None:
        write_config(folder, prepared.experiment)
    return prepared


def _require_budget(experiment: Experiment, budget_usd: float | None, option: str) -> None:
    if experiment.is_live and budget_usd is None:
        raise UsageError(f"a live run spends money: say how much it may spend with {option}.")


def _without_stale_golds(prepared: PreparedRun) -> PreparedRun:
    if not prepared.experiment.is_replay:  # what was recorded cannot be asked again
        refuse_stale_golds(prepared.dataset)
    return prepared


def _with_known_judge(ready: PreparedRun) -> PreparedRun:
    judging_of(ready)
    return ready


def carry_out(
    prepared: PreparedRun,
    folder: Path,
    *,
    command: Sequence[str],
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Results:
    """Does what is left of the run in `folder`, writes its results, and what made them in `run.json`.

    `command` is what was called, for `run.json`.

    Raises:
        Incomplete: as `execute`, and so `BudgetReached`.
        ProviderFailed: as `execute`; where there are results all the same, `run.json` is written too.
    """
    began = time.monotonic()

    def keep_provenance() -> None:
        write_provenance(
            folder,
            prepared.experiment,
            concurrency=concurrency,
            jobs=jobs or os.cpu_count(),
            budget_usd=budget_usd,
            seconds=time.monotonic() - began,
            command=command,
        )

    try:
        results = execute(
            prepared,
            folder,
            concurrency=concurrency,
            jobs=jobs,
            budget_usd=budget_usd,
            progress=progress,
            stop=stop,
        )
    except ProviderFailed:
        if (folder / RESULTS).is_file():
            keep_provenance()
        raise
    keep_provenance()
    return results


class _StoreSink:
    """Writes to the store, and tells of it."""

    def __init__(self, store: Store, progress: Progress) -> None:
        self._store, self._progress = store, progress

    def training(self, row: TrainingRow) -> None:
        self._store.save_training(row)

    def answers(self, answers: Sequence[Answer]) -> None:
        self._store.save_answers(answers)
        self._progress.answered(len(answers))


def execute(
    ready: PreparedRun,
    folder: Path,
    *,
    concurrency: int = 50,
    jobs: int | None = None,
    budget_usd: float | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
    connection: Connection | None = None,
) -> Results:
    """Does what is left of the run in `folder`, whose store exists, and writes `results.json` there.

    Requests go over `connection`, where one is given, in place of what the experiment names.

    Raises:
        Incomplete: it was stopped, or a service did not answer; all that was answered is kept.
        BudgetReached: the next step would pass the budget.
        ProviderFailed: a training or the judge failed for good; the results hold everything else.
    """
    progress = progress or Progress()
    stop = stop or Stop()
    experiment, dataset, plan = ready.experiment, ready.dataset, ready.plan
    judging = judging_of(ready)
    with Store(folder / STORE) as store:
        check_identity_in(store, folder, experiment, dataset, ready.origin)
        works, spent = pending_units(
            plan, store, lasting=experiment.upstream in LASTING and not experiment.is_replay
        )
        budget = Budget(budget_usd, spent + (spent_usd(store, judging) if judging else 0.0))
        progress.begin(plan, plan.asked - sum(len(q) for w in works for q in w.questions.values()))
        failures = run_units(
            experiment,
            dataset,
            works,
            _StoreSink(store, progress),
            progress.finished,
            jobs=jobs or os.cpu_count() or 1,
            concurrency=concurrency,
            budget=budget,
            stop=stop,
            connection=connection,
        )
        if stop.requested:
            raise Incomplete("stopped; everything that was answered is saved.")
        progress.grading()
        grade_answers(store, {q.id: q for q in dataset.questions}, rules_of(experiment))
        if judging:
            failure = judge_answers(
                store,
                dataset,
                judging,
                experiment,
                concurrency=concurrency,
                budget=budget,
                stop=stop,
            )
            failures += [failure] if failure else []
        close_recording(experiment, dataset)
        results = results_of(ready, store)
        write_results(folder, store, results.to_json())
    if failures:
        raise ProviderFailed(
            f"{len(failures)} of {counted(len(plan.units) + bool(judging), 'part')} of the run "
            f"failed for good, "
            f"and the results leave them out. The first: {failures[0]}"
        )
    return results
