"""Calls from wherever a notebook or a program makes them: beside a running event loop, and in any thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import TypeVar

from fbench.runner.stop import Stop, on_interrupt

__all__ = ["in_own_loop", "interruptible"]

Made = TypeVar("Made")


def interruptible(stop: Stop) -> AbstractContextManager[None]:
    """Has Ctrl-C request a stop; only the main thread is told of signals."""
    return on_interrupt(stop) if threading.current_thread() is threading.main_thread() else nullcontext()


def in_own_loop(call: Callable[[], Made]) -> Made:
    """What a call that runs an event loop returns. Where one is running already, it gets a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call()
    made: list[Made] = []
    failed: list[BaseException] = []
    context = copy_context()

    def work() -> None:
        try:
            made.append(context.run(call))
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            failed.append(error)

    thread = threading.Thread(target=work, name="fbench", daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return made[0]
