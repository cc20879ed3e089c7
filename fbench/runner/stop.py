"""Stop on request: requests in flight are finished and kept, and no new ones are started."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop", "on_interrupt"]


class Stop:
    """A request to stop, checked before new work is started. It also applies to each `part`."""

    def __init__(self, whole: Stop | None = None) -> None:
        self._whole = whole
        self._requested = False

    @property
    def requested(self) -> bool:
        """Whether no new work may be started."""
        return self._requested or (self._whole is not None and self._whole.requested)

    def request(self) -> None:
        """Request the stop."""
        self._requested = True

    def part(self) -> Stop:
        """A stop for a part of the work: the part can also be stopped alone."""
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
