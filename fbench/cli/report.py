"""`fbench report`: the results of runs that are done."""

from __future__ import annotations

import json
import os
from pathlib import Path
from shlex import quote

import click

from fbench.analysis.results_file import Written, written_results
from fbench.cli.output import console, print_screen, screen_width
from fbench.errors import Incomplete
from fbench.runner.folder import RESULTS, STORE, write

__all__ = ["report", "show"]

_LONG = 24
"""A path of more characters is named from the current folder, where that is shorter."""


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--full", is_flag=True, help="All tables, threats and notes, instead of a first screen.")
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the results there too; - for stdout, without the table.",
)
def report(runs: tuple[Path, ...], *, full: bool, json_file: Path | None) -> None:
    """Show what runs found, each on a screen of at most 40 lines.

    RUN is a folder that `fbench run` wrote to. The JSON is the run's results.json, or, of several runs, a
    list of theirs in the order given. Of a run that did not reach its end there is no JSON yet; what there is
    of it is shown, and the exit code is 3.

    Results that were changed after the run wrote them are refused. Where a run kept no digest of them, they
    are made from its store again.
    """
    found = [(run, _found(run, partly=json_file is None)) for run in runs]
    for _, written in found:
        if written is not None and written.notice:
            click.echo(f"Notice: {written.notice}", err=True)
    if json_file is not None:
        text = _as_json([written.text for _, written in found if written is not None])
        if str(json_file) == "-":
            click.echo(text, nl=False)
            return
        write(json_file, text)
        click.echo(f"Results are in {json_file}", err=True)
    unfinished: list[Path] = []
    for run, written in found:
        if len(found) > 1:
            click.echo(f"--- {run}")
        if written is None:
            from fbench.analysis.rebuild import rebuild  # noqa: PLC0415 - needs much more than a file does

            written = Written(rebuild(run), "", None, "")  # noqa: PLW2901
            unfinished.append(run)
        show(run, written, full=full, ended=run not in unfinished)
    if unfinished:
        raise Incomplete(
            f"{unfinished[0]}: has no {RESULTS}; the run did not reach its end: go on with it by "
            f"`fbench resume {quote(str(unfinished[0]))}`."
        )


def show(run: Path, written: Written, *, full: bool = False, ended: bool = True) -> None:
    """Prints a run's first screen to stdout, or all tables."""
    if full:
        from fbench.reports.table import headline  # noqa: PLC0415 - rich is slow to import

        terminal = console()
        terminal.print(headline(written.results, width=terminal.width, unchecked=written.unchecked))
        return
    from fbench.reports.screen import first_screen  # noqa: PLC0415

    print_screen(
        first_screen(
            written.results,
            _named(run),
            width=screen_width(),
            fbench=written.fbench,
            unchecked=written.unchecked,
            stored=(run / STORE).is_file(),
            ended=ended,
        )
    )


def _found(run: Path, *, partly: bool) -> Written | None:
    """The results of a run; None where it did not reach its end, and a part will do.

    Raises:
        UsageError: there are none, or they were changed.
    """
    if partly and (run / STORE).is_file() and not (run / RESULTS).exists():
        return None
    written = written_results(run)
    if not written.unchecked:
        return written
    from fbench.analysis.rebuild import vouched  # noqa: PLC0415 - needs much more than a file does

    return vouched(run, written)


def _named(run: Path) -> str:
    """The path as commands name it: as it was given, or from here where that is shorter by far."""
    given = str(run)
    if len(given) <= _LONG:
        return given
    return min(given, os.path.relpath(run), key=len)


def _as_json(texts: list[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return json.dumps([json.loads(text) for text in texts], indent=1, ensure_ascii=False) + "\n"
