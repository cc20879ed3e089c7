"""A job's own time: which phase it is in, and how it moves on.

A job moves when it is observed, or when the test says so; never because another job did, and never
because the wall clock did. Its timestamps follow from where it started and the phases it has been through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["EPOCH", "Phase", "Timeline"]

EPOCH = 1_767_225_600
"""2026-01-01T00:00:00Z in seconds since 1970: the moment every world begins."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A state that a job is in for some seconds of its own time."""

    state: str
    seconds: int


@dataclass(slots=True)
class Timeline:
    """A walk through phases; the last one stays for ever.

    `begin` is the Unix time of the first phase. `stop` ends the walk early in a state of its own.
    """

    begin: int
    phases: Sequence[Phase]
    at: int = 0
    now: int = field(init=False)

    def __post_init__(self) -> None:
        self.now = self.begin

    @property
    def state(self) -> str:
        """The state of the current phase."""
        return self.phases[self.at].state

    @property
    def ended(self) -> bool:
        """True in the last phase: nothing moves any more."""
        return self.at == len(self.phases) - 1

    def step(self) -> bool:
        """Moves on by one phase; False where there is none left."""
        if self.ended:
            return False
        self.now += self.phases[self.at].seconds
        self.at += 1
        return True

    def stop(self, state: str) -> None:
        """Ends here, in `state`."""
        self.phases = (*self.phases[: self.at], Phase(state, 0))

    def entered(self, state: str) -> int | None:
        """When the job entered `state`, in Unix seconds; None if it has not been there yet."""
        time = self.begin
        for phase in self.phases[: self.at + 1]:
            if phase.state == state:
                return time
            time += phase.seconds
        return None
