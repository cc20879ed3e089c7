"""Progress as a bar, for a terminal. In a module of its own, since rich is slow to import."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from fbench.runner.plan import Plan, Unit
from fbench.runner.progress import Progress

__all__ = ["ProgressBar"]


class ProgressBar(Progress):
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

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, plan: Plan, answered: int) -> None:
        """Shows how many questions there are, and how many are answered already."""
        self._bar.update(self._task, description="asking", total=plan.asked, completed=answered)

    def answered(self, count: int) -> None:
        """Moves the bar on."""
        self._bar.advance(self._task, count)

    def finished(self, unit: Unit) -> None:
        """Names the part that was finished last."""
        self._bar.update(self._task, description=unit.cells[-1].id)

    def grading(self) -> None:
        """Says that the answers are being graded."""
        self._bar.update(self._task, description="grading")
