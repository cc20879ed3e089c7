"""The lines of a run's progress on a terminal, for its width and height: no line is ever wrapped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from fbench.cli.unit_states import ACTIVE, ENDED_BADLY, UnitState

__all__ = ["Totals", "cut_end", "cut_middle", "room_for_units", "told_waits", "total_line", "unit_lines"]

_MOST_UNITS = 16
_BESIDES = 10
"""Lines of a terminal that units leave free: for totals, for waits, and for what is told above."""
_MOST_WAITS = 3
_LEAST_NAME = 16
_STYLES = {"failed": "red", "in part": "red", "training": "cyan", "in batch": "cyan", "asking": "green"}
_ORDER = (*ENDED_BADLY, *ACTIVE, "queued", "done")


class Totals(NamedTuple):
    """What the line below the bar says: each in words, empty where there is nothing to say."""

    left: str
    spent: str
    elapsed: str
    retries: str
    unpriced: str


def room_for_units(height: int) -> int:
    """How many lines of units a terminal of that height has: at most 16, so that the display stays calm."""
    return max(1, min(_MOST_UNITS, height - _BESIDES))


def unit_lines(units: Sequence[UnitState], width: int, room: int) -> Iterator[Text]:
    """A line for each unit that failed or goes on, in `room` lines, the last of which counts the others."""
    states = [(unit, unit.state) for unit in units]
    failed, active = ([each for each in states if each[1] in kinds] for kinds in (ENDED_BADLY, ACTIVE))
    lines = room - 1
    first = failed[: max(lines - len(active), lines // 2)]
    shown = [*first, *active[: lines - len(first)]]
    retries, loss = (any(getattr(unit, name) for unit in units) for name in ("retries", "loss"))
    count = max((2 * len(f"{unit.planned:,}") + 1 for unit in units), default=0)
    columns = _Columns(width, count, retries=retries, loss=loss)
    for unit, state in shown:
        yield columns.line(unit, state)
    told = {unit.name for unit, _ in shown}
    others = Counter(state for unit, state in states if unit.name not in told)
    if others:
        of_state = ", ".join(f"{others[state]:,} {state}" for state in _ORDER if others[state])
        more = f"{others.total():,} more: " if shown else ""
        yield Text(cut_end(f"{more}{of_state}", width), style="dim")


class _Columns:
    """Which columns a line of a unit has: those that find room are its retries, then its loss."""

    def __init__(self, width: int, count: int, *, retries: bool, loss: bool) -> None:
        self._count = count
        self._state = max(map(len, _ORDER))
        left = width - 1 - count - 2 - self._state - 2  # a line as wide as the terminal may be wrapped
        self._retries = retries and left - 12 >= 2 * _LEAST_NAME
        left -= 12 * self._retries
        self._loss = loss and left - 12 >= 2 * _LEAST_NAME
        left -= 12 * self._loss
        if left < _LEAST_NAME:  # the state is told by its colour and by its place alone
            left, self._state = left + self._state + 2, 0
        self._name = max(1, left)

    def line(self, unit: UnitState, state: str) -> Text:
        line = Text(no_wrap=True)
        if self._state:
            line.append(f"{state:<{self._state}}  ", style=_STYLES.get(state, ""))
        name = set_cell_size(cut_middle(unit.name, self._name), self._name)
        line.append(name, style="" if self._state else _STYLES.get(state, ""))
        line.append(f"  {_count(unit):>{self._count}}")
        if self._retries:
            line.append(f"{_times(unit.retries):>12}" if unit.retries else " " * 12, style="yellow")
        if self._loss:
            line.append(f"{f'loss {unit.loss:.3f}':>12}" if unit.loss is not None else "")
        return line


def total_line(totals: Totals, width: int) -> Text:
    """The line of totals: as many of its parts as find room, the first ones first."""
    line = ""
    for part in filter(None, totals):
        longer = f"{line}, {part}" if line else part
        if cell_len(longer) > width:
            continue
        line = longer
    return Text(line or cut_end(totals.left, width), no_wrap=True)


def told_waits(waits: Iterable[str], width: int) -> Iterator[Text]:
    """What the run waits for, a line each, at most three."""
    for words in list(waits)[:_MOST_WAITS]:
        yield Text(cut_middle(words, width), style="yellow", no_wrap=True)


def cut_end(text: str, width: int) -> str:
    """A text, cut at its end if it is too long."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


def cut_middle(text: str, width: int) -> str:
    """A text, cut in its middle if it is too long: the ends of names tell them apart."""
    if cell_len(text) <= width:
        return text
    begin = (width - 1) // 2
    end = text[-1:] if width > 1 else ""
    while cell_len(text[-len(end) - 1 :]) <= width - 1 - begin:
        end = text[-len(end) - 1 :]
    return f"{set_cell_size(text, begin)}…{end}"


def _count(unit: UnitState) -> str:
    return f"{unit.answered:,}/{unit.planned:,}"


def _times(retries: int) -> str:
    return f"{retries:,} retr{'y' if retries == 1 else 'ies'}"
