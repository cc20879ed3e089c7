"""An httpx2 transport with a cassette between a client and its service. Nothing is patched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

import httpx2

from fbench.cassette.cassette import Cassette, KeyedRequest
from fbench.cassette.format.bodies import events_of
from fbench.cassette.format.interaction import Headers, RecordedResponse

__all__ = ["CassetteSource", "CassetteTransport"]


class CassetteSource(Protocol):
    """Several cassettes, of which the current task uses one; see `fbench.cassette.Library`."""

    def cassette(self) -> Cassette:
        """The cassette for the requests of the current task."""
        ...


class CassetteTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Replays recorded requests, and sends and records others, as the mode of the cassette allows.

    Args:
        recordings: a cassette, or a source of cassettes.
        inner: sends requests that are not recorded; in mode `none` it is never used, and may be left out.

    A response is recorded when it has arrived completely. Connection failures are not recorded.
    """

    def __init__(
        self,
        recordings: Cassette | CassetteSource,
        inner: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._recordings = recordings
        self._inner: Any = inner

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the service's."""
        cassette = self._cassette()
        keyed = _keyed(cassette, request, request.read())
        if (played := cassette.play(keyed)) is not None:
            return _replayed(played)
        answered: Any = self._inner.handle_request(request)
        try:
            content = b"".join(answered.stream)  # not decoded, even if a handler has read it already
        finally:
            answered.close()
        return _recorded(cassette, keyed, request, answered, content)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or the service's."""
        cassette = self._cassette()
        keyed = _keyed(cassette, request, await request.aread())
        if (played := cassette.play(keyed)) is not None:
            return _replayed(played)
        answered: Any = await self._inner.handle_async_request(request)
        try:
            content = b"".join([piece async for piece in answered.stream])
        finally:
            await answered.aclose()
        return _recorded(cassette, keyed, request, answered, content)

    def close(self) -> None:
        """Close the inner transport. The recordings are closed by their owner."""
        if self._inner is not None:
            self._inner.close()

    async def aclose(self) -> None:
        """Close the inner transport. The recordings are closed by their owner."""
        if self._inner is not None:
            await self._inner.aclose()

    def _cassette(self) -> Cassette:
        return self._recordings if isinstance(self._recordings, Cassette) else self._recordings.cassette()


def _keyed(cassette: Cassette, request: httpx2.Request, body: bytes) -> KeyedRequest:
    return cassette.ask(request.method, str(request.url), request.headers.get("content-type", ""), body)


def _replayed(response: RecordedResponse) -> httpx2.Response:
    extensions = {"reason_phrase": response.reason.encode()} if response.reason else {}
    stream = _stream(response.headers, response.body)
    return httpx2.Response(
        response.status, headers=list(response.headers), stream=stream, extensions=extensions
    )


def _recorded(
    cassette: Cassette,
    keyed: KeyedRequest,
    request: httpx2.Request,
    answered: httpx2.Response,
    content: bytes,
) -> httpx2.Response:
    """Record a response, and return it in a form that can be read again."""
    headers = tuple(answered.headers.multi_items())
    response = RecordedResponse(answered.status_code, answered.reason_phrase, headers, content)
    cassette.record(keyed, request.headers.multi_items(), response)
    stream, raw = _stream(headers, content), answered.headers.raw
    return httpx2.Response(answered.status_code, headers=raw, stream=stream, extensions=answered.extensions)


def _stream(headers: Headers, body: bytes) -> httpx2.ByteStream | _Events:
    """A body as a stream; server-sent events are yielded one by one."""
    for name, value in headers:
        if name.lower() == "content-type" and value.startswith("text/event-stream"):
            return _Events(body)
    return httpx2.ByteStream(body)


class _Events(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A stream of server-sent events that yields them one by one, as the service did."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield from events_of(self._body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in events_of(self._body):
            yield event
