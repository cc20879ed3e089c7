"""An event loop whose time jumps to the next timer, so that hours of waiting take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["JumpingLoop", "run_jumping"]

Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of waiting for so many seconds, lets them have passed."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            self.passed += timeout
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """For code that only waits by timers: nothing here waits for a socket."""

    def __init__(self) -> None:
        self._jumps = _JumpingSelector()
        super().__init__(self._jumps)

    def time(self) -> float:
        """Seconds, by the timers that have passed."""
        return 1000.0 + self._jumps.passed


def run_jumping(loop: JumpingLoop, work: Coroutine[Any, Any, Result]) -> Result:
    """The result of the work, in a loop that is closed after it."""
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
