"""How long a run still takes, by the rate at which its questions were answered of late."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

__all__ = ["TimeLeft", "time_left"]

_WINDOW = 60.0
"""The rate is that of so many seconds before now."""

_LEAST_SPAN, _LEAST_ANSWERS = 3.0, 5
"""Within fewer seconds, or from fewer answers, no rate is told."""


class TimeLeft:
    """Looks at the number of answers from time to time, and tells how long the rest takes.

    Args:
        now: the time in seconds, from any beginning.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._looks: deque[tuple[float, int]] = deque()
        self._begun = now()

    @property
    def elapsed(self) -> float:
        """The seconds since the beginning."""
        return self._now() - self._begun

    def look(self, answered: int, left: int) -> float | None:
        """The seconds that `left` questions take, where so many are answered by now; None if unknown."""
        now = self._now()
        if self._looks and self._looks[-1][1] == answered == self._looks[0][1]:
            self._looks.clear()  # nothing was answered yet: the time before the first answer tells no rate
        self._looks.append((now, answered))
        while now - self._looks[0][0] > _WINDOW:
            self._looks.popleft()
        begun, before = self._looks[0]
        count, span = answered - before, now - begun
        if count < _LEAST_ANSWERS or span < _LEAST_SPAN:
            return None
        return left * span / count


def time_left(seconds: float | None) -> str:
    """A time to go in words, no more exact than it is known; a hyphen where it is not known."""
    if seconds is None:
        return "time left -"
    if seconds < 90:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min left"
    return f"about {round(seconds / 3600):,} h left"
