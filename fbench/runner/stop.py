"""Stopping on request: what is in flight is finished and kept, nothing new is begun."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop", "on_interrupt"]


class Stop:
    """A request to stop, which those who begin things look at first. It holds for each `part` too."""

    def __init__(self, whole: Stop | None = None) -> None:
        self._whole = whole
        self._requested = False

    @property
    def requested(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._requested or (self._whole is not None and self._whole.requested)

    def request(self) -> None:
        """Asks to stop."""
        self._requested = True

    def part(self) -> Stop:
        """A stop for a part of the work, which can stop by itself."""
        return Stop(self)


@contextmanager
def on_interrupt(stop: Stop) -> Generator[None]:
    """The first Ctrl-C in this block requests a stop; the second raises KeyboardInterrupt at once."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.request()

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
