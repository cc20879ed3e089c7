"""`fbench run`: the whole pipeline."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from fbench.cli.options import chosen, experiment_options, working_options
from fbench.errors import UsageError

__all__ = ["run"]


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@experiment_options
@click.option(
    "--out", type=click.Path(path_type=Path), help="The run directory. Default: runs/1, runs/2, ..."
)
@working_options
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
def run(
    config: Path | None,
    *,
    out: Path | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    yes: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Run an experiment: train, ask before and after, grade, report.

    CONFIG is a TOML file; options go over it. Without one: generated datasets, five models, and fakes in this
    process in place of the services, so no key and no network. With --cassettes alone: the experiment that
    was recorded there, replayed.
    """
    # imported here, so that the help needs none of it
    from fbench.cli.driver import drive  # noqa: PLC0415
    from fbench.datasets import refuse_stale_golds  # noqa: PLC0415
    from fbench.pipeline import prepare  # noqa: PLC0415
    from fbench.runner.config import read_experiment, recorded_config  # noqa: PLC0415
    from fbench.runner.folder import make_folder, next_folder  # noqa: PLC0415
    from fbench.runner.recording import refuse_interrupted_recording  # noqa: PLC0415

    started = time.monotonic()
    values = chosen(options)
    experiment = read_experiment(config or recorded_config(values), values)
    if experiment.is_live and budget_usd is None:
        raise UsageError("a live run spends money: say how much it may spend with --budget-usd.")
    refuse_interrupted_recording(experiment)
    ready = prepare(experiment)
    if not experiment.is_replay:  # what was recorded cannot be asked anew
        refuse_stale_golds(ready.dataset)
    if experiment.is_live:
        from fbench.cli.plan import show  # noqa: PLC0415 - only a live run shows its plan first

        show(ready, err=True)
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("nobody is there to be asked whether to spend this: say so with --yes.")
            click.confirm("Go on?", abort=True, err=True)
    folder = next_folder() if out is None else out
    make_folder(folder, experiment)
    drive(
        ready,
        folder,
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        as_json=as_json,
        quiet=quiet,
        started=started,
    )
