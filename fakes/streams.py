"""A body that is sent piece by piece, for the clients of this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from fakes.faults import Broken

__all__ = ["Stream"]


class Stream:
    """The pieces as they are made, for sync and async clients; `error` says what a break raises there."""

    def __init__(self, pieces: Iterator[bytes], error: Callable[[Broken], Exception]) -> None:
        self._pieces, self._error = pieces, error

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except Broken as broken:
            raise self._error(broken) from broken

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece
