"""The commands that carry out runs as functions, public as those of `api`: run, resume, merge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fbench.analysis.results import Results
from fbench.analysis.sweep import Sweep
from fbench.arguments import Count, Dollars, InFlight, Processes, StrPath, public
from fbench.errors import Incomplete
from fbench.in_python import call_in_python
from fbench.pipeline import prepare_again, prepare_new
from fbench.providers.pacing import Rates
from fbench.runner.config import experiment_of, naming_given
from fbench.runner.experiment import Experiment
from fbench.runner.folder import holds_shard, make_folder, next_folder, warn_if_unchecked
from fbench.runner.market import check_market
from fbench.runner.merging import merge_shards, missing_notice
from fbench.runner.processes import check_main_module
from fbench.runner.progress import Progress
from fbench.runner.shard import RunShard
from fbench.sweeps import NextRun, do_sweep

__all__ = ["merge", "resume", "run", "sweep"]


@public
def run(
    experiment: Experiment | StrPath,
    out: StrPath | None = None,
    *,
    concurrency: InFlight = 50,
    jobs: Processes = 1,
    budget_usd: Dollars | None = None,
    rpm: Count | None = None,
    tpm: Count | None = None,
    batch: bool = False,
    shard: str | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run an experiment: train, ask before and after, grade, and summarise.

    Ctrl-C (a notebook's interrupt) finishes and keeps the requests in flight, and then raises `Incomplete`; a
    second one stops at once. `resume` continues the run.

    Args:
        experiment: an experiment, or the path of a configuration file in TOML.
        out: the folder of the run, new or empty. None for the first of runs/1, runs/2, ... that is free.
        concurrency: the maximum number of requests in flight.
        jobs: processes. A script that asks for more than one must be importable without effects
            (`if __name__ == "__main__":`).
        budget_usd: the run stops before more US dollars are spent. Live services need it.
        rpm: requests a minute to each model of a live service. None for what the service allows.
        tpm: tokens a minute, likewise.
        batch: asks in batches, which services answer within a day, at half the price.
        shard: the part of the run that this machine of several does, such as `2/8`; budget_usd, rpm and tpm
            are those of all, and `merge` makes one run of the parts. If out holds the same shard already, it
            is gone on with. None for the whole.
        progress: receives the progress of the run.

    Returns:
        The content of `results.json`: `rows` has counts and accuracies (0 to 1) by cell and split.

    Raises:
        UsageError: the experiment, its data, folder, keys or prices cannot be used, or a model has ended.
        Incomplete: the run was stopped, or a service did not answer; the answers so far are kept.
        BudgetReached: the next step would exceed the budget.
        ProviderFailed: a training or the judge failed permanently; `report` shows everything else.
    """
    check_main_module(jobs)
    chosen = experiment_of(experiment)
    how: dict[str, Any] = {"concurrency": concurrency, "jobs": jobs, "budget_usd": budget_usd}
    how |= {"rates": Rates(rpm, tpm), "batch": batch, "progress": progress}
    mine = None if shard is None else RunShard.read(shard)
    if mine is not None and out is not None and holds_shard(Path(out), chosen, mine):
        again = prepare_again(Path(out), judge=None, budget_usd=budget_usd, batch=batch)
        return call_in_python(again, Path(out), "run", **how)
    with naming_given(experiment):
        prepared = prepare_new(chosen, budget_usd=budget_usd, shard=mine, batch=batch)
    check_market(prepared, budget_usd=budget_usd if mine is None else mine.share(budget_usd))
    folder = next_folder() if out is None else Path(out)
    make_folder(folder, prepared.experiment, mine)
    return call_in_python(prepared, folder, "run", **how)


