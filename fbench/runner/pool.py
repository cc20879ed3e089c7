"""Process many items at once, so that no paid result is lost if one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar, cast

from fbench.runner.stop import Stop

__all__ = ["Groups", "do_all"]

Input = TypeVar("Input")
GROUP = 50
SECONDS = 0.05
Kept = TypeVar("Kept")
_END = object()


class Groups(Generic[Kept]):
    """Passes on paid results in groups of at most 50, none held back for longer than 50 ms."""

    def __init__(self, keep: Callable[[Sequence[Kept]], None]) -> None:
        self._keep = keep
        self._waiting: list[Kept] = []
        self._timer: asyncio.TimerHandle | None = None
        self._failure: Exception | None = None

    def add(self, one: Kept) -> None:
        """Add one result. Raises the error with which writing an earlier group failed."""
        if self._failure is not None:
            raise self._failure
        self._waiting.append(one)
        if len(self._waiting) >= GROUP:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SECONDS, self._due)

    def flush(self) -> None:
        """Pass on the waiting results."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            group, self._waiting = self._waiting, []
            self._keep(group)

    def _due(self) -> None:
        self._timer = None
        try:
            self.flush()
        except Exception as error:  # noqa: BLE001 - a timer has no caller: the next `add` raises it
            self._failure = error


async def do_all(
    items: Iterable[Input],
    do: Callable[[Input], Awaitable[None]],
    *,
    slots: int | asyncio.Semaphore,
    stop: Stop,
) -> None:
    """Await `do(item)` for every item, with as many of them in progress at once as there are slots.

    Items are taken one by one, when there is a slot for one. After an error, or when a stop is requested, no
    further item is started; those in progress are awaited to their end, because their work is paid for.

    Args:
        items: the items, taken one at a time; taking one may block.
        do: processes an item. It may release its slot of a semaphore while it waits, and acquire it again.
        slots: their number, or a semaphore.
        stop: requested by the first error. Give `stop.part()` if the error must not stop other work.

    Raises:
        BaseException: the error from `do` or `items`, once nothing is in progress; the first if several.
    """
    free = asyncio.Semaphore(slots) if isinstance(slots, int) else slots
    going: set[asyncio.Task[None]] = set()
    errors: list[BaseException] = []

    async def one(item: Input) -> None:
        try:
            await do(item)
        except BaseException as error:
            stop.request()
            errors.append(error)
            if not isinstance(error, Exception):
                raise
        finally:
            free.release()

    left = iter(items)
    try:
        while await free.acquire():
            if stop.requested or (item := next(left, _END)) is _END:
                free.release()  # for one in progress that waits for it
                break
            task = asyncio.create_task(one(cast("Input", item)))
            going.add(task)
            task.add_done_callback(going.discard)
    except asyncio.CancelledError:
        for task in going:
            task.cancel()
        raise
    except BaseException as error:  # noqa: BLE001 - of `items`; raised below
        stop.request()
        errors.append(error)
    await asyncio.gather(*going, return_exceptions=True)
    if errors:
        raise errors[0]
