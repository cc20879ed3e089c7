"""Turns at a world: a thread has one while it works, and gives it up while it waits for a slow model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import RLock, local
from types import TracebackType
from typing import TypeVar

__all__ = ["Turn", "all_at_once", "given_up"]

T = TypeVar("T")
_AT_ONCE = 64


class Turn:
    """A lock as a context manager: who holds it by this, and by this alone, can give it up for a while.

    Args:
        lock: what is held.
    """

    def __init__(self, lock: RLock) -> None:
        self.lock = lock

    def __enter__(self) -> None:
        self.lock.acquire()
        _mine.turns.append(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _mine.turns.pop()
        self.lock.release()


class _Mine(local):
    def __init__(self) -> None:
        self.turns: list[Turn] = []


_mine = _Mine()


@contextmanager
def given_up() -> Generator[list[Turn]]:
    """Gives up the turns of this thread for the block, and has them again after it.

    What a handler saw before may be otherwise then: others had their turn.
    """
    turns, _mine.turns = _mine.turns, []
    for turn in reversed(turns):
        turn.lock.release()
    try:
        yield turns
    finally:
        for turn in turns:
            turn.lock.acquire()
        _mine.turns = turns


def all_at_once(calls: Iterable[Callable[[], T]]) -> list[T]:
    """What the calls return, in their order; each has the turns of this thread, and may give them up.

    So many questions are put to a slow model at once. Raises what the first call raised that failed.
    """
    with given_up() as turns:

        def one(call: Callable[[], T]) -> T:
            for turn in turns:
                turn.__enter__()
            try:
                return call()
            finally:
                for turn in reversed(turns):
                    turn.__exit__(None, None, None)

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="answers") as pool:
            return list(pool.map(one, calls))
