"""Waiting, as something that is handed in: a run against a fake or a recording never sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Clock", "NoWait", "Unless", "WallClock"]


class Clock(Protocol):
    """Who decides how long a wait is."""

    async def sleep(self, seconds: float) -> None:
        """Waits, or passes the time some other way."""
        ...


class WallClock:
    """Really waits."""

    async def sleep(self, seconds: float) -> None:
        """Sleeps for that many seconds."""
        await asyncio.sleep(seconds)


class NoWait:
    """Lets other tasks run, and takes no time."""

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - the protocol's parameter
        """Gives way once."""
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Unless:
    """Waits on a clock unless something says that there is nothing to wait for, such as a recorded answer."""

    clock: Clock
    idle: Callable[[], bool]

    async def sleep(self, seconds: float) -> None:
        """Waits, or gives way once."""
        await (NoWait() if self.idle() else self.clock).sleep(seconds)
