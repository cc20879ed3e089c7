"""`fbench grade`: verdicts on answers that are there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from fbench.cli.answers import AnswerRow, line_of
from fbench.cli.options import JUDGE_HELP
from fbench.errors import UsageError
from fbench.graders import Grade, Verdict
from fbench.pipeline.folder import write

__all__ = ["grade"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("layers", metavar="[LAYER LAYER]", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), help="A JSONL file for the rows. Default: stdout.")
@click.option(
    "--grader",
    default="auto",
    help="How answers are graded: auto, by the kind of answer, a rule's name, or judge. Default: auto.",
)
@click.option("--judge", metavar="PROVIDER:NAME", help=JUDGE_HELP)
@click.option(
    "--upstream",
    type=click.Choice(["fake", "live"]),
    help="Where a judge is asked. Default: the run's own, and fake for a file.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=50, help="Requests in flight. Default: 50."
)
@click.option(
    "--budget-usd",
    type=click.FloatRange(min=0),
    help="Stop before more dollars than this are spent. Needed for a live judge.",
)
@click.option(
    "--disagreements",
    is_flag=True,
    help="Show where two layers of a run differ, and grade nothing.",
)
def grade(
    file: Path,
    layers: tuple[str, ...],
    *,
    out: Path | None,
    grader: str,
    judge: str | None,
    upstream: str | None,
    concurrency: int,
    budget_usd: float | None,
    disagreements: bool,
) -> None:
    """Grade answers, and write each row with its verdict, grader and reason.

    FILE is CSV or JSONL with the columns question, gold (a text, or a JSON list of accepted answers) and
    response, and optionally kind, answer_before and finish (why the model stopped); other columns are kept.
    Or it is the folder of a run:
    its answers stay as they are, the grades become a layer in its store, named by grader and version such as
    auto@1, and its results.json is not touched.

    No service is asked, unless there is a judge and --upstream is live. What a judge has ruled on in a run is
    kept there, and is not judged again.

    With --disagreements, the answers of a run on which two LAYERs differ, with both verdicts and reasons.
    LAYERs can be left out where the run has just two, or one of the rules and one of a judge.

    The rows come out as JSONL; a summary goes to stderr.
    """
    if disagreements:
        from fbench.cli.disagreements import show_disagreements  # noqa: PLC0415 - files need no store

        show_disagreements(file, layers, out)
        return
    if layers:
        raise UsageError(f"{' '.join(layers)}: layers are named with --disagreements alone.")
    from fbench.cli.grading import Graded, grade_file, grade_run  # noqa: PLC0415 - after what needs less

    made: Graded = (grade_run if file.is_dir() else grade_file)(
        file, grader, judge, upstream, concurrency=concurrency, budget_usd=budget_usd
    )
    _write(made.rows, made.grades, out)
    if made.judged:
        click.echo(made.judged, err=True)
    if made.stopped is not None:
        raise made.stopped


def _write(rows: Iterable[AnswerRow], grades: list[Grade], out: Path | None) -> None:
    text = "".join(_line(row, made) for row, made in zip(rows, grades, strict=True))
    if out is None:
        click.echo(text, nl=False)
    else:
        write(out, text)
    counts = Counter(made.verdict for made in grades)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    click.echo(f"{len(grades)} answers: {said}" + (f", in {out}" if out else ""), err=True)


def _line(row: AnswerRow, made: Grade) -> str:
    return line_of(
        {**row.fields, "verdict": made.verdict.value, "grader": made.grader, "reason": made.reason}
    )
