"""A cassette between a client and its service, as an httpx2 transport. Nothing is patched."""

from __future__ import annotations

from typing import Any, Protocol

import httpx2
from vcr.stubs import httpx_stubs

from fbench.cassette.events import Events
from fbench.cassette.indexed import Cassette

__all__ = ["CassetteTransport", "Shelf"]

_stubs: Any = httpx_stubs


class Shelf(Protocol):
    """Where the cassette of the current request is taken from."""

    def cassette(self) -> Cassette:
        """The cassette that the current task's requests belong to."""
        ...


class CassetteTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Plays what is recorded, and sends on and records what is not, as the cassette's mode allows.

    Args:
        recordings: a cassette, or a shelf of them.
        inner: carries what is not recorded; in mode `none` it is never asked, and may be left out.
    """

    def __init__(
        self,
        recordings: Cassette | Shelf,
        inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._recordings = recordings
        self._inner: Any = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the service's."""
        return _in_events(_stubs._vcr_handle_request(self._cassette(), self._send, self, request, httpx2))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the service's."""
        answered = await _stubs._vcr_handle_async_request(self._cassette(), self._asend, self, request, httpx2)
        return _in_events(answered)

    def close(self) -> None:
        """Closes the inner transport; the recordings are closed by whom opened them."""
        if self._inner is not None:
            self._inner.close()

    async def aclose(self) -> None:
        """Closes the inner transport; the recordings are closed by whom opened them."""
        if self._inner is not None:
            await self._inner.aclose()

    def _cassette(self) -> Cassette:
        return self._recordings if isinstance(self._recordings, Cassette) else self._recordings.cassette()

    def _send(self, _: object, request: httpx2.Request) -> httpx2.Response:
        return self._inner.handle_request(request)

    async def _asend(self, _: object, request: httpx2.Request) -> httpx2.Response:
        return await self._inner.handle_async_request(request)


def _in_events(response: httpx2.Response) -> httpx2.Response:
    """The response, its stream of events in pieces again where it is one: the stub made one piece of it."""
    stream = response.stream
    if response.headers.get("content-type", "").startswith("text/event-stream") and isinstance(
        stream, httpx2.ByteStream
    ):
        response.stream = Events(b"".join(stream))
    return response
