"""The clock by which the jobs of a server move: real time, in ticks."""

from __future__ import annotations

import time

__all__ = ["Clock"]

_NOTICED = 0.02  # seconds between two looks at all jobs


class Clock:
    """Unix time in milliseconds, which stands still between two ticks and never runs backwards.

    So all that happens between two ticks happens at one moment, and a journal can tell it exactly. Jobs go on
    while a server with a journal is down, as they would at a service.
    """

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """The seconds at the last tick."""
        return self._now

    def tick(self) -> bool:
        """Goes on to the present; False where the last tick was just now."""
        now = round(time.time(), 3)
        if now - self._now < _NOTICED:
            return False
        self._now = now
        return True

    def set(self, seconds: float) -> None:
        """Goes on to a moment."""
        self._now = max(self._now, seconds)
