"""A cassette between a client and its service, as an httpx2 transport. Nothing is patched."""

from __future__ import annotations

from typing import Any, Protocol

import httpx2

from fbench.cassette.cassette import Asked, Cassette
from fbench.cassette.format.events import Events
from fbench.cassette.format.interaction import Headers, Response

__all__ = ["CassetteTransport", "Shelf"]


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

    A response is recorded when all of it has arrived; an error of the connection is not recorded.
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
        cassette = self._cassette()
        asked = _ask(cassette, request, request.read())
        if (played := cassette.play(asked)) is not None:
            return _replayed(played)
        answered: Any = self._inner.handle_request(request)
        try:
            content = b"".join(answered.stream)  # as it came, even where a handler has read it already
        finally:
            answered.close()
        return _recorded(cassette, asked, request, answered, content)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the service's."""
        cassette = self._cassette()
        asked = _ask(cassette, request, await request.aread())
        if (played := cassette.play(asked)) is not None:
            return _replayed(played)
        answered: Any = await self._inner.handle_async_request(request)
        try:
            content = b"".join([piece async for piece in answered.stream])
        finally:
            await answered.aclose()
        return _recorded(cassette, asked, request, answered, content)

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


def _ask(cassette: Cassette, request: httpx2.Request, body: bytes) -> Asked:
    return cassette.ask(request.method, str(request.url), request.headers.get("content-type", ""), body)


def _replayed(response: Response) -> httpx2.Response:
    extensions = {"reason_phrase": response.reason.encode()} if response.reason else {}
    stream = _stream(response.headers, response.body)
    return httpx2.Response(
        response.status, headers=list(response.headers), stream=stream, extensions=extensions
    )


def _recorded(
    cassette: Cassette, asked: Asked, request: httpx2.Request, answered: httpx2.Response, content: bytes
) -> httpx2.Response:
    """Keeps what came back, and makes it readable again."""
    headers = tuple(answered.headers.multi_items())
    response = Response(answered.status_code, answered.reason_phrase, headers, content)
    cassette.record(asked, request.headers.multi_items(), response)
    stream, raw = _stream(headers, content), answered.headers.raw
    return httpx2.Response(answered.status_code, headers=raw, stream=stream, extensions=answered.extensions)


def _stream(headers: Headers, body: bytes) -> httpx2.ByteStream | Events:
    """The body, a stream of events in its pieces."""
    for name, value in headers:
        if name.lower() == "content-type" and value.startswith("text/event-stream"):
            return Events(body)
    return httpx2.ByteStream(body)
