"""Calls of a world that wait for slow models: each in a thread, so that the event loop serves others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import ParamSpec, TypeVar

from fakes.routes import Response

__all__ = ["in_thread", "in_turns"]

P = ParamSpec("P")
T = TypeVar("T")
_MOST = 256


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST, thread_name_prefix="calls")


async def in_thread(call: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """What a call returns or raises, made in another thread; at most 256 are at once."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_pool(), lambda: call(*args, **more))


def in_turns(
    turn: AbstractContextManager[object], serve: Callable[P, Response], *asked: P.args, **more: P.kwargs
) -> Response:
    """The response that is made in a turn at the world, as is each piece of a body that is made when read."""
    with turn:
        answered = serve(*asked, **more)
    if isinstance(answered.body, Iterator):
        answered.body, answered.slow = _in_turns(answered.body, turn), True
    return answered


def _in_turns(body: Iterator[bytes], turn: AbstractContextManager[object]) -> Iterator[bytes]:
    while True:
        with turn:
            piece = next(body, None)
        if piece is None:
            return
        yield piece
