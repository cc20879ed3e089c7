"""What several experiments of a sweep found, side by side, and how each differs from the first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fbench.analysis.comparison import ComparedRow, compare
from fbench.analysis.results import Row, rounded
from fbench.analysis.results_file import written_results
from fbench.analysis.selection import read_selection
from fbench.analysis.stats import holm
from fbench.errors import UsageError
from fbench.runner.config import read_experiment
from fbench.runner.folder import read_config
from fbench.runner.sweep_file import SWEEP
from fbench.values import Unchangeable

__all__ = ["Sweep", "SweptComparison", "SweptResults", "read_swept", "sweep_of"]


class SweptResults(Unchangeable, BaseModel):
    """An experiment of a sweep: its name, what answered, and the rows of its results."""

    model_config = ConfigDict(frozen=True)

    name: str
    upstream: str
    rows: tuple[Row, ...]


class SweptComparison(Unchangeable, BaseModel):
    """How an experiment (B) differs from the first (A); `refused` says why they were not compared."""

    model_config = ConfigDict(frozen=True)

    a: str
    b: str
    rows: tuple[ComparedRow, ...] = ()
    refused: str = ""


class Sweep(Unchangeable, BaseModel):
    """The results of a sweep. `holm` of a compared row corrects p within all `family` rows of the sweep."""

    model_config = ConfigDict(frozen=True)

    experiments: tuple[SweptResults, ...]
    comparisons: tuple[SweptComparison, ...]
    family: int

    def to_json(self) -> str:
        """The text of `sweep.json`."""
        return self.model_dump_json(indent=1) + "\n"


def read_swept(folder: Path) -> Sweep:
    """The results in a sweep's folder.

    Raises:
        UsageError: they cannot be read.
    """
    path = folder / SWEEP
    try:
        return Sweep.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValueError:
        raise UsageError(f"{path}: is no file of a sweep. Write it again with `fbench sweep`.") from None


def sweep_of(folder: Path, names: Sequence[str]) -> Sweep:
    """The results of the experiments that ended in a sweep's folder, compared with the first of them.

    Raises:
        UsageError: the results of one cannot be read, or were changed.
    """
    experiments: list[SweptResults] = []
    for name in names:
        results = written_results(folder / name).results
        experiments.append(SweptResults(name=name, upstream=results.experiment.upstream, rows=results.rows))
    compared = [_compared(folder, names[0], name) for name in names[1:]]
    p_values = [row.difference.p for each in compared for row in each.rows]
    corrected = holm(p_values) if p_values else []
    ends = list(accumulate(len(each.rows) for each in compared))
    comparisons = [
        each.model_copy(update={"rows": _with_holm(each.rows, corrected[end - len(each.rows) : end])})
        for each, end in zip(compared, ends, strict=True)
    ]
    return Sweep(experiments=tuple(experiments), comparisons=tuple(comparisons), family=len(p_values))


_SAID = (
    *("data", "data_seed", "data_edition", "labels", "all_news", "upstream", "learner", "world_date"),
    *("system", "templates", "sampling", "thinking", "context_characters", "grader", "judge"),
)
"""What decides the answers of a model that is not trained, and their grades."""


def _says_the_same(*folders: Path) -> bool:
    one, other = (read_experiment(read_config(folder), {}) for folder in folders)
    return all(getattr(one, name) == getattr(other, name) for name in _SAID)


def _compared(folder: Path, first: str, name: str) -> SweptComparison:
    """A comparison without what both experiments did alike: asking a model itself, in the same words."""
    try:
        found = compare(read_selection(str(folder / first)), read_selection(str(folder / name)))
    except UsageError as error:
        return SweptComparison(a=first, b=name, refused=str(error).replace(f"{folder}/", ""))
    rows = found.rows
    if _says_the_same(folder / first, folder / name):
        rows = tuple(row for row in rows if row.cell_a != row.cell_b or f"/{row.task}/e" in row.cell_a)
    return SweptComparison(a=first, b=name, rows=rows)


def _with_holm(rows: Sequence[ComparedRow], corrected: Sequence[float]) -> tuple[ComparedRow, ...]:
    return tuple(
        row.model_copy(update={"holm": rounded(value)}) for row, value in zip(rows, corrected, strict=True)
    )
