"""`fbench resume`: go on with a run that was interrupted."""

from __future__ import annotations

import time
from pathlib import Path

import click

from fbench.cli.options import judge_option, working_options
from fbench.errors import UsageError

__all__ = ["resume"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@judge_option
@working_options
def resume(
    run: Path,
    *,
    judge: str | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on with the run in the folder RUN, exactly as it was configured, unless --judge names another judge.

    What was answered is not asked again, and a training that was begun is found again rather than paid for
    twice. A finished run is graded and written again. What was spent before counts towards --budget-usd.
    """
    # imported here, so that the help needs none of it
    from fbench.cli.driver import drive  # noqa: PLC0415
    from fbench.grading.run_answers import is_complete  # noqa: PLC0415
    from fbench.pipeline import lay_out, prepare  # noqa: PLC0415
    from fbench.runner.config import read_experiment  # noqa: PLC0415
    from fbench.runner.folder import read_config, write_config  # noqa: PLC0415

    started = time.monotonic()
    ready = lay_out(read_experiment(read_config(run), {"judge": judge}))
    if ready.experiment.is_live and not is_complete(ready, run):
        if budget_usd is None:
            raise UsageError("a live run spends money: say how much it may spend with --budget-usd.")
        ready = prepare(ready.experiment)
    if judge is not None:
        write_config(run, ready.experiment)
    drive(
        ready,
        run,
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        as_json=as_json,
        quiet=quiet,
        started=started,
    )
