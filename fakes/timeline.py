"""A job's own time: which phase it is in, and how it moves on.

A job never moves because another one did: what moves it is its pace (see `fakes.pace`). Its timestamps follow
from where it started and the phases it has been through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["EPOCH", "Phase", "Timeline"]

EPOCH = 1_767_225_600
"""2026-01-01T00:00:00Z in seconds since 1970: the moment every world begins."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A state that a job is in for some seconds of its own time; None for ever, unless it is stopped."""

    state: str
    seconds: int | None


class Timeline:
    """A walk through phases; the last one stays for ever.

    Attributes:
        begin: the Unix time of the first phase.
        now: the Unix time at which the current phase began.
        mark: the same moment in the seconds of the job's pace.
        held: True while the job is paused: nothing moves it then.
    """

    def __init__(self, begin: int, phases: Sequence[Phase], mark: float = 0.0) -> None:
        self.begin = self.now = begin
        self.mark = mark
        self.held = False
        self._phases = tuple(phases)
        self._at = 0

    @property
    def state(self) -> str:
        """The state of the current phase."""
        return self._phases[self._at].state

    @property
    def ended(self) -> bool:
        """True in the last phase: nothing moves any more."""
        return self._at == len(self._phases) - 1

    def step(self) -> bool:
        """Moves on by one phase; False where there is none left."""
        if self.ended or self.held:
            return False
        seconds = self._phases[self._at].seconds
        if seconds is None:
            return False
        self.now += seconds
        self.mark += seconds
        self._at += 1
        return True

    def due(self, mark: float) -> int:
        """How many phases are over at a moment of the pace's time."""
        left = mark - self.mark
        count = 0
        for phase in self._phases[self._at : -1]:
            if phase.seconds is None:
                break
            left -= phase.seconds
            if left < 0:
                break
            count += 1
        return count

    def hold(self) -> None:
        """Pauses; the job stays in its phase."""
        self.held = True

    def release(self, mark: float) -> None:
        """Goes on; at a moment of the pace's time, from which the current phase is counted anew."""
        self.held, self.mark = False, mark

    def stop(self, state: str) -> bool:
        """Ends at once, in `state`; False where all has ended already."""
        if self.ended:
            return False
        self.held = False
        self._phases = (*self._phases[: self._at], Phase(self.state, 0), Phase(state, 0))
        return self.step()

    def entered(self, state: str) -> int | None:
        """When the job entered `state`, in Unix seconds; None if it has not been there yet."""
        time = self.begin
        for phase in self._phases[: self._at + 1]:
            if phase.state == state:
                return time
            time += phase.seconds or 0
        return None
