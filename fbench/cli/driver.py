"""Carry out a run from the command line: progress, Ctrl-C, provenance, and the first screen at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote

import click

from fbench.analysis.results_file import written_results
from fbench.cli.progress import progress_on_stderr
from fbench.cli.report import show
from fbench.errors import FbenchError, Incomplete, ProviderFailed, UsageError
from fbench.pipeline import carry_out
from fbench.providers.pacing import Rates
from fbench.reports.reporters import RunResults
from fbench.runner.folder import RESULTS, STORE
from fbench.runner.prepared import PreparedRun
from fbench.runner.stop import Stop, on_interrupt
from fbench.runner.store import Store

__all__ = ["drive", "kept_of", "show_results"]

_STOPPED = 130


def drive(
    prepared: PreparedRun,
    folder: Path,
    *,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    rates: Rates,
    as_json: bool,
    quiet: bool,
    retry_errors: bool = False,
) -> None:
    """Do the rest of the run in `folder`, and print its results.

    Raises:
        FbenchError: the error that stopped it; the results, if there are any, are printed first.
    """
    stop = Stop()
    failure: ProviderFailed | None = None
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
            )
    except ProviderFailed as error:
        failure = error
        if not (folder / RESULTS).is_file():
            raise
    except (Incomplete, KeyboardInterrupt):
        if stop.requested:
            click.echo(kept_of(prepared, folder), err=True)
        click.echo(f"To go on: fbench resume {quote(str(folder))}", err=True)
        if stop.requested:
            raise click.exceptions.Exit(_STOPPED) from None
        raise
    except FbenchError:
        click.echo(f"To go on: fbench resume {quote(str(folder))}", err=True)
        raise
    show_results(folder, as_json=as_json)
    if not quiet:
        click.echo(f"Results are in {folder / RESULTS}", err=True)
    if failure is not None:
        raise failure


def kept_of(prepared: PreparedRun, folder: Path) -> str:
    """How many of the answers of a run are in its store."""
    plan = prepared.plan
    total = sum(len(plan.questions[cell.task]) for cell in plan.cells)
    try:
        with Store(folder / STORE, read_only=True, checked=False) as store:
            kept = sum(len(store.answered(cell.id)) for cell in plan.cells)
    except UsageError:  # stopped before the store was complete
        kept = 0
    return f"{kept} of {total} answers are kept."


def show_results(folder: Path, *, as_json: bool) -> None:
    """Print a run's results to stdout, as a first screen or as JSON."""
    written = written_results(folder)
    if as_json:
        sys.stdout.write(written.text)
    else:
        show(folder, RunResults(written))
