"""A job's own time: which phase it is in, and how it moves on.

A job moves when it is observed, or when the test says so; never because another job did, and never
because the wall clock did. Its timestamps follow from where it started and the phases it has been through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["EPOCH", "Phase", "Timeline"]

EPOCH = 1_767_225_600
"""2026-01-01T00:00:00Z in seconds since 1970: the moment every world begins."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A state that a job is in for some seconds of its own time."""

    state: str
    seconds: int


class Timeline:
    """A walk through phases; the last one stays for ever.

    Attributes:
        begin: the Unix time of the first phase.
        now: the Unix time at which the current phase began.
    """

    def __init__(self, begin: int, phases: Sequence[Phase]) -> None:
        self.begin = self.now = begin
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
        if self.ended:
            return False
        self.now += self._phases[self._at].seconds
        self._at += 1
        return True

    def stop(self, state: str) -> bool:
        """Ends at once, in `state`; False where all has ended already."""
        if self.ended:
            return False
        self._phases = (*self._phases[: self._at], Phase(self.state, 0), Phase(state, 0))
        return self.step()

    def entered(self, state: str) -> int | None:
        """When the job entered `state`, in Unix seconds; None if it has not been there yet."""
        time = self.begin
        for phase in self._phases[: self._at + 1]:
            if phase.state == state:
                return time
            time += phase.seconds
        return None
