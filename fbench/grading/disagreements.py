"""Where two layers of a run's grades differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fbench.errors import UsageError
from fbench.grading.run_answers import RUN_COLUMNS, rows_of_run
from fbench.plurals import counted
from fbench.runner.config import read_experiment
from fbench.runner.folder import STORE, check_identity, read_config
from fbench.runner.prepared import read_input_offline
from fbench.runner.store import GradeRow, Store

__all__ = ["Disagreements", "disagreements_of"]


@dataclass(frozen=True, slots=True)
class Disagreements:
    """The answers on which two layers differ. `str()` of it is its summary.

    Attributes:
        layers: the names of the two layers.
        answers: the number of answers that both layers grade.
        rows: each answer on which they differ, with the fields in `columns`.
        counts: the number of differing answers by the verdicts of the first and the second layer.
        columns: the names of a row's fields.
    """

    layers: tuple[str, str]
    answers: int
    rows: Sequence[Mapping[str, object]]
    counts: Mapping[tuple[str, str], int]
    columns: tuple[str, ...] = (*RUN_COLUMNS, "grades")

    def __str__(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        """The number of differing answers, in total and by pair of verdicts."""
        told = ", ".join(f"{n} {first} -> {second}" for (first, second), n in sorted(self.counts.items()))
        one, other = self.layers
        return f"{one} and {other} differ on {len(self.rows)} of {counted(self.answers, 'answer')}" + (
            f": {told}" if told else ""
        )


def disagreements_of(folder: Path, layers: Sequence[str] = ()) -> Disagreements:
    """The answers on which two layers of a run differ: the named layers, or the only possible two.

    Raises:
        UsageError: the folder holds no run, or it lacks two such layers.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: only a run has layers that can differ: name the folder of one, or compare the rows "
            "of a file with a person's verdicts by --human COLUMN (fbench.agreement)."
        )
    experiment = read_experiment(read_config(folder), {})
    ready = read_input_offline(experiment.model_copy(update={"grader": "auto", "judge": None}))
    found: list[dict[str, object]] = []
    both = 0
    counts: Counter[tuple[str, str]] = Counter()
    with Store(folder / STORE, read_only=True) as on_disk, on_disk.in_memory() as store:
        check_identity(store, folder, ready.experiment, ready.dataset)
        names = _two_of(store.layers(), layers)
        rows = {
            (row.fields["cell"], row.fields["id"]): row.fields
            for row in rows_of_run(folder, store, ready.dataset.questions)
        }
        second = {(grade.cell, grade.question): grade for grade in store.grades(names[1])}
        for one in store.grades(names[0]):
            other = second.get((one.cell, one.question))
            if other is None:
                continue
            both += 1
            if one.verdict != other.verdict:
                counts[one.verdict, other.verdict] += 1
                fields = rows[one.cell, one.question]
                found.append({**fields, "grades": [_fields_of(one), _fields_of(other)]})
    return Disagreements(names, both, found, counts)


def _fields_of(grade: GradeRow) -> dict[str, str]:
    return {
        "layer": grade.layer,
        "verdict": grade.verdict,
        "grader": grade.grader,
        "reason": grade.reason,
    }


def _two_of(there: Sequence[str], named: Sequence[str]) -> tuple[str, str]:
    """The named layers, or the only two possible."""
    known = f"this run has {', '.join(there) or 'none'}"
    if named:
        if len(set(named)) != 2 or len(named) != 2:
            said = f"{named[0]} twice" if len(named) == 2 else str(len(named))
            raise UsageError(f"name two different layers to compare, not {said}: {known}.")
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
    if len(graded) < 2:
        raise UsageError(
            f"two layers of grades are needed to compare them, and {known}: add one with "
            "`fbench grade RUN --grader NAME` or `--judge MODEL`."
        )
    raise UsageError(f"which two layers are to be compared? Name them after the folder: {known}.")
