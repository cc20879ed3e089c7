"""Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from fbench.plurals import counted
from fbench.runner.progress import Progress

if TYPE_CHECKING:
    from fbench.runner.plan import Plan

__all__ = ["progress_on_stderr"]


class _Lines(Progress):
    """A line for every tenth of the run."""

    def __init__(self) -> None:
        self._total = self._done = self._tenths = 0

    def begin(self, plan: Plan, answered: int) -> None:
        self._total, self._done = plan.asked, answered
        self._tenths = 10 * answered // max(1, plan.asked)
        click.echo(
            f"{counted(len(plan.trainings), 'training')}, {counted(len(plan.cells), 'cell')}, "
            f"{counted(plan.asked, 'question')}"
            + (f", {answered} of them answered before" if answered else ""),
            err=True,
        )

    def answered(self, count: int) -> None:
        self._done += count
        tenths = 10 * self._done // max(1, self._total)
        if tenths > self._tenths:
            self._tenths = tenths
            click.echo(f"{self._done:,} of {counted(self._total, 'question')} answered", err=True)

    def grading(self) -> None:
        click.echo("grading", err=True)


@contextmanager
def progress_on_stderr(*, quiet: bool) -> Generator[Progress]:
    """The progress of a run, shown during the block."""
    if quiet:
        yield Progress()
    elif sys.stderr.isatty():
        from fbench.cli.bar import ProgressBar  # noqa: PLC0415 - rich is slow to import

        with ProgressBar() as bar:
            yield bar
    else:
        yield _Lines()
