"""The door of aiohttp: a connection whose transport is a world.

aiohttp writes and reads HTTP as it does to a server. So its redirects, cookies, streams and errors are its
own.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import h11

from fakes.doors.blocks import Block
from fakes.doors.http1 import Exchange
from fakes.doors.patches import Patch
from fakes.failures import BrokenConnection

__all__ = ["PATCHES"]

_READ_TIMEOUTS = ("ReadTimeout", "WriteTimeout", "timeout", "slow")
_CONNECT_TIMEOUTS = ("ConnectTimeout", "PoolTimeout")


class _WorldTransport(asyncio.Transport):
    """Answers one request of an aiohttp connection."""

    def __init__(self, exchange: Exchange, protocol: Any, patience: float | None, key: object) -> None:
        super().__init__()
        self._exchange, self._protocol, self._patience, self._key = exchange, protocol, patience, key
        self._loop = asyncio.get_running_loop()
        self._pieces: Iterator[bytes] | None = None
        self._asked = self._closing = self._paused = self._waiting = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._asked:
            return
        try:
            reply = self._exchange.feed(bytes(data))
        except h11.RemoteProtocolError as error:
            self._lose(OSError(errno.EPROTO, str(error)))
            return
        if reply:
            self._loop.call_soon(self._protocol.data_received, reply)
        if self._exchange.is_complete:
            self._asked = True
            self._next()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._lose(None)

    abort = close

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        if self._waiting:
            self._next()

    def is_reading(self) -> bool:
        return not self._paused

    def get_write_buffer_size(self) -> int:
        return 0

    def _next(self) -> None:
        """Sends the next piece of the response soon."""
        self._waiting = False
        self._loop.call_soon(self._send)

    def _send(self) -> None:
        if self._closing:
            return
        if self._paused:
            self._waiting = True
            return
        try:
            if self._pieces is None:
                self._pieces = self._exchange.response(self._patience)
            piece = next(self._pieces, None)
        except BrokenConnection as broken:
            self._break(broken)
        except Exception as error:  # noqa: BLE001 - of a user's route: for who asked, not for the loop
            self._protocol.set_exception(error)
        else:
            if piece is None:
                self._lose(None)
            else:
                self._protocol.data_received(piece)
                self._next()

    def _break(self, broken: BrokenConnection) -> None:
        client = importlib.import_module("aiohttp")
        name, said = broken.error or str(broken.kind), str(broken)
        if name in ("refused", "ConnectError"):
            cause = ConnectionRefusedError(errno.ECONNREFUSED, said)
            self._protocol.set_exception(client.ClientConnectorError(self._key, cause))
        elif name in _CONNECT_TIMEOUTS:
            self._protocol.set_exception(client.ConnectionTimeoutError(said))
        elif name in _READ_TIMEOUTS:
            self._protocol._on_read_timeout()  # noqa: SLF001 - what aiohttp's own timer calls
        elif name in ("truncated", "RemoteProtocolError"):
            self._lose(None)
        else:
            self._lose(ConnectionResetError(errno.ECONNRESET, said))

    def _lose(self, error: Exception | None) -> None:
        self._closing = True
        self._loop.call_soon(self._protocol.connection_lost, error)


async def _connect(  # noqa: PLR0917 - aiohttp's
    block: Block,
    original: Callable[..., Awaitable[Any]],
    connector: Any,
    request: Any,
    traces: Any,
    timeout: Any,  # noqa: ASYNC109 - aiohttp's
) -> Any:
    url = request.url
    if block.allows(url.raw_host, url.port):
        return await original(connector, request, traces, timeout)
    loop = asyncio.get_running_loop()
    protocol = importlib.import_module("aiohttp.client_proto").ResponseHandler(loop)
    limits = [limit for limit in (timeout.sock_read, timeout.total) if limit]
    key = request.connection_key
    exchange = Exchange(block, str(url.origin()))
    transport = _WorldTransport(exchange, protocol, min(limits, default=None), key)
    protocol.connection_made(transport)
    return importlib.import_module("aiohttp.connector").Connection(connector, key, protocol, loop)


PATCHES = (Patch("aiohttp.connector", "BaseConnector.connect", _connect, awaited=True),)
