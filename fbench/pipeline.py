"""The whole way of a run: read, plan, do, grade, sum up, write."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results
from fbench.analysis.results_file import write_results
from fbench.errors import Incomplete, ProviderFailed
from fbench.grading.chosen import judging_of, rules_of
from fbench.grading.judge.run_cases import judge_answers, spent_usd
from fbench.grading.layers import grade_answers
from fbench.plurals import counted
from fbench.providers.connection import Connection
from fbench.runner.budget import Budget
from fbench.runner.experiment import Experiment
from fbench.runner.folder import STORE, keep_beginning
from fbench.runner.left import left_of
from fbench.runner.processes import run_units
from fbench.runner.progress import Progress
from fbench.runner.ready import Ready, read_input, read_input_offline
from fbench.runner.recording import close_recording
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, Store, TrainingRow
from fbench.upstream import LASTING

__all__ = ["execute", "lay_out", "prepare"]


def prepare(experiment: Experiment) -> Ready:
    """Reads the data and lays out the plan.

    Raises:
        UsageError: the data cannot be used, there is no such grader or judge, or keys are missing for a live
            run.
    """
    return _with_known_judge(read_input(experiment))


def lay_out(experiment: Experiment) -> Ready:
    """The same, whether or not there are keys to do it.

    Raises:
        UsageError: the data cannot be used, or there is no such grader or judge.
    """
    return _with_known_judge(read_input_offline(experiment))


def _with_known_judge(ready: Ready) -> Ready:
    judging_of(ready)
    return ready


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
    ready: Ready,
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
        keep_beginning(store, folder, experiment, dataset, ready.origin)
        works, spent = left_of(
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
