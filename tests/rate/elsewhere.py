"""What another process does with a run's pacers: it imports this by its name."""

from __future__ import annotations

import asyncio
import os
import signal

from fbench.providers.pacing import Pacers, note

__all__ = ["killed_inside", "refused"]


def refused(pacers: Pacers) -> None:
    """A request of the first model is refused, for a minute."""
    pacer = pacers.of(pacers.models[0])
    assert pacer is not None

    async def session() -> None:
        with (await pacer.permit(asyncio.sleep)).noting() as permit:
            note({"x-request-id": "1"})
            permit.limited({"retry-after": "60"})

    asyncio.run(session())


def killed_inside(pacers: Pacers) -> None:
    """The process is killed while it holds the lock."""
    with pacers.lock:
        os.kill(os.getpid(), signal.SIGKILL)