@public
def resume(
    folder: StrPath,
    *,
    judge: str | None = None,
    concurrency: InFlight = 50,
    jobs: Processes = 1,
    budget_usd: Dollars | None = None,
    rpm: Count | None = None,
    tpm: Count | None = None,
    batch: bool = False,
    progress: Progress | None = None,
    retry_errors: bool = False,
) -> Results:
    """Continue a run, exactly as it was configured; a finished one is graded and written again.

    Answered questions are not asked again, and a training that was begun is found again.

    Args:
        folder: the folder of the run.
        judge: another model that judges from now on, written `provider:name`.
        concurrency: the maximum number of requests in flight.
        jobs: processes, as for `run`.
        budget_usd: in US dollars, including what was spent before. Live services need it.
        rpm: requests a minute to each model of a live service. None for what the service allows.
        tpm: tokens a minute, likewise.
        batch: asks in batches, which services answer within a day, at half the price.
        progress: receives the progress of the run.
        retry_errors: asks questions again that a service rejected, and creates a job again of which nobody
            can tell whether it exists. Look at the service first: if it was, it is paid for twice.

    Returns:
        As `run`.

    Raises:
        UsageError: there is no run, its data or a plug-in is missing, or it began with something else.
        Incomplete: as `run`, and so `BudgetReached` and `ProviderFailed`.
    """
    check_main_module(jobs)
    run = Path(folder)
    warn_if_unchecked(run)
    prepared = prepare_again(run, judge=judge, budget_usd=budget_usd, retry_errors=retry_errors, batch=batch)
    return call_in_python(
        prepared,
        run,
        "resume",
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        rates=Rates(rpm, tpm),
        batch=batch,
        progress=progress,
        retry_errors=retry_errors,
    )


@public
def merge(
    shards: Sequence[StrPath],
    out: StrPath,
    *,
    cassettes: StrPath | None = None,
    concurrency: InFlight = 50,
    budget_usd: Dollars | None = None,
    rpm: Count | None = None,
    tpm: Count | None = None,
    progress: Progress | None = None,
) -> Results:
    """Make one run of all its shards, those of `run` with `shard`, as if one machine had done it all.

    No model is trained or asked again; the answers are graded, and judged if the run has a judge. The same
    shards may be merged again, and the others later.

    Args:
        shards: the folders of the shards, in any order.
        out: the folder of the whole run: new, empty, or of shards that were merged before.
        cassettes: the folder in which their recordings become one. None to leave them as they are.
        concurrency: the maximum number of requests to a judge in flight.
        budget_usd: in US dollars, including what the shards spent. A live judge needs it.
        rpm: requests a minute to a live judge. None for what the service allows.
        tpm: tokens a minute, likewise.
        progress: receives the progress of the run.

    Returns:
        As `run`.

    Raises:
        UsageError: a folder holds no shard, one that has not ended, or one of another run.
        Incomplete: shards are missing yet, or the judge's service did not answer; what was merged is kept.
        BudgetReached: the next question to the judge would exceed the budget.
        ProviderFailed: the judge failed permanently; `report` shows everything else.
    """
    folder = Path(out)
    together = None if cassettes is None else Path(cassettes)
    if missing := merge_shards(folder, [Path(shard) for shard in shards], cassettes=together):
        raise Incomplete(missing_notice(folder, missing))
    return call_in_python(
        prepare_again(folder, judge=None, budget_usd=budget_usd),
        folder,
        "merge",
        concurrency=concurrency,
        jobs=1,
        budget_usd=budget_usd,
        rates=Rates(rpm, tpm),
        progress=progress,
        ask=False,
    )


@public
def sweep(
    file: StrPath,
    out: StrPath,
    *,
    concurrency: InFlight = 50,
    jobs: Processes = 1,
    budget_usd: Dollars | None = None,
    rpm: Count | None = None,
    tpm: Count | None = None,
    batch: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Run all experiments of a TOML file, each in a folder of its own, and compare them with the first.

    Fields above the first `[[experiments]]` are those of all; each has a `name`. A second call goes on.

    Args:
        file: the path of the file.
        out: the folder of all runs; each is in a folder of its name there.
        concurrency: as for `run`.
        jobs: as for `run`.
        budget_usd: in US dollars, for all of them, including what was spent before.
        rpm: as for `run`.
        tpm: as for `run`.
        batch: as for `run`.
        progress: receives the progress of each run.

    Returns:
        `experiments` has the rows of each, `comparisons` the paired differences to the first.

    Raises:
        UsageError: the file or an experiment cannot be used, or changed since its run began.
        Incomplete: as `run`, and so `BudgetReached` and `ProviderFailed`.
    """
    check_main_module(jobs)

    def carry_out(run: NextRun) -> None:
        how: dict[str, Any] = {"concurrency": concurrency, "jobs": jobs, "rates": Rates(rpm, tpm)}
        how |= {"budget_usd": run.budget_usd, "batch": batch, "progress": progress}
        call_in_python(run.prepared, run.folder, "sweep", **how)

    return do_sweep(Path(file), Path(out), carry_out, budget_usd=budget_usd, batch=batch)
