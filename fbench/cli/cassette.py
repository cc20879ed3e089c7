"""`fbench cassette`: commands on recordings, other than replaying them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fbench.errors import CassetteError, UsageError
from fbench.plurals import counted

if TYPE_CHECKING:
    from fbench.cassette.tools.clean import TextScrub

__all__ = ["cassette", "check", "convert", "diff", "merge", "scrub", "seal", "stats"]

_WRONG = 2
_SHORTEST = 4
_PATH = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_known = click.option(
    "--known",
    multiple=True,
    metavar="NAME=VARIABLE",
    help="Replace the value of an environment variable by scrubbed-NAME. Can be repeated.",
)
_data = click.option(
    "--data", type=_PATH, help="The data that was recorded with. Default: what its config.toml says."
)


@click.group()
def cassette() -> None:
    """Check, scrub, convert, seal, count, compare and merge recordings.

    A recording is a folder that `fbench run --cassettes DIR --record ...` wrote, or a cassette alone: one of
    its files, or one of vcrpy, of pydantic-ai or of cassetter. A file that cannot be read is named, and the
    exit code is then 2; the others are read.
    """


@cassette.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=_PATH)
@click.option("--max-age-days", type=click.IntRange(min=0), help="What was recorded longer ago is an error.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day to count from. Default: today's.")
@click.option(
    "--unused", is_flag=True, help="Replay the experiment of each folder, and tell what it never asks for."
)
@click.option(
    "--played",
    type=_PATH,
    metavar="FILE",
    help="Tell which recordings no test plays, by the list that `pytest --fbench-played=FILE` wrote.",
)
@_data
@_json
def check(
    paths: tuple[Path, ...],
    *,
    max_age_days: int | None,
    today: datetime | None,
    unused: bool,
    played: Path | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Look for what is wrong with recordings.

    That is: what looks like a secret or is one of the environment, damage, keys that do not fit their
    requests, files that the index does not know or that are gone, what was left by a crash, and what is too
    old.

    Prints a line a finding: its severity, the file and record, what was found and what to do. With an error
    the exit code is 2.
    """
    from fbench.cassette.scrub.known import unmistakable  # noqa: PLC0415 - for this command alone
    from fbench.cassette.tools.check import (  # noqa: PLC0415 - for this command alone
        check_recordings as findings_in,
    )
    from fbench.cassette.tools.check import unplayed_in  # noqa: PLC0415 - for this command alone

    day, known = (today or datetime.now(UTC)).date(), unmistakable(os.environ)
    found = [
        each
        for path in paths
        for each in findings_in(path, max_age_days=max_age_days, today=day, known=known)
    ]
    if unused:
        from fbench.rerun import unused_in  # noqa: PLC0415 - a run needs SDKs

        found += [each for path in paths for each in unused_in(path, data)]
    if played is not None:
        found += [each for path in paths for each in unplayed_in(path, played)]
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=1, ensure_ascii=False))
    else:
        for each in found:
            click.echo(str(each))
    errors = sum(each.severity == "error" for each in found)
    click.echo(f"{counted(errors, 'error')}, {counted(len(found) - errors, 'warning')}", err=True)
    if errors:
        raise click.exceptions.Exit(_WRONG)


@cassette.command()
@click.argument("source", type=_PATH)
@click.argument("dest", required=False, type=_PATH)
@click.option("--in-place", is_flag=True, help="Write over SOURCE.")
@_known
def scrub(source: Path, dest: Path | None, *, in_place: bool, known: tuple[str, ...]) -> None:
    """Write the cassettes of SOURCE to DEST without secrets.

    SOURCE is a file or a folder, of fbench or another recorder; what is written is fbench's, and vcrpy reads
    it too. The vendors' own variables (OPENAI_API_KEY, GOOGLE_CLOUD_PROJECT, FBENCH_BUCKET and their like)
    name secrets by themselves. Values are taken from the environment alone: none stands on a command line.
    """
    if (dest is None) != in_place:
        raise click.UsageError("name DEST, or say --in-place, and not both")
    _write_clean(source, dest, known)


@cassette.command()
@click.argument("source", type=_PATH)
@click.argument("dest", type=_PATH)
@_known
def convert(source: Path, dest: Path, *, known: tuple[str, ...]) -> None:
    """Write the cassettes of another recorder to DEST as fbench's.

    SOURCE is a file or a folder of vcrpy (YAML or JSON), pydantic-ai (`parsed_body`) or cassetter (YAML).
    Bodies are decoded, and secrets are replaced as `scrub` does.
    """
    _write_clean(source, dest, known)


def _write_clean(source: Path, dest: Path | None, known: tuple[str, ...]) -> None:
    """Write cassettes to `dest`, or over themselves, without secrets and in fbench's layout."""
    from fbench.cassette.tools.clean import clean_recordings as clean  # noqa: PLC0415 - for two commands alone

    target = source if dest is None else dest
    if dest is not None and dest.is_dir() and source.is_file():
        target = (dest / source.name).with_suffix(".yaml")
    if dest is not None and target.exists() and (target.is_file() or any(target.iterdir())):
        raise UsageError(
            f"{target}: is there already, and is not written over: choose another name, or remove it."
        )
    wrong: list[CassetteError] = []
    done = clean(source, target, _scrubber(known, os.environ, source), wrong)
    changed = {place: count for place, count in done.changed.items() if count}
    click.echo(
        f"{counted(done.files, 'cassette')} with {counted(done.interactions, 'interaction')} written to "
        f"{target}",
        err=True,
    )
    click.echo(f"Changed or left out: {_listed(changed)}", err=True)
    click.echo(f"What looked like a secret: {_listed(done.kinds)}", err=True)
    _end(wrong)


