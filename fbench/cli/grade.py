"""`fbench grade`: verdicts on answers that are there already."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from fbench.cli.answers import AnswerRow, read_answers
from fbench.errors import UsageError
from fbench.graders import GRADERS, Grade, Item, Verdict
from fbench.graders import grade as verdict_on
from fbench.pipeline.folder import write

__all__ = ["grade"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="A JSONL file for the rows. Default: stdout.")
@click.option(
    "--grader", default="auto", help="How answers are graded. Default: auto, by the kind of answer."
)
def grade(file: Path, *, out: Path | None, grader: str) -> None:
    """Grade answers, and write each row with its verdict, grader and reason.

    FILE is CSV or JSONL with the columns question, gold (a text, or a JSON list of accepted answers) and
    response, and optionally kind and answer_before; other columns are kept. Or it is the folder of a run,
    which stays as it is: its answers are graded anew, and its results.json is not touched.

    The rows come out as JSONL; a summary goes to stderr.
    """
    if grader not in GRADERS:
        raise UsageError(f"unknown grader {grader!r}: it is one of {', '.join(GRADERS)}.")
    rows = read_answers(file)
    grades = list(_grades(rows, grader))
    text = "".join(_line(row, made) for row, made in zip(rows, grades, strict=True))
    if out is None:
        click.echo(text, nl=False)
    else:
        write(out, text)
    counts = Counter(made.verdict for made in grades)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    click.echo(f"{len(grades)} answers: {said}" + (f", in {out}" if out else ""), err=True)


def _grades(rows: Iterable[AnswerRow], grader: str) -> Iterator[Grade]:
    known: dict[tuple[Item, str], Grade] = {}
    for row in rows:
        if row.error:
            yield Grade(Verdict.ERROR, "none", row.error)
            continue
        key = (row.item, row.response)  # models often say the same, and a verdict depends on no more
        if key not in known:
            known[key] = verdict_on(row.item, row.response, grader)
        yield known[key]


def _line(row: AnswerRow, made: Grade) -> str:
    fields = {**row.fields, "verdict": made.verdict.value, "grader": made.grader, "reason": made.reason}
    text = json.dumps(fields, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can escape half a surrogate pair, which UTF-8 has no bytes for
        text = json.dumps(fields)
    return text + "\n"
