"""`fbench resume`: continue a run that was interrupted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fbench.cli.options import batch_option, judge_option, working_options
from fbench.cli.output import tell_unchecked
from fbench.cli.spending import confirm_spending, warn_of_budget

if TYPE_CHECKING:
    from fbench.grading.rest_costs import RestCosts
    from fbench.runner.prepared import PreparedRun

__all__ = ["resume"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@judge_option
@working_options
@batch_option
@click.option("--retry-errors", is_flag=True, help="Ask again what a service rejected.")
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
def resume(
    run: Path,
    *,
    judge: str | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    rpm: int | None,
    tpm: int | None,
    batch: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
    retry_errors: bool,
) -> None:
    """Go on with the run in the folder RUN, exactly as it was configured, unless --judge names another judge.

    What was answered is not asked again, and a training that was begun is found again rather than paid for
    twice; one that failed is tried again, and paid for again. A finished run is graded and written again. A
    live run needs --budget-usd, towards which what was spent before counts.

    With --batch, what is left is asked in batches. One that was begun is always seen to its end first.

    With --retry-errors, questions that a service rejected are asked again, and a job of which nobody can tell
    whether it exists is created again: look at the service first, for if it was, it is paid for twice.

    At a terminal, a live run asks first; elsewhere it goes on, as it was agreed to when it began.
    """
    # imported here, so that the help does not need them
    from fbench.cli.driver import drive  # noqa: PLC0415 - imported only when it is needed
    from fbench.pipeline import prepare_again  # noqa: PLC0415 - imported only when it is needed
    from fbench.providers.pacing import Rates  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.going_on import kept_of  # noqa: PLC0415 - imported only when it is needed

    prepared = prepare_again(run, judge=judge, budget_usd=budget_usd, retry_errors=retry_errors, batch=batch)
    tell_unchecked(run)
    experiment = prepared.experiment
    if (
        experiment.is_live
        and budget_usd is not None
        and (rest := _rest_of(prepared, run, retry_errors=retry_errors)) is not None
    ):
        if not quiet:
            click.echo(f"{kept_of(run, experiment, prepared.plan)} {rest}", err=True)
        warn_of_budget(rest, budget_usd)
        if not yes and sys.stdin.isatty():
            confirm_spending(rest, budget_usd)
    drive(
        prepared,
        run,
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        rates=Rates(rpm, tpm),
        as_json=as_json,
        quiet=quiet,
        retry_errors=retry_errors,
        batch=batch,
    )


def _rest_of(prepared: PreparedRun, run: Path, *, retry_errors: bool) -> RestCosts | None:
    """What the rest of a run costs; None if nothing is left to ask or to judge, or to try again."""
    from fbench.grading.rest_costs import rest_costs  # noqa: PLC0415 - imported only when it is needed
    from fbench.grading.run_answers import is_complete  # noqa: PLC0415 - as above
    from fbench.runner.folder import STORE  # noqa: PLC0415 - as above
    from fbench.runner.store import Store  # noqa: PLC0415 - as above

    with Store(run / STORE, checked=False) as store:
        if is_complete(prepared, store) and not retry_errors:
            return None
        return rest_costs(prepared, store, retry_errors=retry_errors)
