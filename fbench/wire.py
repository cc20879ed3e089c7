"""The network as a transport, with a limit on how long a call may take.

A client with a custom transport ignores the proxy variables, so this transport reads them. The vendors'
clients set time-outs of their own, or none at all (google-genai); here they are replaced by those of `TIMES`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import NamedTuple, cast
from urllib.request import getproxies, proxy_bypass

import httpx2

__all__ = ["TIMES", "CallTimes", "WireTransport"]

MOST_CONNECTIONS = 1000
"""As many as `--concurrency` allows: no request waits for the connection of another, and none is closed and
made anew between two requests."""


class CallTimes(NamedTuple):
    """How long a call may take, in seconds.

    Attributes:
        connect: to make a connection, with its TLS handshake. A service that can be reached takes under one.
        write: to send a piece of a request (64 KiB of a training file, say).
        read: until the next piece of an answer. An answer of at most some hundred tokens is not streamed, and
            a model may think before it, so that nothing comes for a while.
        pool: to wait for a free connection.
        call: for all of a call, with the last byte of its answer. `read` alone does not bound it, as a server
            may send a byte now and then forever. Uploads of training files (some megabytes) take less.
    """

    connect: float = 10.0
    write: float = 60.0
    read: float = 120.0
    pool: float = 60.0
    call: float = 300.0


TIMES = CallTimes()
"""The limits of every call to a live service: of both SDKs, of the bucket's client, of Google's tokens."""


class WireTransport(httpx2.AsyncBaseTransport):
    """HTTP over sockets, through the proxies of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.

    A call that takes longer than `times` allow raises `httpx2.TimeoutException`, whatever its client asked.
    Without `times`, the client's own time-outs hold. Without `keep_alive`, each call has a connection of its
    own, so that the transport may be used in several event loops, and need not be closed in one of them.
    """

    def __init__(self, times: CallTimes | None = TIMES, *, keep_alive: bool = True) -> None:
        self._times = times
        self._proxies = getproxies()
        self._limits = _LIMITS if keep_alive else httpx2.Limits(max_keepalive_connections=0)
        self._direct = httpx2.AsyncHTTPTransport(limits=self._limits)
        self._through: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and return the response, with its body not yet read."""
        if self._times is None:
            return await self._transport(request.url).handle_async_request(request)
        connect, write, read, pool, call = self._times
        until = asyncio.get_running_loop().time() + call
        waits = {"connect": connect, "write": write, "read": read, "pool": pool}
        request.extensions = {**request.extensions, "timeout": waits}
        try:
            async with asyncio.timeout_at(until):
                response = await self._transport(request.url).handle_async_request(request)
        except TimeoutError as error:
            raise _too_long(request, call) from error
        stream = cast("httpx2.AsyncByteStream", response.stream)
        response.stream = _BoundedStream(stream, request, until, call)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in (self._direct, *self._through.values()):
            await transport.aclose()

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncHTTPTransport:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if proxy is None or proxy_bypass(url.host):
            return self._direct
        if proxy not in self._through:
            self._through[proxy] = httpx2.AsyncHTTPTransport(proxy=proxy, limits=self._limits)
        return self._through[proxy]


class _BoundedStream(httpx2.AsyncByteStream):
    """The body of a response, which must have come by a time of the event loop's clock."""

    def __init__(
        self, stream: httpx2.AsyncByteStream, request: httpx2.Request, until: float, call: float
    ) -> None:
        self._stream, self._request, self._until, self._call = stream, request, until, call

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        pieces: AsyncIterator[bytes] = aiter(self._stream)
        while True:
            try:
                async with asyncio.timeout_at(self._until):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise _too_long(self._request, self._call) from error
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def _too_long(request: httpx2.Request, call: float) -> httpx2.ReadTimeout:
    return httpx2.ReadTimeout(f"the call was not answered in full within {call:g} s", request=request)


_LIMITS = httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
