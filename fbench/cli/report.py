"""`fbench report`: the results of runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from fbench.cli.output import console, hold_to_page, open_page, print_screen, put_text, screen_width
from fbench.errors import Incomplete, UsageError

if TYPE_CHECKING:
    from fbench.reports.reporters import RunResults
    from fbench.reports.table_files import TableFormat

__all__ = ["report", "show"]

_FILE = click.Path(path_type=Path, allow_dash=True)
_FOLDER = click.Path(path_type=Path)


class _Files(NamedTuple):
    """Where the run is written to, beside what is shown of it."""

    json: Path | None = None
    html: Path | None = None
    csv: Path | None = None
    parquet: Path | None = None
    md: Path | None = None
    latex: Path | None = None
    inspect: Path | None = None

    @property
    def on_stdout(self) -> bool:
        """Whether one of them is stdout, which then gets nothing else."""
        return "-" in map(str, (self.json, self.html, self.md, self.latex))

    @property
    def of_answers(self) -> bool:
        """Whether one of them holds all answers."""
        return any((self.csv, self.parquet, self.inspect))


class _ReporterOption(click.Option):
    """An option whose help names the installed plug-ins."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        from fbench.plugins import REPORTERS_GROUP, names_with_plugins  # noqa: PLC0415 - needed only for the help

        found = names_with_plugins(REPORTERS_GROUP, ())
        if record is None or not found:
            return record
        return record[0], f"{record[1]} Plug-ins: {', '.join(found)}."


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--full", is_flag=True, help="All tables, threats and notes, instead of a first screen.")
@click.option(
    "--json",
    "json_file",
    metavar="FILE",
    type=_FILE,
    help="Write the results there too; - for stdout, without the table.",
)
@click.option("--html", metavar="FILE", type=_FILE, help="Write a page with plots and all answers there too.")
@click.option("--open", "open_html", is_flag=True, help="Open the page of --html in a browser.")
@click.option("--csv", metavar="DIR", type=_FOLDER, help="Write all tables and answers there, as CSV.")
@click.option("--parquet", metavar="DIR", type=_FOLDER, help="Write them there as Parquet.")
@click.option("--md", metavar="FILE", type=_FILE, help="Write all tables there in Markdown; or -.")
@click.option("--latex", metavar="FILE", type=_FILE, help="Write the main tables there in LaTeX; or -.")
@click.option("--inspect", metavar="FILE", type=_FOLDER, help="Write the run there as a log of Inspect.")
@click.option(
    "--reporter",
    metavar="NAME",
    cls=_ReporterOption,
    help="Print what this reporter makes of the results: markdown, markdown-full, latex, screen, full, json "
    "or a plug-in's.",
)
@click.option(
    "--out", metavar="FILE", type=_FILE, help="Write the reporter's text there. Default: to stdout."
)
def report(
    runs: tuple[Path, ...],
    *,
    full: bool,
    json_file: Path | None,
    reporter: str | None,
    out: Path | None,
    open_html: bool,
    **files: Path | None,
) -> None:
    """Show what runs found, each on a screen of at most 40 lines.

    RUN is a folder that `fbench run` wrote to. The JSON is the run's results.json, or, of several runs, a
    list of theirs in the order given. Of a run that did not reach its end there is no JSON yet; what there is
    of it is shown, with what is missing and the command that goes on, and the exit code is 3. Of the folder
    of a sweep the comparison is shown.

    Results that were changed after the run wrote them are refused. Where a run kept no digest of them, they
    are made from its store again.

    Tables go into the folder as rows.csv, answers.csv and so on, those of several runs each into a folder by
    its name. They hold what there is of an unfinished run too; unfinished.csv tells then what is missing.
    """
    written = _Files(json_file, **files)
    _hold_together(reporter, out, written, full=full)
    hold_to_page(written.html, open_html=open_html)
    other = full or reporter is not None or any(files.values())
    if not _is_sweep(runs, json_file, other=other):
        _report(runs, full=full, files=written, reporter=reporter, out=out)
        if open_html and written.html is not None:
            open_page(written.html)


def _report(
    runs: tuple[Path, ...], *, full: bool, files: _Files, reporter: str | None, out: Path | None
) -> None:
    # imported here, so that the help does not need them
    from fbench.analysis.results_file import why_missing  # noqa: PLC0415 - imported only when it is needed
    from fbench.reports.reporters import (  # noqa: PLC0415 - imported only when it is needed
        RunResults,
        find_reporter,
        is_finished,
        read_finished,
        read_run,
    )
    from fbench.runner.folder import RESULTS  # noqa: PLC0415 - imported only when it is needed

    _hold_to_files(runs, files)
    maker = None if reporter is None else find_reporter(reporter)
    whole = files.json is not None or reporter == "json"
    if whole and (unfinished := [run for run in runs if not is_finished(run)]):
        raise Incomplete(f"{unfinished[0]}: has no {RESULTS} yet; {why_missing(unfinished[0])}.")
    found = [(run, RunResults(read_finished(run)) if whole else read_run(run)) for run in runs]
    for _, each in found:
        if each.written.notice:
            click.echo(f"Notice: {each.written.notice}", err=True)
    _export(found, files)
    if maker is not None:
        put_text("".join(maker(each.written.results) for _, each in found), out, "The report is")
    elif not files.on_stdout:
        for run, each in found:
            if len(found) > 1:
                click.echo(f"--- {run}")
            show(run, each, full=full)
    if unfinished := [run for run, each in found if not each.ended]:
        raise Incomplete(
            f"{unfinished[0]}: what it has so far is shown, not its {RESULTS}; {why_missing(unfinished[0])}."
        )


