"""`fbench run`: the whole pipeline."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fbench.cli.options import batch_option, chosen, experiment_options, working_options
from fbench.cli.spending import confirm_spending, warn_of_budget

if TYPE_CHECKING:
    from fbench.runner.experiment import Experiment

__all__ = ["run"]

_STOPPED = 130


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@experiment_options
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run directory. Default: runs/1, runs/2, ..."
)
@working_options
@batch_option
@click.option(
    "--shard", metavar="I/N", help="Do the I-th of N shards of the run, for `fbench merge` to put together."
)
@click.option(
    "--executor", type=click.Choice(["ray"]), help="Do all shards on a cluster, and merge them in --out."
)
@click.option(
    "--shards",
    type=click.IntRange(1, 9999),
    metavar="N",
    help="With --executor: how many shards. Elsewhere each machine is told its own, by --shard.",
)
@click.option("--address", help="With --executor: of the cluster. Default: RAY_ADDRESS, or this machine's.")
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
def run(
    config: Path | None,
    *,
    out: Path | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    rpm: int | None,
    tpm: int | None,
    batch: bool,
    shard: str | None,
    executor: str | None,
    shards: int | None,
    address: str | None,
    yes: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Run an experiment: train, ask before and after, grade, report.

    CONFIG is a TOML file; options go over it. Without one: generated datasets, five models, and fakes in this
    process in place of the services, so no key and no network. With --cassettes alone: the experiment that
    was recorded there, replayed.

    With --batch, the questions of a cell go to its service in one file, which it answers within a day at half
    the price. A run may be stopped meanwhile and gone on with, with --batch or without. Results are the same.

    With --shard, a machine of several does its part of the units, with the N-th part of --budget-usd, --rpm
    and --tpm, which are those of the whole run; the same command again goes on. `fbench merge` makes one run
    of all.

    With --executor ray --shards N, a Ray cluster does all shards, each on a CPU; those of a node that is lost
    go on elsewhere. Their folders are beside --out, on a file system that all nodes share; the same command
    again goes on. Keys are those in the environment of the nodes.
    """
    _hold_to_executor(executor, shards=shards, address=address, shard=shard, out=out, jobs=jobs)
    # imported here, so that the help does not need them
    from fbench.cli.driver import drive  # noqa: PLC0415 - imported only when it is needed
    from fbench.cli.plan import show  # noqa: PLC0415 - imported only when it is needed
    from fbench.grading.rest_costs import rest_costs  # noqa: PLC0415 - imported only when it is needed
    from fbench.pipeline import prepare_again, prepare_new  # noqa: PLC0415 - imported only when it is needed
    from fbench.providers.pacing import Rates  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.config import naming_fields, read_experiment, recorded_config  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.folder import holds_shard, make_folder, next_folder  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.market import check_market  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.shard import RunShard  # noqa: PLC0415 - imported only when it is needed

    how: dict[str, Any] = {"concurrency": concurrency, "budget_usd": budget_usd, "rates": Rates(rpm, tpm)}
    how |= {"as_json": as_json, "quiet": quiet}
    values = chosen(options)
    experiment = read_experiment(config or recorded_config(values), values)
    mine = RunShard.read(shard) if shard is not None else RunShard(1, 1) if shards is not None else None
    if shard is not None and mine is not None and out is not None and holds_shard(out, experiment, mine):
        again = prepare_again(out, judge=None, budget_usd=budget_usd, batch=batch)
        drive(again, out, jobs=jobs, batch=batch, **how)
        return
    with naming_fields(config, values):
        prepared = prepare_new(experiment, budget_usd=budget_usd, shard=mine, batch=batch)
    share = budget_usd if mine is None else mine.share(budget_usd)
    check_market(prepared, budget_usd=share)
    if experiment.is_live and share is not None:
        if not (quiet and yes):
            show(prepared, err=True)
        rest = rest_costs(prepared)
        warn_of_budget(rest, share)
        if not yes:
            confirm_spending(rest, share)
    if shards is not None and out is not None:
        _run_on_ray(prepared.experiment, out, shards, address, batch=batch, **how)
        return
    folder = next_folder() if out is None else out
    make_folder(folder, prepared.experiment, mine)
    drive(prepared, folder, jobs=jobs, batch=batch, **how)


def _hold_to_executor(
    executor: str | None,
    *,
    shards: int | None,
    address: str | None,
    shard: str | None,
    out: Path | None,
    jobs: int | None,
) -> None:
    """Check which options are given together."""
    if executor is None:
        if shards is not None or address is not None:
            raise click.UsageError(
                "--shards and --address go with --executor; without it, each machine does its --shard I/N"
            )
    elif shards is None or out is None:
        raise click.UsageError(
            "--executor needs --shards, how many, and --out, on a file system of all nodes"
        )
    elif shard is not None or jobs is not None:
        raise click.UsageError("--executor goes without --shard and --jobs: each shard is a process")


def _run_on_ray(
    experiment: Experiment,
    out: Path,
    shards: int,
    address: str | None,
    *,
    batch: bool,
    quiet: bool,
    **how: Any,
) -> None:
    """Do the shards of a run on a Ray cluster, and merge them; `how` is as for `merge_and_show`."""
    from fbench.cli.merge import merge_and_show  # noqa: PLC0415 - imported only when it is needed
    from fbench.errors import ProviderFailed, UsageError  # noqa: PLC0415 - as above
    from fbench.on_ray import Working, raise_first, run_on_ray  # noqa: PLC0415 - as above

    command = [Path(sys.argv[0]).name, *sys.argv[1:]]
    working = Working(command, how["concurrency"], how["budget_usd"], how["rates"], batch)

    def tell(said: str) -> None:
        if not quiet:
            click.echo(said, err=True)

    try:
        folders, failed = run_on_ray(experiment, out, shards, working, address=address, tell=tell)
    except KeyboardInterrupt:
        click.echo("stopped; to go on, give the same command again.", err=True)
        raise click.exceptions.Exit(_STOPPED) from None
    raise_first([each for each in failed if each.code != ProviderFailed.exit_code])
    try:
        merge_and_show(out, folders, jobs=1, quiet=quiet, **how)
    except UsageError:
        raise_first(failed)
        raise
    raise_first(failed)
