"""Stop on request: requests in flight are finished and kept, and no new ones are started."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

from fbench.clock import Clock
from fbench.plurals import counted

__all__ = ["Stop", "Stopped", "on_interrupt", "unhurried"]

_AT_ONCE = "stops at once and loses their answers, which may be paid for"
_LOOK_SECONDS = 0.2
"""How often a wait looks whether a stop was requested."""

_unhurried: ContextVar[bool] = ContextVar("fbench_unhurried", default=False)


class Stopped(Exception):
    """Work ended before its end, because a stop was requested. Nothing is lost."""


class Stop:
    """A request to stop, checked before new work is started. It also applies to each `part`.

    Attributes:
        in_flight: the number of requests in flight; None if worker processes have them, and it is not known.
    """

    def __init__(self, whole: Stop | None = None, source: Callable[[], bool] = lambda: False) -> None:
        """A new request; `source` says whether another process has requested it."""
        self._whole, self._source = whole, source
        self._requested = False
        self.in_flight: int | None = 0

    @property
    def requested(self) -> bool:
        """Whether no new work may be started."""
        return self._requested or self._source() or (self._whole is not None and self._whole.requested)

    def request(self) -> None:
        """Request the stop."""
        self._requested = True

    def clock(self, clock: Clock) -> Clock:
        """The clock, every wait on which raises `Stopped` as soon as a stop is requested."""
        return _UntilStopped(self, clock)

    def raise_stopped(self) -> None:
        """Raise `Stopped` if a stop is requested."""
        if self.requested:
            raise Stopped

    def part(self) -> Stop:
        """A stop for a part of the work: the part can also be stopped alone."""
        return Stop(self)

    @contextmanager
    def counting(self) -> Generator[None]:
        """Counts a request as in flight during the block, here and in the whole."""
        with nullcontext() if self._whole is None else self._whole.counting():
            if self.in_flight is not None:
                self.in_flight += 1
            try:
                yield
            finally:
                if self.in_flight is not None:
                    self.in_flight -= 1

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Wait on a clock, but no longer than until a stop is requested.

        Raises:
            Stopped: it is.
        """
        if not seconds:  # against fakes: a training takes no time, so there is nothing to cut short
            await clock.sleep(seconds)
            return
        waiting = asyncio.ensure_future(clock.sleep(seconds))
        try:
            while not waiting.done() and not self.requested:
                await asyncio.wait({waiting}, timeout=_LOOK_SECONDS)
            if self.requested:
                raise Stopped
            waiting.result()
        finally:
            waiting.cancel()

    @property
    def words(self) -> str:
        """What a user is told when a stop is requested."""
        if self.in_flight == 0:
            return "Stopping; Ctrl-C again stops at once."
        what = "the requests" if self.in_flight is None else counted(self.in_flight, "request")
        return f"Stopping: finishing {what} in flight; Ctrl-C again {_AT_ONCE}."


@contextmanager
def unhurried() -> Generator[None]:
    """What is done in this block waits on a clock as long as it must, also after a stop was requested."""
    token = _unhurried.set(True)
    try:
        yield
    finally:
        _unhurried.reset(token)


@dataclass(frozen=True, slots=True)
class _UntilStopped:
    stop: Stop
    inner: Clock

    async def sleep(self, seconds: float) -> None:
        if _unhurried.get():
            await self.inner.sleep(seconds)
        else:
            await self.stop.sleep(self.inner, seconds)


@contextmanager
def on_interrupt(stop: Stop) -> Generator[None]:
    """The first Ctrl-C or SIGTERM in this block requests a stop, and says so on stderr; the second raises
    KeyboardInterrupt at once.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        if stop.requested:
            raise KeyboardInterrupt
        stop.request()
        _say(stop.words)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(words: str) -> None:
    """Write a line to stderr from a signal handler, which may have interrupted another write to it, or the
    import of what cleans what is written.
    """
    with suppress(OSError, ValueError, AttributeError):  # closed, or no stderr at all
        try:
            sys.stderr.write(f"{words}\n")
            sys.stderr.flush()
        except (RuntimeError, ImportError):  # a reentrant call, or a module that is there in part
            os.write(2, f"{words}\n".encode())
