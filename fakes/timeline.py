"""The time of a job: its phases, and the pace that moves it from one to the next.

A job never moves because another job did: only its pace moves it (an observation, the test itself or the
wall clock). Its timestamps follow from its start and the phases it has been through.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

__all__ = ["EPOCH", "ByClock", "ByHand", "ByObservation", "Pace", "Phase", "Timeline"]

EPOCH = 1_767_225_600
"""2026-01-01T00:00:00Z in seconds since 1970: the moment at which every world begins."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A state, and the seconds of its own time that a job stays in it; None forever, unless it is stopped."""

    state: str
    seconds: int | None


class Timeline:
    """A sequence of phases and the current one; the last one lasts forever.

    Attributes:
        begin: the Unix time of the first phase.
        now: the Unix time at which the current phase began.
        mark: the same moment in seconds of the job's pace.
        held: True while the job is paused: nothing moves it then.
        gates: states that are not due before something else is done, and what tells whether it is.
    """

    def __init__(self, begin: int, phases: Sequence[Phase], mark: float = 0.0) -> None:
        self.begin = self.now = begin
        self.mark = mark
        self.held = False
        self.gates: dict[str, Callable[[], bool]] = {}
        self._phases = tuple(phases)
        self._at = 0

    @property
    def passed(self) -> int:
        """How many phases are over."""
        return self._at

    @property
    def state(self) -> str:
        """The state of the current phase."""
        return self._phases[self._at].state

    @property
    def ended(self) -> bool:
        """True in the last phase."""
        return self._at == len(self._phases) - 1

    @property
    def following(self) -> str | None:
        """The state of the phase that a step would enter; None where there is no step."""
        if self.ended or self.held or self._phases[self._at].seconds is None:
            return None
        return self._phases[self._at + 1].state

    @property
    def waits(self) -> bool:
        """Whether the state that a step would enter is not due before something else is done."""
        return self._closed(self.following or "")

    def _closed(self, state: str) -> bool:
        gate = self.gates.get(state)
        return gate is not None and not gate()

    def step(self) -> bool:
        """Move on by one phase; False if there is none left, or the job is paused."""
        seconds = self._phases[self._at].seconds
        if self.ended or self.held or seconds is None:
            return False
        self.now += seconds
        self.mark += seconds
        self._at += 1
        return True

    def due(self, mark: float) -> int:
        """How many more phases are over at a moment of the pace's time; none behind a closed gate."""
        left = mark - self.mark
        count = 0
        for phase, following in pairwise(self._phases[self._at :]):
            if phase.seconds is None:
                break
            left -= phase.seconds
            if left < 0:
                break
            if self._closed(following.state):
                break
            count += 1
        return count

    def hold(self) -> None:
        """Pause: the job stays in its phase."""
        self.held = True

    def release(self, mark: float) -> None:
        """End the pause; the current phase starts again at `mark`, a moment of the pace's time."""
        self.held, self.mark = False, mark

    def stop(self, state: str) -> bool:
        """End immediately, in `state`; False if it has already ended."""
        if self.ended:
            return False
        self._leave(0, (Phase(state, 0),))
        return True

    def divert(self, phases: Sequence[Phase], seconds: int, mark: float) -> None:
        """Leave the current phase, which then took `seconds`, for other phases.

        `mark` is the moment of the pace's time at which the first of them begins.
        """
        self._leave(seconds, phases)
        self.mark = mark

    def _leave(self, seconds: int, phases: Sequence[Phase]) -> None:
        self.held = False
        self._phases = (*self._phases[: self._at], Phase(self.state, seconds), *phases)
        self.step()

    def entered(self, state: str) -> int | None:
        """When the job entered `state`, in Unix seconds; None if it has not been there yet."""
        time = self.begin
        for phase in self._phases[: self._at + 1]:
            if phase.state == state:
                return time
            time += phase.seconds or 0
        return None


class Pace(Protocol):
    """Decides how far a job moves when it is observed."""

    def mark(self) -> float:
        """The current time, in the pace's own seconds; stored with a job when a phase begins."""
        ...

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """The number of phases that a job moves on when observed; a glance is an observation in a list."""
        ...


class ByObservation:
    """One phase for each observation of the job itself, so a client that polls reaches the end without
    waiting.
    """

    def mark(self) -> float:
        """Always 0: no time passes between observations."""
        return 0.0

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """One; none for a glance."""
        return 0 if glance or timeline.held else 1


class ByHand:
    """Jobs do not move by themselves: only `World.advance` moves them."""

    def mark(self) -> float:
        """Always 0: no time passes by itself."""
        return 0.0

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """None."""
        del timeline, glance
        return 0


class ByClock:
    """By the wall clock, `speed` times faster: a phase lasts as long as it takes."""

    def __init__(self, speed: float = 600.0, clock: Callable[[], float] = time.monotonic) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, got {speed}.")
        self._speed, self._clock = speed, clock

    def mark(self) -> float:
        """Seconds of the services' time."""
        return self._clock() * self._speed

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """The phases whose time is over; a glance counts like any other observation."""
        del glance
        return 0 if timeline.held else timeline.due(self.mark())
