"""`fbench report`: the results of runs that are done."""

from __future__ import annotations

import json
from pathlib import Path

import click

from fbench.cli.output import console
from fbench.pipeline.folder import read_results, write
from fbench.pipeline.results import Results
from fbench.report.table import headline

__all__ = ["report"]


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the results there too; - for stdout, without the table.",
)
def report(runs: tuple[Path, ...], *, json_file: Path | None) -> None:
    """Show the results of runs as tables.

    RUN is a folder that `fbench run` wrote to. The JSON is the run's results.json, or, of several runs, a
    list of theirs in the order given.
    """
    found = [(run, read_results(run)) for run in runs]
    if json_file is not None:
        text = _as_json([results for _, results in found])
        if str(json_file) == "-":
            click.echo(text, nl=False)
            return
        write(json_file, text)
        click.echo(f"Results are in {json_file}", err=True)
    terminal = console()
    for run, results in found:
        if len(found) > 1:
            terminal.rule(str(run), align="left")
        terminal.print(headline(results, width=terminal.width))


def _as_json(found: list[Results]) -> str:
    if len(found) == 1:
        return found[0].to_json()
    return (
        json.dumps([json.loads(results.to_json()) for results in found], indent=1, ensure_ascii=False) + "\n"
    )
