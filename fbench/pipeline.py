"""The complete pipeline of a run: read, plan, do, grade, summarise, write."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fbench.analysis.assemble import results_of
from fbench.analysis.results import Results
from fbench.analysis.results_file import write_results
from fbench.datasets import refuse_stale_golds
from fbench.errors import BudgetReached, Incomplete, ProviderFailed, UsageError
from fbench.grading.experiment_graders import judging_of, rules_of
from fbench.grading.judge.run_cases import judge_answers
from fbench.grading.layers import grade_answers
from fbench.grading.rest_costs import rest_costs, spent_in
from fbench.grading.run_answers import is_complete
from fbench.providers.connection import Connection
from fbench.providers.pacing import UNKNOWN, Rates
from fbench.runner.attempts import Attempts
from fbench.runner.beginning import pacers_of, tell_beginning
from fbench.runner.budget import Budget, check_budget
from fbench.runner.config import read_experiment
from fbench.runner.deploy import standing_told
from fbench.runner.experiment import Experiment
from fbench.runner.folder import (
    RESULTS,
    STORE,
    check_identity,
    fakes_of,
    keep_beginning,
    read_config,
    write_config,
    write_provenance,
)
from fbench.runner.going_on import (
    ALL_ANSWERED,
    GoingOn,
    failed_run,
    going_on,
    keep_budget,
    kept_in,
    open_in,
    raised,
)
from fbench.runner.identities import hide_identities
from fbench.runner.own_weights import check_weights, hold_to_weights, keeping_trainings
from fbench.runner.owner import owned
from fbench.runner.pending import PendingUnit, pending_units
from fbench.runner.played import counting_played
from fbench.runner.prepared import (
    PreparedRun,
    check_choices,
    check_known_models,
    part_of,
    read_input,
    read_input_offline,
    require_batches,
    require_keys,
    require_offered,
)
from fbench.runner.prices import require_prices
from fbench.runner.processes import run_units, usual_processes
from fbench.runner.progress import Progress
from fbench.runner.recording import (
    check_new_recording,
    close_recording,
    goes_on_in_batches,
    run_id_of,
    with_its_recording,
)
from fbench.runner.run_prices import RunPrices
from fbench.runner.shard import RunShard, shard_of
from fbench.runner.stop import Stop
from fbench.runner.store import Store
from fbench.runner.store_sink import StoreSink
from fbench.upstream import fake_settings

__all__ = [
    "carry_out",
    "execute",
    "lay_out",
    "lay_out_new",
    "prepare",
    "prepare_again",
    "prepare_new",
]


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
    check_choices(experiment)
    require_offered(experiment)
    _check_behaviours(experiment)
    return _without_stale_golds(lay_out(experiment))


def prepare_new(
    experiment: Experiment, *, budget_usd: float | None, shard: RunShard | None = None, batch: bool = False
) -> PreparedRun:
    """As `prepare`, for a new run, or a shard of one.

    Raises:
        DataError: a gold equals the answer from before its update.
        UsageError: as `prepare`; or a live run has no budget, the folder has an unfinished recording, the
            fakes lack a model, a choice has no effect on the data, or with `batch` a service has no batches.
    """
    check_budget(budget_usd)
    if batch:
        require_batches(experiment)
    check_choices(experiment)
    require_offered(experiment)
    check_known_models(experiment)
    _require_budget(experiment, budget_usd)
    check_new_recording(experiment)
    check_weights(experiment)
    _check_behaviours(experiment)
    if shard is None or not experiment.is_live or experiment.is_replay:
        experiment = experiment.model_copy(update={"run_id": run_id_of(experiment)})
    elif experiment.run_id is None:
        raise UsageError(
            "the shards of a live run share its id, so that their jobs are known as one run's: put a new one "
            f"into the configuration of all, such as run_id = {secrets.token_hex(4)!r}."
        )
    return part_of(_without_stale_golds(prepare(experiment)), shard)


def prepare_again(
    folder: Path,
    *,
    judge: str | None,
    budget_usd: float | None,
    retry_errors: bool = False,
    batch: bool = False,
) -> PreparedRun:
    """The run in `folder`, ready to continue; `judge`, if given, is the judge from now on.

    Keys are needed only if a live service will be called.

    Raises:
        UsageError: there is no run, it began with something else, its data or a plug-in is missing, another
            process works on it, it is live and lacks keys or a budget, or with `batch` a service has no
            batches.
    """
    check_budget(budget_usd)
    prepared = lay_out(read_experiment(read_config(folder), {"judge": judge}))
    experiment = prepared.experiment
    if batch:
        require_batches(experiment)
    with owned(folder), Store(folder / STORE) as store:
        prepared = part_of(prepared, shard_of(store))
        if experiment.is_live and (retry_errors or not is_complete(prepared, store)):
            _require_budget(experiment, budget_usd, going_on(folder))
            require_prices(experiment)
            require_keys(experiment)
        check_identity(store, folder, experiment, prepared.dataset, prepared.origin)
        if experiment.uses_weights and not is_complete(prepared, store):
            hold_to_weights(store, folder, experiment)
        if judge is not None:
            write_config(folder, experiment)
    return prepared


def _check_behaviours(experiment: Experiment) -> None:
    """Check the behaviours that the environment names for a new run; one that began keeps its own."""
    if experiment.uses_fakes:
        fake_settings()


def _require_budget(experiment: Experiment, budget_usd: float | None, again: GoingOn | None = None) -> None:
    if experiment.is_live and budget_usd is None:
        such = f", as in `{again.command}`" if again and again.budget_usd is not None else ""
        raise UsageError(f"a live run spends money: say how much it may spend with --budget-usd{such}.")


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
    rates: Rates = UNKNOWN,
    progress: Progress | None = None,
    stop: Stop | None = None,
    retry_errors: bool = False,
    ask: bool = True,
    batch: bool = False,
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
            origin=prepared.origin,
            concurrency=concurrency,
            jobs=jobs or usual_processes(prepared.plan.asked, weights=prepared.experiment.uses_weights),
            budget_usd=budget_usd,
            seconds=time.monotonic() - began,
            command=command,
            batch=batch,
        )

    try:
        results = execute(
            prepared,
            folder,
            concurrency=concurrency,
            jobs=jobs,
            budget_usd=budget_usd,
            rates=rates,
            progress=progress,
            stop=stop,
            retry_errors=retry_errors,
            ask=ask,
            command=command,
            batch=batch,
        )
    except ProviderFailed:
        if (folder / RESULTS).is_file():
            keep_provenance()
        raise
    keep_provenance()
    return results


@contextmanager
def _budget_told(ready: PreparedRun, store: Store) -> Generator[None]:
    """If the block reaches the budget, the error says what the rest costs, and a live run keeps that."""
    try:
        yield
    except BudgetReached as error:
        rest = rest_costs(ready, store)
        if ready.experiment.is_live:
            keep_budget(store, raised(rest.spent + rest.most))
        raise BudgetReached(f"{error} {rest}") from error


def _left(ready: PreparedRun, store: Store, folder: Path, *, retry_errors: bool) -> list[PendingUnit]:
    """What is left to be done of a run, by the models with which it began."""
    experiment = ready.experiment
    works = pending_units(ready.plan, store, lasting=experiment.is_live, retry_errors=retry_errors)
    if works:
        hold_to_weights(store, folder, experiment)
    return works


def execute(
    ready: PreparedRun,
    folder: Path,
    *,
    concurrency: int = 50,
    jobs: int | None = None,
    budget_usd: float | None = None,
    rates: Rates = UNKNOWN,
    progress: Progress | None = None,
    stop: Stop | None = None,
    connection: Connection | None = None,
    retry_errors: bool = False,
    ask: bool = True,
    command: Sequence[str] = (),
    batch: bool = False,
) -> Results:
    """Do the rest of the run in `folder`, whose store is new or was checked, and write `results.json` there.

    A shard does its units alone, and with its share of budget and rates; its judge waits for the other
    shards. Without `ask`, no model is trained or asked: what shards answered is graded and judged.
    Requests go over `connection`, if given, instead of the connection that the experiment names. `rates` are
    the limits of a live service, where they are known beforehand. With `retry_errors`, what services rejected
    is tried again. With `batch`, or where a recording was made so, questions are asked in batches.

    Raises:
        UsageError: another process works on the run.
        Incomplete: the run was stopped, or a service did not answer; all answers so far are kept.
        BudgetReached: the next step would exceed the budget.
        ProviderFailed: a training or the judge failed permanently; the results hold everything else.
    """
    progress = progress or Progress()
    stop = stop or Stop()
    experiment, dataset = ready.experiment, ready.dataset
    judging = judging_of(ready)
    with owned(folder) as owner, Store(folder / STORE, checked=False) as store, ExitStack() as told:
        shard = shard_of(store)
        ready = part_of(ready, shard)
        plan = ready.plan
        if experiment.is_live:
            told.enter_context(standing_told(store))
        told.enter_context(_budget_told(ready, store))
        check_identity(store, folder, experiment, dataset, ready.origin)
        keep_beginning(store, command)
        if experiment.is_live:
            hide_identities(store)
        experiment = with_its_recording(experiment.with_fakes(fakes_of(store, experiment)), dataset, store)
        prices = RunPrices(experiment, plan)
        if experiment.is_live and budget_usd is not None:
            keep_budget(store, budget_usd)
        if shard is not None:  # the others have their shares, and the judge waits for all of them
            budget_usd, rates, judging = shard.share(budget_usd), Rates(*map(shard.share, rates)), None
        budget = Budget(budget_usd, spent_in(ready, store))
        attempts = Attempts(budget, store)
        works = _left(ready, store, folder, retry_errors=retry_errors) if ask else []
        told.enter_context(keeping_trainings(experiment, folder, any_left=bool(works)))
        tell_beginning(progress, ready, works, budget)
        judges = [judging.model] if judging and judging.model else []
        pacers = pacers_of(experiment, judges, rates, progress, store)
        with counting_played(store, experiment):
            failures = run_units(
                experiment,
                dataset,
                works,
                StoreSink(store, attempts, prices, progress),
                progress.finished,
                jobs=jobs or usual_processes(plan.asked, weights=experiment.uses_weights),
                concurrency=concurrency,
                stop=stop,
                owner=owner,
                connection=connection,
                retry_errors=retry_errors,
                pacers=pacers,
                batch=batch or goes_on_in_batches(ready.recorded, experiment, store),
            )
        if stop.requested:
            raise Incomplete(f"stopped; {kept_in(store, experiment, plan)}")
        if failures.for_now:
            left = open_in(store, plan) or ALL_ANSWERED
            raise Incomplete(f"{left}. The first error: {failures.for_now[0]}")
        progress.grading()
        grade_answers(store, {q.id: q for q in dataset.questions}, rules_of(experiment), stop)
        if judging:
            failure = judge_answers(
                store,
                dataset,
                judging,
                experiment,
                concurrency=concurrency,
                attempts=attempts,
                stop=stop,
                pacers=pacers,
                connection=connection,
                retry_errors=retry_errors,
            )
            failures.final += [failure] if failure else []
        if stop.requested:
            raise Incomplete("stopped; every answer is saved.")
        close_recording(experiment, dataset, store, merged=not ask)
        results = results_of(ready, store)
        write_results(folder, store, results.to_json())
        store.seal()
        if failures.final:
            raise failed_run(store, ready.experiment, ready.plan, failures.final[0])
    return results