def _hold_to_files(runs: Sequence[Path], files: _Files) -> None:
    """Check that the files can be written before any run is read."""
    if not files.of_answers:
        return
    from fbench.reports.exports import hold_to_exports  # noqa: PLC0415 - imported only when it is needed

    hold_to_exports(runs, _tables(files), files.inspect)


def _export(found: Sequence[tuple[Path, RunResults]], files: _Files) -> None:
    """Write the files, and report that on stderr."""
    from fbench.reports.reporters import find_reporter  # noqa: PLC0415 - imported only when it is needed

    if files.json is not None:
        put_text(_as_json([each.written.text for _, each in found]), files.json, "Results are")
    if files.html is not None:
        from fbench.reports.html.from_runs import page_of_runs  # noqa: PLC0415 - imported only when it is needed

        put_text(page_of_runs(found), files.html, "The page is")
    for file, name, what in (
        (files.md, "markdown-full", "All tables are"),
        (files.latex, "latex", "The main tables are"),
    ):
        if file is not None:
            maker = find_reporter(name)
            put_text("\n".join(maker(each.written.results) for _, each in found), file, what)
    if files.of_answers:
        _export_answers(found, files)


def _export_answers(found: Sequence[tuple[Path, RunResults]], files: _Files) -> None:
    from fbench.reports.exports import (  # noqa: PLC0415 - slow, and most reports need no answers
        ReadRun,
        export_inspect,
        export_tables,
    )
    from fbench.reports.unfinished import UNFINISHED  # noqa: PLC0415 - as above

    runs = [ReadRun(run, each) for run, each in found]
    unfinished = any(not each.ended for _, each in found)
    for form, folder in _tables(files).items():
        export_tables(runs, folder, form)
        more = f"; {UNFINISHED}.{form} tells what of each cell is missing" if unfinished else ""
        click.echo(f"Tables are in {folder}{more}", err=True)
    if files.inspect is not None:
        export_inspect(runs[0], files.inspect)
        click.echo(f"The log is in {files.inspect}", err=True)
    for notice in filter(None, (run.notice for run in runs)):
        click.echo(f"Notice: {notice}", err=True)


def _tables(files: _Files) -> dict[TableFormat, Path]:
    """The folders of tables by their format."""
    tables: dict[TableFormat, Path] = {}
    if files.csv is not None:
        tables["csv"] = files.csv
    if files.parquet is not None:
        tables["parquet"] = files.parquet
    return tables


def show(run: Path, found: RunResults, *, full: bool = False) -> None:
    """Print a run's first screen to stdout, or all tables."""
    if full:
        from fbench.reports.main_tables import headline  # noqa: PLC0415 - rich is slow to import
        from fbench.reports.reporters import unfinished_lines  # noqa: PLC0415 - as above

        terminal = console()
        written = found.written
        terminal.print(unfinished_lines(run, found), end="")
        terminal.print(headline(written.results, width=terminal.width, unchecked=written.unchecked))
        return
    from fbench.reports.reporters import screen_lines  # noqa: PLC0415 - imported only when it is needed

    print_screen(screen_lines(run, found, width=screen_width()))


def _is_sweep(runs: tuple[Path, ...], json_file: Path | None, *, other: bool) -> bool:
    """Whether it is the folder of a sweep alone, whose comparison is then printed, or written."""
    from fbench.runner.sweep_file import SWEEP  # noqa: PLC0415 - imported only when it is needed

    folder = runs[0]
    if len(runs) > 1 or not (folder / SWEEP).is_file():
        return False
    from fbench.analysis.sweep import read_swept  # noqa: PLC0415 - imported only when it is needed
    from fbench.reports.sweep import sweep_table  # noqa: PLC0415 - imported only when it is needed

    if other:
        raise UsageError(f"{folder}: is the folder of a sweep, which has one table: name one of its runs.")
    found = read_swept(folder)
    if json_file is not None:
        put_text(found.to_json(), json_file, "Results are")
    if str(json_file) != "-":
        console().print(sweep_table(found))
    return True


def _hold_together(reporter: str | None, out: Path | None, files: _Files, *, full: bool) -> None:
    if reporter is not None and (full or files.json is not None):
        raise UsageError("--reporter goes without --full and --json: name the reporter full or json.")
    if out is not None and reporter is None:
        raise UsageError("--out says where a reporter's text is written: it goes with --reporter NAME.")
    named = [str(path) for path in (*files, out) if path is not None and str(path) != "-"]
    if twice := [path for path in named if named.count(path) > 1]:
        raise UsageError(f"{twice[0]}: two options name one file: name two.")
    to_stdout = [name for name in ("json", "html", "md", "latex") if str(getattr(files, name)) == "-"]
    to_stdout += ["reporter"] if reporter is not None and (out is None or str(out) == "-") else []
    if files.on_stdout and len(to_stdout) > 1:
        raise UsageError(f"--{to_stdout[0]} and --{to_stdout[1]} cannot both be on stdout: name a file.")


def _as_json(texts: list[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    return json.dumps([json.loads(text) for text in texts], indent=1, ensure_ascii=False) + "\n"
