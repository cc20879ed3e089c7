"""`fbench data`: fetch, check and list datasets."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from fbench.cli.options import Command
from fbench.datasets import AnswerKind, Dataset, Labels, open_dataset, refuse_idle_choices
from fbench.datasets import check as findings_in
from fbench.datasets import fetch as release
from fbench.datasets.convert import convert as converted
from fbench.datasets.model import Role, in_order_of_splits
from fbench.errors import UsageError
from fbench.plurals import counted

__all__ = ["check", "convert", "data", "fetch", "list_"]

_WRONG = 2


@click.group()
def data() -> None:
    """Fetch, check and list datasets.

    A dataset is the folder of the FineTuneBench release, a file of one's own rows, or, where SOURCE is left
    out, generated.
    """


def _source(command: Command) -> Command:
    """Add SOURCE and the options for reading it."""
    for decorate in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--all-news", is_flag=True, help="All released news, not the paper's 50."),
        click.option(
            "--labels",
            type=click.Choice(["corrected", "published"]),
            default="corrected",
            help="Which golds of the released data count. Default: corrected.",
        ),
        click.argument("source", required=False, type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


@data.command()
@click.argument("dest", type=click.Path(path_type=Path))
@click.option(
    "--base-url",
    default=release.BASE_URL,
    metavar="URL",
    help="A mirror. Default: GitHub, at a pinned commit.",
)
@click.option("--quiet", is_flag=True, help="No progress.")
def fetch(dest: Path, *, base_url: str, quiet: bool) -> None:
    """Bring the FineTuneBench release into the folder DEST.

    Each file is held to its SHA-256, or, where none is known, to its git blob id. What is there already is
    left alone, and a download that was broken off goes on where it ended. Prints the paths of the files that
    were fetched.
    """
    begun: set[str] = set()

    def tell(name: str, _here: int, size: int) -> None:
        if name not in begun:
            begun.add(name)
            click.echo(f"fetching {name}" + (f" ({counted(size, 'byte')})" if size else ""), err=True)

    try:
        fetched = release.fetch(
            dest, base_url=base_url, files=release.MANIFEST, progress=None if quiet else tell
        )
    except OSError as error:
        raise UsageError(f"{dest}: cannot be written: {error.strerror}. Name another folder.") from error
    for path in fetched:
        click.echo(str(path))
    there = len(release.MANIFEST) - len(fetched)
    click.echo(
        f"{counted(len(fetched), 'file')} fetched, {there} {'was' if there == 1 else 'were'} there. To "
        f"use them: --data {dest}",
        err=True,
    )


@data.command()
@_source
def check(source: Path | None, *, labels: Labels, all_news: bool, as_json: bool) -> None:
    """Look for what is doubtful in a dataset, without asking any model.

    Prints a line a finding: its severity, what it is about, why, and where that stands. An error makes
    numbers wrong, and the exit code 2; a warning makes them hard to read; a note is worth knowing.
    """
    refuse_idle_choices(source, labels=labels, all_news=all_news)
    found = findings_in(open_dataset(source, labels=labels, all_news=all_news))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
    else:
        for finding in found:
            where = f" ({finding.where})" if finding.where else ""
            click.echo(f"{finding.severity}: {finding.subject}: {finding.message}{where}")
    counts = Counter(finding.severity for finding in found)
    click.echo(
        f"{', '.join(counted(counts[kind], kind) for kind in ('error', 'warning', 'note'))} in "
        f"{source or 'the generated dataset'}",
        err=True,
    )
    if counts["error"]:
        raise click.exceptions.Exit(_WRONG)


@data.command()
@click.argument("form")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
def convert(form: str, source: Path, out: Path) -> None:
    """Write a public benchmark in SOURCE as rows of your own data to OUT, in JSONL.

    FORM is counterfact, zsre (both forms of EasyEdit), mquake, rippleedits or fictionalqa. Questions get
    their roles: what is taught, the same in other words, what follows from it, and what must not change.
    """
    made = converted(form, source, out)
    told = ", ".join(f"{count} {role}" for role, count in made.roles.items())
    click.echo(f"{counted(made.items, 'item')}: {told}. Wrote {out}", err=True)
    for why, count in made.left_out.items():
        click.echo(f"Left out: {count} {why}", err=True)


@data.command(name="list")
@_source
def list_(source: Path | None, *, labels: Labels, all_news: bool, as_json: bool) -> None:
    """Show the tasks, facts and questions of a dataset.

    Questions are counted by role, by split and by kind of answer. The SHA-256 is of all facts and questions;
    every results.json carries it.
    """
    refuse_idle_choices(source, labels=labels, all_news=all_news)
    dataset = open_dataset(source, labels=labels, all_news=all_news)
    tasks = {task: _contents(dataset, task) for task in dataset.tasks}
    if as_json:
        about = {
            "name": dataset.name,
            "source": dataset.source,
            "labels": dataset.labels,
            "digest": dataset.digest,
            "tasks": {task: asdict(contents) for task, contents in tasks.items()},
            "notes": dataset.notes,
        }
        click.echo(json.dumps(about, indent=1, ensure_ascii=False))
        return
    labelled = f", {dataset.labels} labels" if dataset.labels else ""
    click.echo(f"{dataset.name} ({dataset.source}{labelled})\nSHA-256 {dataset.digest}")
    for task, contents in tasks.items():
        click.echo(f"\n{task}: {counted(contents.facts, 'fact')}, {counted(contents.questions, 'question')}")
        parts = (("roles", contents.roles), ("splits", contents.splits), ("kinds", contents.kinds))
        for name, counts in parts:
            click.echo(f"  {name}: " + ", ".join(f"{key} {count}" for key, count in counts.items()))
    for note in dataset.notes:
        click.echo(f"\nNote: {note}")


@dataclass(frozen=True, slots=True)
class _Contents:
    """A dataset's contents for one task; questions are counted in the order of `Split` and `AnswerKind`."""

    facts: int
    questions: int
    roles: dict[str, int]
    splits: dict[str, int]
    kinds: dict[str, int]


def _contents(dataset: Dataset, task: str) -> _Contents:
    questions = [question for question in dataset.questions if question.task == task]
    splits = Counter(question.split for question in questions)
    kinds = Counter(question.kind for question in questions)
    roles = Counter(question.role for question in questions)
    return _Contents(
        facts=sum(fact.task == task for fact in dataset.facts),
        questions=len(questions),
        roles={role.value: roles[role] for role in Role if roles[role]},
        splits={split: splits[split] for split in in_order_of_splits(splits)},
        kinds={kind.value: kinds[kind] for kind in AnswerKind if kinds[kind]},
    )
