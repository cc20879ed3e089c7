"""Carry out a run from the command line: progress, Ctrl-C, provenance, and the first screen at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from fbench.analysis.results_file import written_results
from fbench.cli.output import tell_notes
from fbench.cli.progress import progress_on_stderr
from fbench.cli.report import show
from fbench.errors import FbenchError, Incomplete, ProviderFailed
from fbench.pipeline import carry_out
from fbench.providers.pacing import Rates
from fbench.reports.reporters import RunResults
from fbench.runner.folder import RESULTS
from fbench.runner.going_on import can_go_on, going_on, kept_of
from fbench.runner.prepared import PreparedRun
from fbench.runner.stop import Stop, on_interrupt

__all__ = ["carried_out", "drive", "show_results"]

_STOPPED = 130


def drive(prepared: PreparedRun, folder: Path, *, as_json: bool, quiet: bool, **how: Any) -> None:
    """Do the rest of the run in `folder`, as `carried_out`, and print its results.

    Raises:
        FbenchError: the error that stopped it; the results, if there are any, are printed first.
    """
    failure: ProviderFailed | None = None
    try:
        carried_out(prepared, folder, quiet=quiet, **how)
    except ProviderFailed as error:
        if not (folder / RESULTS).is_file():
            raise
        failure = error
    show_results(folder, as_json=as_json)
    if not quiet:
        click.echo(f"Results are in {folder / RESULTS}", err=True)
    if failure is not None:
        raise failure


def carried_out(
    prepared: PreparedRun,
    folder: Path,
    *,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    rates: Rates,
    quiet: bool,
    retry_errors: bool = False,
    ask: bool = True,
    batch: bool = False,
    again: str = "",
) -> None:
    """Do the rest of the run in `folder`, with its progress on stderr.

    `again` is the command that goes on, if it is not `fbench resume`.

    Raises:
        FbenchError: the error that stopped it, with that command.
        click.exceptions.Exit: the user stopped it, and was told what is kept.
    """
    stop = Stop()
    try:
        with on_interrupt(stop), progress_on_stderr(quiet=quiet) as progress:
            carry_out(
                prepared,
                folder,
                command=[Path(sys.argv[0]).name, *sys.argv[1:]],
                concurrency=concurrency,
                jobs=jobs,
                budget_usd=budget_usd,
                rates=rates,
                progress=progress,
                stop=stop,
                retry_errors=retry_errors,
                ask=ask,
                batch=batch,
            )
    except (FbenchError, KeyboardInterrupt) as error:
        if can_go_on(error, prepared.experiment):
            error.add_note(f"To go on: {again or going_on(folder).command}")
        if stop.requested and isinstance(error, Incomplete | KeyboardInterrupt):
            click.echo(kept_of(folder, prepared.experiment, prepared.plan), err=True)
            tell_notes(error)
            raise click.exceptions.Exit(_STOPPED) from None
        raise


def show_results(folder: Path, *, as_json: bool) -> None:
    """Print a run's results to stdout, as a first screen or as JSON."""
    written = written_results(folder)
    if as_json:
        sys.stdout.write(written.text)
    else:
        show(folder, RunResults(written))
