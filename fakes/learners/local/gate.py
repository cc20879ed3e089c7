"""Taking turns at a network: a training has it for a step, an answer for its length."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

__all__ = ["Gate"]


class Gate:
    """A lock that who waits for it gets next: a training takes it step by step, and lets answers in."""

    def __init__(self) -> None:
        self._next, self._busy = Lock(), Lock()

    @contextmanager
    def turn(self) -> Generator[None]:
        """Waits for the turn, and has it for the block."""
        with self._next:
            self._busy.acquire()
        try:
            yield
        finally:
            self._busy.release()
