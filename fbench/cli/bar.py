"""Progress on a terminal, drawn anew as it goes on. A separate module, since rich is slow to import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar as Bar
from rich.table import Table
from rich.text import Text

from fbench.cli.live_lines import Totals, room_for_units, told_waits, total_line, unit_lines
from fbench.cli.safe_console import SafeConsole
from fbench.cli.time_left import TimeLeft, time_left
from fbench.cli.told_progress import ToldProgress
from fbench.plurals import counted
from fbench.runner.budget import dollars
from fbench.runner.plan import Plan
from fbench.terminal import raw_of, safe_stderr, shown

__all__ = ["ProgressBar"]

_LOOKS = 4
"""How often a second it is drawn anew."""
_LONGEST_BAR = 40
_MONEY = {
    "fake": "fake money",
    "recorded": "recorded, not paid",
    "local": "a local server, not paid",
    "weights": "not paid",
}


class ProgressBar(ToldProgress):
    """The units that failed or go on, a bar of all questions, what was spent, and how long the rest takes."""

    def __init__(self) -> None:
        super().__init__()
        self._doing = "planning"
        self._spent: Callable[[], float] | None = None
        self._money = self._unpriced = ""
        self._time = TimeLeft()
        self._live = Live(
            get_renderable=lambda: _Display(self._lines),
            console=SafeConsole(shown, file=raw_of(sys.stderr)),
            transient=True,
            redirect_stdout=False,
            refresh_per_second=_LOOKS,
        )
        self._safe = safe_stderr()

    def __enter__(self) -> ProgressBar:
        self._live.start()  # what is written to stderr now goes above it, with colours that are in it
        self._safe.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._safe.__exit__(None, None, None)
        self._live.stop()

    def begin(self, plan: Plan, answered: int) -> None:
        """Show how many questions there are, and how many already have an answer."""
        super().begin(plan, answered)
        self._doing = ""

    def spending(self, usd: Callable[[], float], *, origin: str, unpriced: Sequence[str]) -> None:
        """Show what the run has spent, and of what kind of money that is."""
        self._money = f" ({_MONEY[origin]})" if origin in _MONEY else ""
        self._unpriced = f"{counted(len(unpriced), 'model')} unpriced" if unpriced else ""
        self._spent = usd

    def grading(self) -> None:
        """Show that the answers are being graded."""
        self._doing = "grading"

    def _lines(self, width: int, height: int) -> Iterator[RenderableType]:
        if self._doing:
            yield Text(self._doing)
        if self._units is None:
            return
        waits = self.waiting()
        units = self._units.all
        if not self._doing:
            yield from unit_lines(units, width, room_for_units(height))
        yield self._bar(width)
        left = self._time.look(self.done, sum(unit.left for unit in units))
        time = "" if self._doing else time_left(None if self.is_held else left)
        retries = sum(unit.retries for unit in units)
        seconds = int(self._time.elapsed)
        totals = Totals(
            time,
            f"{dollars(self._spent())}{self._money}" if self._spent is not None else "",
            f"{seconds // 60}:{seconds % 60:02}",
            f"{counted(retries, 'retry', 'retries')}" if retries else "",
            self._unpriced,
        )
        yield total_line(totals, width)
        yield from told_waits(waits.values(), width)

    def _bar(self, width: int) -> RenderableType:
        count = f"{self.done:>{len(f'{self.total:,}')},} of {self.total:,}"
        if width > 60:
            count += " questions"
        room = min(_LONGEST_BAR, width - len(count) - 1)
        if room < 4:
            return Text(count, no_wrap=True)
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row(
            Bar(total=max(1, self.total), completed=self.done, width=room), Text(count, no_wrap=True)
        )
        return line


class _Display:
    """The lines as they are at the moment when they are drawn."""

    def __init__(self, lines: Callable[[int, int], Iterator[RenderableType]]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._lines(options.max_width, console.size.height)
