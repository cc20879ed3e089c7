"""A recorded stream of events, cut at its events again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import httpx2

__all__ = ["Events", "events_of"]

_END = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")


def events_of(body: bytes) -> list[bytes]:
    """The pieces of a stream of server-sent events, each with the empty line that ends it."""
    return [piece for piece in _END.split(body) if piece]


class Events(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A stream that hands out one event after the other, as the service did."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield from events_of(self._body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in events_of(self._body):
            yield event
