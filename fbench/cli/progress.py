"""Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import click

from fbench.cli.told_progress import ToldProgress
from fbench.plurals import counted
from fbench.runner.progress import Progress

if TYPE_CHECKING:
    from fbench.runner.plan import Plan

__all__ = ["progress_on_stderr"]

_LOOK = 1.0
"""How often plain lines look, in seconds, what a run waits for."""

_FIRST, _BETWEEN = 2.0, 60.0
"""Seconds until the first line about that, and between two of them."""


_DUMB = ("dumb", "unknown")
"""Terminals on which nothing can be drawn anew, as rich knows them."""


class _Lines(ToldProgress):
    """A line for every tenth of the run, and for what it waits for."""

    def __init__(self) -> None:
        super().__init__()
        self._tenths = 0
        self._is_over = Event()
        self._thread = Thread(target=self._look, name="progress", daemon=True)

    def begin(self, plan: Plan, answered: int) -> None:
        super().begin(plan, answered)
        self._tenths = 10 * answered // max(1, plan.asked)
        click.echo(
            f"{counted(len(plan.trainings), 'training')}, {counted(len(plan.cells), 'cell')}, "
            f"{counted(plan.asked, 'question')}"
            + (f", {answered:,} of them answered before" if answered else ""),
            err=True,
        )
        self._thread.start()

    def answered(self, count: int) -> None:
        super().answered(count)
        tenths = 10 * self.done // max(1, self.total)
        if tenths > self._tenths:
            self._tenths = tenths
            click.echo(f"{self.done:,} of {counted(self.total, 'question')} answered", err=True)

    def grading(self) -> None:
        click.echo("grading", err=True)

    def end(self) -> None:
        """No line comes after this."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look(self) -> None:
        told: set[str] = set()
        due = time.monotonic() + _FIRST
        while not self._is_over.wait(_LOOK):
            found = self.waiting()
            if time.monotonic() >= due and found and found.keys() != told:
                told, due = set(found), time.monotonic() + _BETWEEN
                click.echo("; ".join(found.values()), err=True)


@contextmanager
def progress_on_stderr(*, quiet: bool) -> Generator[Progress]:
    """The progress of a run, shown during the block."""
    if quiet:
        yield Progress()
    elif sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in _DUMB:
        from fbench.cli.bar import ProgressBar  # noqa: PLC0415 - rich is slow to import

        with ProgressBar() as bar:
            yield bar
    else:
        lines = _Lines()
        try:
            yield lines
        finally:
            lines.end()
