"""Progress as a bar, for a terminal. A separate module, since rich is slow to import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from fbench.cli.safe_console import SafeConsole
from fbench.cli.told_progress import ToldProgress
from fbench.runner.cells import Unit
from fbench.runner.plan import Plan
from fbench.terminal import raw_of, safe_stderr, shown

__all__ = ["ProgressBar"]


class _Doing(ProgressColumn):
    """What the run waits for, or else the last thing that it did."""

    def __init__(self, waiting: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._waiting = waiting

    def render(self, task: Task) -> Text:
        """As `ProgressColumn.render`."""
        return Text("\n".join(self._waiting().values()) or task.description)


class ProgressBar(ToldProgress):
    """A progress bar of questions, with the last finished unit, or what the run waits for."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = Bar(
            _Doing(self.waiting),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=SafeConsole(shown, file=raw_of(sys.stderr)),
            transient=True,
            redirect_stdout=False,
        )
        self._safe = safe_stderr()
        self._task = self._bar.add_task("planning", total=None)

    def __enter__(self) -> ProgressBar:
        self._bar.start()  # what is written to stderr now goes above the bar, with colours that are in it
        self._safe.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._safe.__exit__(None, None, None)
        self._bar.stop()

    def begin(self, plan: Plan, answered: int) -> None:
        """Show how many questions there are, and how many already have an answer."""
        super().begin(plan, answered)
        self._bar.update(self._task, description="asking", total=plan.asked, completed=answered)

    def answered(self, count: int) -> None:
        """Advance the bar."""
        super().answered(count)
        self._bar.advance(self._task, count)

    def finished(self, unit: Unit) -> None:
        """Show the last finished unit."""
        self._bar.update(self._task, description=unit.cells[-1].id)

    def grading(self) -> None:
        """Show that the answers are being graded."""
        self._bar.update(self._task, description="grading")
