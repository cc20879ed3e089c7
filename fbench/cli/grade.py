"""`fbench grade`: verdicts on existing answers."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fbench.cli.options import judge_option
from fbench.cli.output import tell_unchecked
from fbench.errors import Incomplete, UsageError
from fbench.grading.files import (
    AnswerRow,
    Form,
    NamedColumns,
    OverParts,
    added,
    form_of,
    hold_to_place,
    written,
)
from fbench.grading.graders import Verdict
from fbench.plurals import counted
from fbench.runner.stop import Stop, on_interrupt

if TYPE_CHECKING:
    from fbench.analysis.human_agreement import HumanAgreement
    from fbench.grading.graded_answers import GradedAnswers, GradedPair, GradingOptions
    from fbench.runner.experiment import Experiment

__all__ = ["grade"]

_STOPPED = 130
"""The exit code after Ctrl-C."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("layers", metavar="[LAYER LAYER]", nargs=-1)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="A file for the rows: CSV if its name ends with .csv, JSONL otherwise. Default: JSONL on stdout.",
)
@click.option("--question", metavar="COLUMN", help="The column of questions. Default: found by its name.")
@click.option("--gold", metavar="COLUMN", help="The column of accepted answers. Default: found by its name.")
@click.option(
    "--response", metavar="COLUMN", help="The column of answers to grade. Default: found by its name."
)
@click.option(
    "--id", metavar="COLUMN", help="The column that names a row in messages. Default: found by its name."
)
@click.option(
    "--gold-separator",
    metavar="TEXT",
    help="What parts several accepted answers in a text, such as '|'. Empty: each text is one answer.",
)
@click.option(
    "--human",
    metavar="COLUMN",
    help="The column of a person's verdicts: Cohen's kappa and the differences are shown on stderr.",
)
@click.option(
    "--cluster",
    metavar="COLUMN",
    help="The column that rows share which depend on each other. Default: those with equal questions.",
)
@click.option(
    "--grader",
    default="auto",
    help="How answers are graded: auto, by the kind of answer, a rule's name, or judge. Default: auto.",
)
@judge_option
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="A TOML file with [providers] and [prices] for the judge of a file. A run has its own.",
)
@click.option(
    "--upstream",
    type=click.Choice(["fake", "live"]),
    help="Where a judge is asked. Default: the run's own, and fake for a file.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=50, help="Requests in flight. Default: 50."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Processes that grade a file by rule; a short file needs one. Default: one a core.",
)
@click.option(
    "--budget-usd",
    type=click.FloatRange(min=0),
    help="Stop before more dollars than this are spent. Needed for a live judge.",
)
@click.option(
    "--disagreements",
    is_flag=True,
    help="Show where two layers of a run differ, and grade nothing. With --human: only rows that differ.",
)
def grade(
    file: Path,
    layers: tuple[str, ...],
    *,
    out: Path | None,
    gold_separator: str | None,
    grader: str,
    judge: str | None,
    config: Path | None,
    upstream: str | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    disagreements: bool,
    **columns: str | None,
) -> None:
    """Grade answers, and write each row with its verdict, grader and reason.

    FILE is a table with the columns question, gold and response, and optionally id, kind, answer_before and
    finish (why the model stopped); other columns are kept. Columns with other usual names, such as Answer or
    prediction, are found where only one can be meant, and stderr says which were. A column verdict, grader or
    reason that is there already is kept as input_verdict, and so on.

    FILE is .csv or .tsv (commas, semicolons, tabs or bars, found from the header; UTF-8, or UTF-16 with a
    byte order mark), .jsonl or .json (an object a line, or a list of objects, alone or as "data"), or
    .parquet (which the extra parquet reads). The text forms may be packed as .gz. A gold is a text, or a list
    of accepted answers as JSON, Python or NumPy writes it.

    Or FILE is the folder of a run: its answers stay as they are, the grades become a layer in its store,
    named by grader and version such as auto@5, and its results.json is not touched.

    No service is asked, unless there is a judge and --upstream is live. What a judge has ruled on in a run is
    kept there, and is not judged again.

    With --human, stderr tells how far a person's verdicts (yes or no, true or false, 1 or 0, correct or
    incorrect, also as spreadsheets write them in other languages, such as WAHR or oui; empty where nobody
    judged) and the grader's agree beyond chance: Cohen's kappa with a 95 % interval over clusters, the table
    of both, and the rows on which they differ. Abstained counts as not correct; ungraded rows are left out.

    With --disagreements, the answers of a run on which two LAYERs differ, with both verdicts and reasons.
    LAYERs can be left out where the run has just two, or one of the rules and one of a judge.

    The rows come out as JSONL; a summary goes to stderr. Nothing is written if a row is wrong.
    """
    asked = NamedColumns(**columns)
    if disagreements and asked.human is None:
        _show_disagreements(file, layers, out)
        return
    if layers:
        raise UsageError(f"{' '.join(layers)}: layers are named with --disagreements alone.")
    _hold_to_file(file, asked, gold_separator)
    if out is not None:
        from fbench.runner.folder import hold_to_output  # noqa: PLC0415 - slow, and most output needs no run

        hold_to_output(out)
        hold_to_place(out)
    from fbench.grading.graded_answers import GradingOptions  # noqa: PLC0415 - slow; input errors come first
    from fbench.grading.workers import Workers  # noqa: PLC0415 - as above

    options = GradingOptions(grader, judge, upstream, concurrency, budget_usd, _read(config))
    stop = Stop()
    with Workers(jobs or os.cpu_count() or 1) as workers:
        graded = _graded(file, asked, gold_separator, options, stop=stop, over=workers.map)
        for note in graded.notes:
            click.echo(note, err=True)
        _write(graded, out, only_differing=disagreements)
    if graded.failure is not None:
        raise click.exceptions.Exit(_STOPPED) if stop.requested else graded.failure


