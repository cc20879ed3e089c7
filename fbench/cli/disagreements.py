"""Where two layers of a run's grades differ."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from fbench.cli.run_rows import RUN_COLUMNS, rows_of_run
from fbench.errors import UsageError
from fbench.grading.files import written_rows
from fbench.pipeline import lay_out
from fbench.plurals import counted
from fbench.runner.experiment import read_experiment
from fbench.runner.folder import STORE, hold_to_beginning, read_config
from fbench.runner.store import GradeRow, Store

__all__ = ["show_disagreements"]


def show_disagreements(folder: Path, layers: tuple[str, ...], out: Path | None) -> None:
    """Writes the answers on which two layers differ as rows, and a summary to stderr.

    Raises:
        UsageError: this is no run, or these are not two of its layers.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: only a run has layers that can differ: name the folder of one, or compare the rows "
            "of a file with a person's verdicts by --human COLUMN."
        )
    experiment = read_experiment(read_config(folder), {})
    ready = lay_out(experiment.model_copy(update={"grader": "auto", "judge": None}))
    hold_to_beginning(folder, ready.experiment, ready.dataset)
    found: list[dict[str, object]] = []
    both = 0
    ways: Counter[tuple[str, str]] = Counter()
    with Store(folder / STORE) as store:
        names = _two_of(store.layers(), layers)
        rows = {
            (row.fields["cell"], row.fields["id"]): row.fields
            for row in rows_of_run(folder, store, ready.dataset.questions)
        }
        right = {(grade.cell, grade.question): grade for grade in store.grades(names[1])}
        for one in store.grades(names[0]):
            other = right.get((one.cell, one.question))
            if other is None:
                continue
            both += 1
            if one.verdict != other.verdict:
                ways[one.verdict, other.verdict] += 1
                fields = rows[one.cell, one.question]
                found.append({**fields, "grades": [_shown(one), _shown(other)]})
    with written_rows(out, (*RUN_COLUMNS, "grades"), sys.stdout.buffer) as put:
        for fields in found:
            put(fields)
    told = ", ".join(f"{count} {first} -> {second}" for (first, second), count in sorted(ways.items()))
    click.echo(
        f"{names[0]} and {names[1]} differ on {len(found)} of {counted(both, 'answer')}"
        + (f": {told}" if told else ""),
        err=True,
    )


def _shown(grade: GradeRow) -> dict[str, str]:
    return {
        "layer": grade.layer,
        "verdict": grade.verdict,
        "grader": grade.grader,
        "reason": grade.reason,
    }


def _two_of(there: list[str], named: tuple[str, ...]) -> tuple[str, str]:
    """The layers that are named, or the two that can only be meant."""
    known = f"this run has {', '.join(there) or 'none'}"
    if named:
        if len(named) != 2 or named[0] == named[1]:
            raise UsageError(f"--disagreements compares two layers, and {len(named)} were named: {known}.")
        for name in named:
            if name not in there:
                raise UsageError(f"there is no layer {name!r}: {known}. `fbench grade` lays one.")
        return named[0], named[1]
    graded = [layer for layer in there if not layer.endswith("/before")]
    judges = [layer for layer in graded if layer.startswith("judge:")]
    rules = [layer for layer in graded if not layer.startswith("judge:") and "+" not in layer]
    if len(graded) == 2:
        return graded[0], graded[1]
    if len(judges) == len(rules) == 1:
        return rules[0], judges[0]
    raise UsageError(f"which two layers are to be compared? Name them after the folder: {known}.")
