"""Doing a run from the command line: progress, Ctrl-C, provenance, the first screen at the end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from shlex import quote

import click

from fbench.analysis.results_file import written_results
from fbench.cli.progress import progress_on_stderr
from fbench.cli.report import show
from fbench.errors import FbenchError, Incomplete, ProviderFailed
from fbench.pipeline import execute
from fbench.reports.reporters import RunResults
from fbench.runner.folder import RESULTS, hold_to_beginning, write_provenance
from fbench.runner.ready import Ready
from fbench.runner.stop import Stop, on_interrupt

__all__ = ["drive", "show_results"]

_STOPPED = 130


def drive(
    ready: Ready,
    folder: Path,
    *,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    as_json: bool,
    quiet: bool,
    started: float,
) -> None:
    """Does what is left of the run in `folder`, and prints its results.

    Raises:
        FbenchError: what stopped it; the results are printed first where there are any.
    """
    hold_to_beginning(folder, ready.experiment, ready.dataset, ready.origin)
    stop = Stop()
    failure: ProviderFailed | None = None
    try:
        with on_interrupt(stop), progress_on_stderr(quiet=quiet) as progress:
            execute(
                ready,
                folder,
                concurrency=concurrency,
                jobs=jobs,
                budget_usd=budget_usd,
                progress=progress,
                stop=stop,
            )
    except ProviderFailed as error:
        failure = error
        if not (folder / RESULTS).is_file():
            raise
    except (Incomplete, KeyboardInterrupt):
        click.echo(f"To go on: fbench resume {quote(str(folder))}", err=True)
        if stop.requested:
            raise click.exceptions.Exit(_STOPPED) from None
        raise
    except FbenchError:
        click.echo(f"To go on: fbench resume {quote(str(folder))}", err=True)
        raise
    write_provenance(
        folder,
        ready.experiment,
        concurrency=concurrency,
        jobs=jobs or os.cpu_count(),
        budget_usd=budget_usd,
        seconds=time.monotonic() - started,
        command=[Path(sys.argv[0]).name, *sys.argv[1:]],
    )
    show_results(folder, as_json=as_json)
    if not quiet:
        click.echo(f"Results are in {folder / RESULTS}", err=True)
    if failure is not None:
        raise failure


def show_results(folder: Path, *, as_json: bool) -> None:
    """Prints a run's results to stdout, as a first screen or as they are."""
    written = written_results(folder)
    if as_json:
        sys.stdout.write(written.text)
    else:
        show(folder, RunResults(written))
