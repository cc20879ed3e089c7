"""`fbench run`: the whole pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fbench.cli.options import batch_option, chosen, experiment_options, working_options
from fbench.cli.spending import confirm_spending, warn_of_budget

__all__ = ["run"]


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
    and --tpm, which are those of the whole run. `fbench merge` makes one run of all.
    """
    # imported here, so that the help does not need them
    from fbench.cli.driver import drive  # noqa: PLC0415 - imported only when it is needed
    from fbench.cli.plan import show  # noqa: PLC0415 - imported only when it is needed
    from fbench.grading.rest_costs import rest_costs  # noqa: PLC0415 - imported only when it is needed
    from fbench.pipeline import prepare_new  # noqa: PLC0415 - imported only when it is needed
    from fbench.providers.pacing import Rates  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.config import read_experiment, recorded_config  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.folder import make_folder, next_folder  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.market import check_market  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.shard import RunShard  # noqa: PLC0415 - imported only when it is needed

    values = chosen(options)
    experiment = read_experiment(config or recorded_config(values), values)
    mine = None if shard is None else RunShard.read(shard)
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
    folder = next_folder() if out is None else out
    make_folder(folder, prepared.experiment, mine)
    drive(
        prepared,
        folder,
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        rates=Rates(rpm, tpm),
        as_json=as_json,
        quiet=quiet,
        batch=batch,
    )
