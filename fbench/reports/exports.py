"""Runs as files for other programs: all tables in a folder, or a log of Inspect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fbench.analysis.answers import RunAnswers, run_answers
from fbench.analysis.results import Results
from fbench.analysis.standing import RunStanding
from fbench.analysis.tables import ANSWERS, answers_table, result_tables
from fbench.errors import UsageError
from fbench.files import replacing
from fbench.grading.graders import grader_version
from fbench.reports.inspect_log import inspect_log
from fbench.reports.reporters import RunResults
from fbench.reports.table_files import TableFormat, hold_to_tables, remove_table, write_tables
from fbench.reports.unfinished import standing_table
from fbench.runner.folder import hold_to_output

__all__ = ["ReadRun", "export_inspect", "export_tables", "hold_to_exports"]


class ReadRun:
    """A run to be exported: its folder, its results, and its answers, which are read once, when asked for."""

    def __init__(self, folder: Path, found: RunResults) -> None:
        self.folder = folder
        self.results: Results = found.written.results
        self.ended = found.ended
        self.standing = found.standing
        self._answers: RunAnswers | None = None

    @property
    def answers(self) -> RunAnswers:
        """All answers.

        Raises:
            UsageError: there is no store, or its data cannot be read.
        """
        if self._answers is None:
            self._answers = run_answers(self.folder)
        return self._answers

    @property
    def notice(self) -> str:
        """What a reader must know if the results are of another version of the grader; empty if not."""
        experiment = self.results.experiment
        version = grader_version(experiment.grader)
        if version == experiment.grader_version:
            return ""
        return (
            f"{self.folder}: its answers are graded by {experiment.grader} {version}, and its results by "
            f"{experiment.grader} {experiment.grader_version}."
        )


def hold_to_exports(runs: Sequence[Path], tables: dict[TableFormat, Path], inspect: Path | None) -> None:
    """Check, before any run is read, that their files can be written.

    Raises:
        UsageError: they cannot, or one log of Inspect is asked for of several runs.
    """
    for form, folder in tables.items():
        for place in _places(runs, folder):
            hold_to_tables(place, form)
    if inspect is not None:
        hold_to_output(inspect)
        if len(runs) > 1:
            raise UsageError("--inspect writes the log of one run: name one RUN.")


def export_tables(runs: Sequence[ReadRun], folder: Path, form: TableFormat) -> None:
    """Write the tables of a run into a folder; of several runs each into a folder of its own there.

    Raises:
        UsageError: a file cannot be written. Or the answers of a run cannot be read: then the tables of all
            results are there all the same.
    """
    failed: list[UsageError] = []
    for run, place in zip(runs, _places([run.folder for run in runs], folder), strict=True):
        tables = result_tables(run.results)
        if run.standing is not None:
            tables.append(standing_table(run.standing))
        else:  # what stands there is of when the run was not finished
            remove_table(standing_table(RunStanding(())), place, form)
        try:
            tables.append(answers_table(run.answers))
        except UsageError as error:
            failed.append(error)
        write_tables(tables, place, form)
    if failed:
        raise UsageError(f"{folder}: has the tables of results, but not {ANSWERS}.{form}. {failed[0]}")


def export_inspect(run: ReadRun, file: Path) -> None:
    """Write a run as a log of Inspect.

    Raises:
        UsageError: its answers cannot be read, or the file cannot be written.
    """
    pieces = inspect_log(run.folder, run.results, run.answers, ended=run.ended)
    try:
        with replacing(file) as log:
            log.writelines(pieces)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}. Name another place.") from error


def _places(runs: Sequence[Path], folder: Path) -> list[Path]:
    """Where the tables of each run go: into the folder, or, of several, each into one by the run's name.

    Runs of equal names are numbered.
    """
    if len(runs) == 1:
        return [folder]
    names: list[str] = []
    for run in runs:
        name = run.resolve().name or "run"
        number = 1
        while (numbered := name if number == 1 else f"{name}-{number}") in names:
            number += 1
        names.append(numbered)
    return [folder / name for name in names]
