"""What moves jobs on: being looked at, the test's hand, or the wall clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from fakes.timeline import Timeline

__all__ = ["ByClock", "ByHand", "ByObservation", "Pace"]


class Pace(Protocol):
    """Decides how far a job moves when it is looked at."""

    def mark(self) -> float:
        """The moment now, in the pace's own seconds; kept with a job when a phase begins."""
        ...

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """How many phases a job moves on, now that it is looked at; a glance sees it in a list."""
        ...


class ByObservation:
    """One phase for each look at the job itself: a client that polls gets there, in no time."""

    def mark(self) -> float:
        """Nothing passes between looks."""
        return 0.0

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """One, and none for a glance."""
        return 0 if glance or timeline.held else 1


class ByHand:
    """Not at all: only `World.advance` moves jobs."""

    def mark(self) -> float:
        """Nothing passes by itself."""
        return 0.0

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """None."""
        del timeline, glance
        return 0


class ByClock:
    """As long as a phase takes, `speed` times faster than the wall clock."""

    def __init__(self, speed: float = 600.0, clock: Callable[[], float] = time.monotonic) -> None:
        if not speed > 0:
            raise ValueError(f"A speed of {speed} gets nowhere. Give a number above 0.")
        self._speed, self._clock = speed, clock

    def mark(self) -> float:
        """Seconds of the services' time."""
        return self._clock() * self._speed

    def steps(self, timeline: Timeline, *, glance: bool = False) -> int:
        """The phases whose time is over; a look at the job or a glance makes no difference."""
        del glance
        return 0 if timeline.held else timeline.due(self.mark())
