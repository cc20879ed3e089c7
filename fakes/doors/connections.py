"""Connections of a server: uvicorn's protocol, which cuts off clients that are too slow, and breaks
connections on purpose.

What a client has to do takes as long as it likes at uvicorn: sending the headers of a request, its body, and
reading the answer. Here each has its time, and a body or an answer has more of it the more of it has come
through, at a rate that every honest client on this machine keeps to.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from fakes.failures import FaultKind

__all__ = [
    "PATIENCE",
    "Connection",
    "Disconnected",
    "Listener",
    "Receive",
    "Scope",
    "Send",
    "TooLarge",
    "break_connection",
    "has_gone",
    "read_body",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATIENCE = 600.0
"""Seconds for which a request that gets no answer on purpose is held."""

_HEADERS = 10.0  # seconds for the headers of a request, and for the first request of a connection
_BODY = 20.0  # seconds for the body of a request
_ANSWER = 30.0  # seconds for reading an answer
_RATE = 64 * 1024  # bytes for which a body or an answer has another second
_REST = 10.0  # seconds for the rest of a body that was refused
_SWEEP = 1.0  # seconds between two looks at all connections
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class TooLarge(Exception):
    """A body is larger than is allowed."""


class Disconnected(Exception):
    """The client has gone before its request was complete."""


async def read_body(receive: Receive, most: int) -> bytes:
    """The whole body of a request.

    Raises:
        TooLarge: it has more than `most` bytes; the rest is not kept.
        Disconnected: the client has gone.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Disconnected
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise TooLarge
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces) if len(pieces) > 1 else piece


def has_gone(scope: Scope) -> bool:
    """Whether the client is not there any more."""
    transport = Connection.transports.get(tuple(scope["client"]))
    return transport is None or transport.is_closing()


async def break_connection(scope: Scope, kind: FaultKind) -> None:
    """Breaks the connection with a reset; where no answer is to come, once the client has given up."""
    transport = Connection.transports.get(tuple(scope["client"]))
    if transport is None:
        return
    if kind is FaultKind.TIMEOUT:
        waited = 0.0
        while waited < PATIENCE and not transport.is_closing():
            await asyncio.sleep(0.05)
            waited += 0.05
    raw = transport.get_extra_info("socket")
    if raw is not None and not transport.is_closing():
        # zero seconds of linger: closing sends RST in place of FIN
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class _Corked:
    """A transport that sends at once what is written in one step of the loop: headers and body of an answer
    in one packet, as one system call is half the cost of a short answer.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []
        for name in ("is_closing", "get_extra_info", "pause_reading", "resume_reading", "is_reading"):
            setattr(self, name, getattr(transport, name))

    def write(self, data: bytes) -> None:
        if data:
            if not self._waiting:
                self._loop.call_soon(self._flush)
            self._waiting.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        self._waiting.clear()
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()

    def _flush(self) -> None:
        if self._waiting:
            data = self._waiting[0] if len(self._waiting) == 1 else b"".join(self._waiting)
            self._waiting.clear()
            self._transport.write(data)


class Connection(H11Protocol):
    """One connection. `transports` are those of all, by the client's address."""

    transports: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 - one table for all connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        """Begins to count the time."""
        corked: Any = _Corked(transport, self.loop)
        super().connection_made(corked)
        self._begun: float | None = self.loop.time()
        self._received = 0
        self._stuck: tuple[float, int] | None = None
        self.transports[transport.get_extra_info("peername")] = corked

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        self.transports.pop(self.transport.get_extra_info("peername"), None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what comes of a request."""
        if self._begun is None:
            self._begun = self.loop.time()
        self._received += len(data)
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Counts the next request anew, and what is left of this one's body."""
        self._begun, self._received = None, 0
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read as fast as is written."""
        self._stuck = self.loop.time(), self.transport.get_write_buffer_size()
        super().pause_writing()

    def resume_writing(self) -> None:
        """The client has read nearly all."""
        self._stuck = None
        super().resume_writing()

    def cut_off_when_slow(self, now: float) -> None:
        """Ends the connection where the client has used up its time."""
        if self._stuck is not None:
            since, size = self._stuck
            read = size - self.transport.get_write_buffer_size()
            if now - since > _ANSWER + read / _RATE:
                self.transport.abort()
        elif not self.transport.is_closing() and self._late(now):
            if not self._answering():
                self.transport.write(_TOO_SLOW)
            self.transport.close()

    def _answering(self) -> bool:
        """Whether a request has come that is not answered yet."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # uvicorn leaves out the None
        return cycle is not None and not cycle.response_complete

    def _late(self, now: float) -> bool:
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            if self._begun is None:
                self._begun = now
            limit = _BODY + self._received / _RATE if self._answering() else _REST
            return now - self._begun > limit
        # what is left of an idle connection's time is uvicorn's to count, until something comes
        return state is h11.IDLE and self._begun is not None and now - self._begun > _HEADERS


class Listener(uvicorn.Server):
    """uvicorn's server, which says where it is once it accepts connections, and watches those."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept connections."""
        await super().startup(sockets)
        if self.started:
            self._sweep(asyncio.get_running_loop())
            self._ready(self.servers[0].sockets[0].getsockname()[1])

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        for each in list(self.server_state.connections):
            if isinstance(each, Connection):
                each.cut_off_when_slow(loop.time())
        loop.call_later(_SWEEP, self._sweep, loop)
