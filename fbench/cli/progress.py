"""Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from fbench.pipeline.plan import Plan, Unit
from fbench.pipeline.run import Progress

__all__ = ["progress_on_stderr"]


class _Lines(Progress):
    """A line for every tenth of the run."""

    def __init__(self) -> None:
        self._total = self._done = self._tenths = 0

    def begin(self, plan: Plan, answered: int) -> None:
        self._total, self._done = plan.asked, answered
        self._tenths = 10 * answered // max(1, plan.asked)
        click.echo(
            f"{len(plan.trainings)} trainings, {len(plan.cells)} cells, {plan.asked} questions"
            + (f", {answered} of them answered before" if answered else ""),
            err=True,
        )

    def answered(self, count: int) -> None:
        self._done += count
        tenths = 10 * self._done // max(1, self._total)
        if tenths > self._tenths:
            self._tenths = tenths
            click.echo(f"{self._done} of {self._total} questions answered", err=True)

    def grading(self) -> None:
        click.echo("grading", err=True)


class _Bar(Progress):
    """A bar of questions, with the unit that was finished last."""

    def __init__(self) -> None:
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("planning", total=None)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, plan: Plan, answered: int) -> None:
        self._bar.update(self._task, description="asking", total=plan.asked, completed=answered)

    def answered(self, count: int) -> None:
        self._bar.advance(self._task, count)

    def finished(self, unit: Unit) -> None:
        self._bar.update(self._task, description=unit.cells[-1].id)

    def grading(self) -> None:
        self._bar.update(self._task, description="grading")


class progress_on_stderr:  # noqa: N801 - used as a function: `with progress_on_stderr(quiet=...) as progress`
    """The progress of a run, for as long as the block lasts."""

    def __init__(self, *, quiet: bool) -> None:
        self._bar = _Bar() if sys.stderr.isatty() and not quiet else None
        self._plain = Progress() if quiet else _Lines()

    def __enter__(self) -> Progress:
        return self._bar.__enter__() if self._bar else self._plain

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
