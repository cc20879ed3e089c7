"""Waiting, as a dependency that is passed in: a run with a fake or a recording never sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Clock", "NoWait", "Unless", "WallClock"]


class Clock(Protocol):
    """Decides how long a wait takes."""

    async def sleep(self, seconds: float) -> None:
        """Wait, or let the time pass in another way."""
        ...


class WallClock:
    """Waits in real time."""

    async def sleep(self, seconds: float) -> None:
        """Sleep for that many seconds."""
        await asyncio.sleep(seconds)


class NoWait:
    """Lets other tasks run, without waiting."""

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the protocol's parameter
        """Yield once to other tasks."""
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Unless:
    """Waits on a clock, unless `idle` says that there is nothing to wait for, such as a recorded answer."""

    clock: Clock
    idle: Callable[[], bool]

    async def sleep(self, seconds: float) -> None:
        """Wait, or yield once."""
        await (NoWait() if self.idle() else self.clock).sleep(seconds)
