"""Reaching the network although a block of `intercept` is open: what a transport does that answers in one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = ["carried_lifted", "is_lifted", "lifted"]

_lifted: ContextVar[bool] = ContextVar("fakes.lifted", default=False)


@contextmanager
def lifted() -> Generator[None]:
    """In the block, this task or thread, and what it starts, reaches the network as if nothing were open."""
    before = _lifted.set(True)
    try:
        yield
    finally:
        _lifted.reset(before)


def is_lifted() -> bool:
    """Whether this task or thread is in a block of `lifted`."""
    return _lifted.get()


def carried_lifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, made to run in a block of `lifted`: what a pool of threads is given."""

    def carried(*args: Any, **kwargs: Any) -> Any:
        with lifted():
            return function(*args, **kwargs)

    return carried
