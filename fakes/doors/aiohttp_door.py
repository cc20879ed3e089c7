"""The door of aiohttp: a connection whose transport is a world.

aiohttp writes and reads HTTP as it does to a server. So its redirects, cookies, streams and errors are its
own.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
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
        self._answering: asyncio.Task[None] | None = None
        self._closing = False
        self._reads = asyncio.Event()
        self._reads.set()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._answering is not None:
            return
        try:
            reply = self._exchange.feed(bytes(data))
        except h11.RemoteProtocolError as error:
            self._lose(OSError(errno.EPROTO, str(error)))
            return
        if reply:
            self._loop.call_soon(self._protocol.data_received, reply)
        if self._exchange.is_complete:
            self._answering = self._loop.create_task(self._answer())

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._lose(None)
            if self._answering is not None:
                self._answering.cancel()

    abort = close

    def pause_reading(self) -> None:
        self._reads.clear()

    def resume_reading(self) -> None:
        self._reads.set()

    def is_reading(self) -> bool:
        return self._reads.is_set()

    def get_write_buffer_size(self) -> int:
        return 0

    async def _answer(self) -> None:
        try:
            async with aclosing(self._exchange.aresponse(self._patience)) as pieces:
                async for piece in pieces:
                    await self._reads.wait()
                    self._protocol.data_received(piece)
                    await asyncio.sleep(0)  # so that who reads has its turn
        except BrokenConnection as broken:
            self._break(broken)
        except Exception as error:  # noqa: BLE001 - of a user's route: for who asked, not for the loop
            self._protocol.set_exception(error)
        else:
            if not self._closing:
                self._lose(None)

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
