"""Stopping on request: what is in flight is finished and kept, nothing new is begun."""

from __future__ import annotations

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop", "on_interrupt"]


class Stop:
    """A request to stop, which those who begin things look at first."""

    def __init__(self) -> None:
        self.requested = False


@contextmanager
def on_interrupt(stop: Stop) -> Generator[None]:
    """The first Ctrl-C in this block requests a stop; the second raises KeyboardInterrupt at once."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.requested = True

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