def _read(config: Path | None) -> Experiment | None:
    if config is None:
        return None
    from fbench.runner.config import read_experiment  # noqa: PLC0415 - as above

    return read_experiment(config, {})


def _write(graded: GradedAnswers, out: Path | None, *, only_differing: bool) -> None:
    """Write the rows (all, or those on which a person differs), and a summary to stderr."""
    compared = None
    if graded.human is not None:
        from fbench.analysis.human_agreement import HumanAgreement  # noqa: PLC0415 - only --human needs statistics

        more = "--disagreements gives them all as rows"
        compared = partial(HumanAgreement, graded.human, graded.clusters, more)
    form = form_of(out, graded.columns)
    counts: Counter[Verdict] = Counter()
    human = compared and compared()
    with written(out, sys.stdout.buffer) as write:
        write(form.head)
        for part in graded.parts(_WrittenRows(form, graded.kept, compared, only_differing)):
            write(part.text)
            counts += part.counts
            if human is not None and part.human is not None:
                human.join(part.human)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    click.echo(f"{counted(counts.total(), 'answer')}: {said}" + (f", in {out}" if out else ""), err=True)
    if human is not None:
        click.echo(str(human), err=True)
    if graded.judged:
        click.echo(graded.judged, err=True)


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows as they are written, the number of each verdict, and how far a person's agree."""

    text: bytes
    counts: Counter[Verdict]
    human: HumanAgreement | None


@dataclass(frozen=True, slots=True)
class _WrittenRows:
    """Makes a `_Part` of graded rows, in whichever process; `compared` begins a comparison with a person."""

    form: Form
    kept: Callable[[AnswerRow], Mapping[str, object]]
    compared: Callable[[], HumanAgreement] | None
    only_differing: bool

    def __call__(self, rows: Iterable[GradedPair]) -> _Part:
        human = self.compared and self.compared()
        counts: Counter[Verdict] = Counter()
        fields: list[dict[str, object]] = []
        for row, each in rows:
            counts[each.verdict] += 1
            differs = human is not None and human.add(row, each)
            if differs or not self.only_differing:
                fields.append({**self.kept(row), **added(each)})
        return _Part(self.form.bytes_of(fields), counts, human)


def _graded(
    file: Path,
    asked: NamedColumns,
    separator: str | None,
    options: GradingOptions,
    *,
    stop: Stop,
    over: OverParts,
) -> GradedAnswers:
    """Grade the rows of a file or the answers of a run; Ctrl-C while a judge is called ends the judging."""
    interrupt = on_interrupt(stop)
    if not file.is_dir():
        from fbench.grading.file_answers import grade_file  # noqa: PLC0415 - as above

        return grade_file(file, asked, separator, options, stop=stop, while_judging=interrupt, over=over)
    from fbench.grading.run_answers import grade_run  # noqa: PLC0415 - as above

    try:
        return grade_run(file, options, stop=stop, while_judging=interrupt)
    except Incomplete:
        if stop.requested:
            click.echo("Stopped; what was judged is kept. Give the same command to go on.", err=True)
            raise click.exceptions.Exit(_STOPPED) from None
        raise


def _show_disagreements(folder: Path, layers: tuple[str, ...], out: Path | None) -> None:
    """Write the answers on which two layers of a run differ, and a summary to stderr."""
    from fbench.grading.disagreements import disagreements_of  # noqa: PLC0415 - files need no store

    found = disagreements_of(folder, layers)
    tell_unchecked(folder)
    form = form_of(out, found.columns)
    with written(out, sys.stdout.buffer) as write:
        write(form.head + form.bytes_of(found.rows))
    click.echo(str(found), err=True)


def _hold_to_file(file: Path, asked: NamedColumns, separator: str | None) -> None:
    if file.is_dir() and (asked != NamedColumns() or separator is not None):
        raise UsageError(f"{file}: is a run, which has no columns to choose: they go with a file.")
    if asked.cluster is not None and asked.human is None:
        raise UsageError("--cluster says which verdicts depend on each other: it goes with --human COLUMN.")