@cassette.command()
@click.argument("base", type=_PATH)
@click.argument("ours", type=_PATH)
@click.argument("theirs", type=_PATH)
@click.argument("path", required=False)
def merge(base: Path, ours: Path, theirs: Path, path: str | None) -> None:
    """Write to OURS what two branches recorded: a merge driver of git.

    What only one side changed is taken, record by record, and in an index row by row. Where both recorded a
    request anew, with other answers, ours is kept, and it is said which. Files of other recorders are merged
    as git merges text. A recording has the .gitattributes for it; git is told once in a repository:

        git config merge.fbench-cassette.driver "fbench cassette merge %O %A %B %P"
    """
    from fbench.cassette.tools.merge import is_other_recorders, merge_recordings  # noqa: PLC0415 - for this command alone

    if any(map(is_other_recorders, (ours, theirs))):
        merged = subprocess.run(["git", "merge-file", str(ours), str(base), str(theirs)], check=False)  # noqa: S603, S607 - git calls this
        raise click.exceptions.Exit(min(merged.returncode, 127))
    for asked in merge_recordings(base, ours, theirs, path):
        click.echo(f"{path or ours}: both sides recorded {asked}: ours is kept", err=True)


@cassette.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_PATH)
def seal(files: tuple[Path, ...]) -> None:
    """Make cassettes valid again after a change by hand.

    Keys, lengths, hashes and the count are computed anew, and the row in the recording's index. From then on
    the cassette says that it was changed by hand. What is no interaction any more is refused.
    """
    from fbench.cassette.tools.seal import seal_cassette as seal_file  # noqa: PLC0415 - for this command alone

    for file in files:
        click.echo(f"{file}: {counted(seal_file(file), 'interaction')} sealed", err=True)


@cassette.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=_PATH)
@_json
def stats(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Count what is in recordings, by cassette and endpoint."""
    from fbench.cassette.tools.stats import contents_of  # noqa: PLC0415 - imported when the command runs
    from fbench.cli.cassette_tables import show_stats, stats_json  # noqa: PLC0415 - rich is slow to import

    wrong: list[CassetteError] = []
    found = [contents for path in paths for contents in contents_of(path, wrong)]
    if as_json:
        click.echo(json.dumps(stats_json(found), indent=1, ensure_ascii=False))
    elif found or not wrong:
        show_stats(found)
    _end(wrong)


@cassette.command()
@click.argument("old", type=_PATH)
@click.argument("new", required=False, type=_PATH)
@click.option("--fakes", is_flag=True, help="In place of NEW: run OLD's experiment against the fakes.")
@_data
@click.option("--fail", is_flag=True, help="End with exit code 2 if anything differs.")
@_json
def diff(old: Path, new: Path | None, *, fakes: bool, data: Path | None, fail: bool, as_json: bool) -> None:
    """Tell what changed from the recording OLD to the recording NEW.

    Schema drift: fields of the services' responses that came, went, or have other types. Behaviour drift: the
    same requests, answered otherwise; with the verdicts where OLD is a folder that says what it was asked.
    Ids, times and fingerprints do not count. With --fakes the schemas alone are compared: it shows where the
    fakes have fallen behind the service.
    """
    from fbench.cassette.tools.diff import compare_recordings as compare  # noqa: PLC0415 - for this command alone
    from fbench.cli.cassette_tables import drift_json, show_drift  # noqa: PLC0415 - rich is slow to import

    if (new is None) != fakes:
        raise click.UsageError("name NEW, or say --fakes, and not both")
    judge = None
    wrong: list[CassetteError] = []
    if new is None:
        from fbench.rerun import on_fakes  # noqa: PLC0415 - a run needs SDKs

        with on_fakes(old, data) as recorded:
            drift = compare(old, recorded, wrong).of_schemas()
    else:
        drift = compare(old, new, wrong)
        if (old / "config.toml").is_file() and any(change.said for change in drift.changes):
            from fbench.rerun import change_grader_of  # noqa: PLC0415 - a run needs SDKs

            judge = change_grader_of(old, data)
    if as_json:
        click.echo(json.dumps(drift_json(drift, judge), indent=1, ensure_ascii=False))
    else:
        show_drift(drift, judge, fakes=fakes)
    _end(wrong)
    if fail and (drift.fields or drift.changes):
        raise click.exceptions.Exit(_WRONG)


def _end(wrong: Sequence[CassetteError]) -> None:
    """Name the files that could not be read; with such ones the exit code is 2."""
    for error in wrong:
        click.echo(f"Error: {error}", err=True)
    if wrong:
        raise click.exceptions.Exit(_WRONG)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def _scrubber(known: tuple[str, ...], environ: Mapping[str, str], source: Path) -> TextScrub:
    from fbench.cassette.library import INDEX, own_in, read_index  # noqa: PLC0415 - imported only when it is needed
    from fbench.cassette.scrub.known import known_of  # noqa: PLC0415 - imported only when it is needed
    from fbench.cassette.scrub.scrubber import Scrubber  # noqa: PLC0415 - for this command alone

    values = known_of(environ)
    for each in known:
        name, _, variable = each.partition("=")
        if not name or not variable:
            raise click.UsageError(f"--known is NAME=VARIABLE, and {each!r} is not")
        value = environ.get(variable, "").strip()
        if len(value) < _SHORTEST:
            raise UsageError(
                f"--known {each}: the environment variable {variable} is not set, or is shorter than "
                f"{_SHORTEST} characters: put the secret there first."
            )
        values[value] = name
    own = own_in(read_index(source)) if (source / INDEX).is_file() else ()
    return Scrubber(values, own=own)
