"""The complete pipeline of a run: read, plan, do, grade, summarise, write."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results
from fbench.analysis.results_file import write_results
from fbench.datasets import refuse_idle_choices, refuse_stale_golds
from fbench.errors import Incomplete, ProviderFailed, UsageError
from fbench.grading.experiment_graders import judging_of, rules_of
from fbench.grading.judge.run_cases import judge_answers, spent_usd
from fbench.grading.layers import grade_answers
from fbench.grading.run_answers import is_complete
from fbench.plurals import counted
from fbench.providers.connection import Connection
from fbench.runner.budget import Budget, check_budget
from fbench.runner.config import read_experiment
from fbench.runner.experiment import Experiment
from fbench.runner.folder import (
    RESULTS,
    STORE,
    check_identity,
    check_identity_in,
    fakes_of,
    read_config,
    write_config,
    write_provenance,
)
from fbench.runner.identities import hide_identities
from fbench.runner.pending import pending_units
from fbench.runner.prepared import PreparedRun, read_input, read_input_offline
from fbench.runner.processes import run_units
from fbench.runner.progress import Progress
from fbench.runner.recording import check_new_recording, close_recording
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, Store, TrainingRow
from fbench.upstream import LASTING, check_models, fake_settings

__all__ = ["carry_out", "execute", "lay_out", "lay_out_new", "prepare", "prepare_again", "prepare_new"]


def prepare(experiment: Experiment) -> PreparedRun:
    """Read the data, make the plan, and check that the grader and the judge exist.

    Raises:
        UsageError: the data cannot be used, there is no such grader or judge, or keys are missing for a live
            run.
    """
    return _with_known_judge(read_input(experiment))


def lay_out(experiment: Experiment) -> PreparedRun:
    """As `prepare`, without needing keys: to show a plan, or for a run that is completely answered.

    Raises:
        UsageError: the data cannot be used, or there is no such grader or judge.
    """
    return _with_known_judge(read_input_offline(experiment))


def lay_out_new(experiment: Experiment) -> PreparedRun:
    """As `lay_out`, for a new run: what cannot change after the start is also checked.

    Raises:
        DataError: a gold equals the answer from before its update.
        UsageError: as `lay_out`; or a choice has no effect on the data.
    """
    _check_choices(experiment)
    _check_behaviours(experiment)
    return _without_stale_golds(lay_out(experiment))


def prepare_new(experiment: Experiment, *, budget_usd: float | None) -> PreparedRun:
    """As `prepare`, for a new run.

    Raises:
        DataError: a gold equals the answer from before its update.
        UsageError: as `prepare`; or a live run has no budget, the folder has an unfinished recording, the
            fakes lack a model, or a choice has no effect on the data.
    """
    check_budget(budget_usd)
    _check_choices(experiment)
    _check_models(experiment)
    _require_budget(experiment, budget_usd)
    check_new_recording(experiment)
    _check_behaviours(experiment)
    return _without_stale_golds(prepare(experiment))


def prepare_again(folder: Path, *, judge: str | None, budget_usd: float | None) -> PreparedRun:
    """The run in `folder`, ready to continue; `judge`, if given, is the judge from now on.

    Keys are needed only if a live service will be called.

    Raises:
        UsageError: there is no run, it began with something else, its data or a plug-in is missing, or it is
            live and lacks keys or a budget.
    """
    check_budget(budget_usd)
    prepared = lay_out(read_experiment(read_config(folder), {"judge": judge}))
    if prepared.experiment.is_live and not is_complete(prepared, folder):
        _require_budget(prepared.experiment, budget_usd)
        prepared = prepare(prepared.experiment)
    check_identity(folder, prepared.experiment, prepared.dataset, prepared.origin)
    if judge is not None:
        write_config(folder, prepared.experiment)
    return prepared


def _check_behaviours(experiment: Experiment) -> None:
    """Check the behaviours that the environment names for a new run; one that began keeps its own."""
    if experiment.uses_fakes:
        fake_settings()


def _check_choices(experiment: Experiment) -> None:
    """Check that the choices about data have an effect; of a replay, what was recorded decides."""
    if not experiment.is_replay:
        refuse_idle_choices(
            experiment.data,
            labels=experiment.labels,
            all_news=experiment.all_news,
            seed=experiment.data_seed,
        )


def _check_models(experiment: Experiment) -> None:
    """Check that the fakes have the models, if they answer; of recordings, what was recorded decides."""
    folder = experiment.cassettes
    recorded = folder is not None and experiment.record != "all" and folder.exists()
    if experiment.uses_fakes and not recorded:
        check_models(experiment.models)


def _require_budget(experiment: Experiment, budget_usd: float | None) -> None:
    if experiment.is_live and budget_usd is None:
        raise UsageError("a live run spends money: say how much it may spend with --budget-usd.")


def _without_stale_golds(prepared: PreparedRun) -> PreparedRun:
    if not prepared.experiment.is_replay:  # recorded requests cannot be changed
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
    """Do the rest of the run in `folder`, and write its results, and `run.json` on how they were made.

    `command` is the command or function that was called, for `run.json`.

    Raises:
        Incomplete: as `execute`; likewise `BudgetReached`.
        ProviderFailed: as `execute`; if there are results nevertheless, `run.json` is written too.
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
    """Writes to the store, and reports progress."""

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
    """Do the rest of the run in `folder`, whose store exists, and write `results.json` there.

    Requests go over `connection`, if given, instead of the connection that the experiment names.

    Raises:
        Incomplete: the run was stopped, or a service did not answer; all answers so far are kept.
        BudgetReached: the next step would exceed the budget.
        ProviderFailed: a training or the judge failed permanently; the results hold everything else.
    """
    progress = progress or Progress()
    stop = stop or Stop()
    experiment, dataset, plan = ready.experiment, ready.dataset, ready.plan
    judging = judging_of(ready)
    with Store(folder / STORE) as store:
        check_identity_in(store, folder, experiment, dataset, ready.origin)
        if experiment.is_live:
            hide_identities(store)
        experiment = experiment.with_fakes(fakes_of(store, experiment))
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
            saved = sum(len(store.answered(cell.id)) for cell in plan.cells)
            raise Incomplete(f"stopped; {saved:,} of {counted(plan.asked, 'answer')} are saved.")
        progress.grading()
        grade_answers(store, {q.id: q for q in dataset.questions}, rules_of(experiment), stop)
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
        if stop.requested:
            raise Incomplete("stopped; every answer is saved.")
        close_recording(experiment, dataset)
        results = results_of(ready, store)
        write_results(folder, store, results.to_json())
        store.seal()
    if failures:
        raise ProviderFailed(
            f"{len(failures)} of {counted(len(plan.units) + bool(judging), 'part')} of the run "
            f"failed for good, "
            f"and the results leave them out. The first: {failures[0]}"
        )
    return results
