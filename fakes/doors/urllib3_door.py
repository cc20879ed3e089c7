"""The door of urllib3, and so of requests: a connection whose socket is a world.

urllib3 writes and reads HTTP as it does to a server. So its pools, retries, redirects, streams and errors are
its own.
"""

from __future__ import annotations

import errno
import http.client
import io
import socket
import sys
from collections.abc import Callable, Generator
from typing import Any, cast

import h11

from fakes.doors.blocks import Block
from fakes.doors.http1 import Exchange
from fakes.doors.patches import Patch
from fakes.failures import BrokenConnection, FaultKind

__all__ = ["PATCHES", "WorldSocket"]

_TIMEOUTS = ("ReadTimeout", "WriteTimeout", "timeout", "slow")
_BEFORE = {"refused": "NewConnectionError", "ConnectError": "NewConnectionError"} | dict.fromkeys(
    ("ConnectTimeout", "PoolTimeout"), "ConnectTimeoutError"
)
"""What prevents a connection, and the name of urllib3's error."""

_AIM = "_fakes_aim"
"""The attribute of a connection that has the URL of its last request; through a proxy, that is all of it."""


class WorldSocket:
    """As much of a socket as http.client needs for one request."""

    def __init__(self, exchange: Exchange, connection: object) -> None:
        self._exchange, self._connection = exchange, connection
        self._patience: float | None = None

    def sendall(self, data: object) -> None:
        """Takes a part of the request; TypeError where it is no bytes, as of a socket."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"a bytes-like object is required, not {type(data).__name__!r}")
        try:
            self._exchange.feed(bytes(cast("bytes", data)))
        except h11.RemoteProtocolError as error:
            raise OSError(errno.EPROTO, str(error)) from error

    def settimeout(self, timeout: float | None) -> None:
        """Says how long the response may take."""
        self._patience = timeout

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        """The response."""
        return io.BufferedReader(_Answer(self._exchange, self._patience, self._connection))

    def ignore(self, *_: object, **__: object) -> None:
        """Does nothing: there is nothing to close or to set."""

    close = shutdown = setsockopt = ignore


class _Answer(io.RawIOBase):
    """The response, made as it is read; its errors are those of a socket, or urllib3's own."""

    def __init__(self, exchange: Exchange, patience: float | None, connection: object) -> None:
        self._exchange, self._patience, self._connection = exchange, patience, connection
        self._pieces: Generator[bytes] | None = None
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        if self._pieces is not None:
            self._pieces.close()
        super().close()

    def readinto(self, buffer: Any, /) -> int:
        while not self._left:
            begun = self._pieces is not None
            try:
                if self._pieces is None:
                    self._pieces = self._exchange.response(self._patience)
                piece = next(self._pieces, None)
            except BrokenConnection as broken:
                if begun and broken.kind is FaultKind.TRUNCATED and broken.error is None:
                    return 0
                raise _error(broken, self._connection) from broken
            if piece is None:
                return 0
            self._left = memoryview(piece)
        taken = min(len(buffer), len(self._left))
        buffer[:taken] = self._left[:taken]
        self._left = self._left[taken:]
        return taken


def _connect(block: Block, original: Callable[..., Any], connection: Any) -> Any:
    own = cast("dict[str, Any]", connection.__dict__)
    tunnel: str | None = own["_tunnel_host"]
    port: int | None = own["_tunnel_port"] if tunnel else connection.port
    host: str = tunnel or connection.host
    if _allows(block, connection):
        return original(connection)
    encrypted = bool(tunnel) or issubclass(
        type(connection), cast("Any", sys.modules["urllib3.connection"]).HTTPSConnection
    )
    scheme, usual = ("https", 443) if encrypted else ("http", 80)
    place = f"[{host}]" if ":" in host else host
    origin = f"{scheme}://{place}" if port in (None, usual) else f"{scheme}://{place}:{port}"
    connection.sock = WorldSocket(Exchange(block, origin), connection)
    connection.is_verified = True  # else urllib3 warns of a connection that no certificate secures
    if connection.proxy:
        own["_has_connected_to_proxy"] = True
        connection.proxy_is_verified = True
    return None


def _allows(block: Block, connection: Any) -> bool:
    """Whether its requests may leave. Through a proxy they are for another host than the connection's."""
    own = cast("dict[str, Any]", connection.__dict__)
    if own["_tunnel_host"]:
        return block.allows(own["_tunnel_host"], own["_tunnel_port"])
    if connection.proxy:
        return block.allows_url(own.get(_AIM, ""))
    return block.allows(connection.host, connection.port)


def _putrequest(
    block: Block,
    original: Callable[..., Any],
    connection: Any,
    method: str,
    url: str,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Begins a request; not on a connection to a server that is open since before the block."""
    connection.__dict__[_AIM] = url
    kept = connection.sock
    remote = isinstance(kept, socket.socket) and kept.family != getattr(socket, "AF_UNIX", None)
    if remote and not _allows(block, connection):
        kept.close()
        connection.sock = None
    return original(connection, method, url, *args, **kwargs)


def _error(broken: BrokenConnection, connection: Any) -> Exception:
    """What a socket raises when a connection breaks in this way, or urllib3 where it makes one."""
    name, said = broken.error or str(broken.kind), str(broken)
    if name in _BEFORE:
        return getattr(sys.modules["urllib3.exceptions"], _BEFORE[name])(connection, said)
    if name in _TIMEOUTS:
        return TimeoutError(said)
    if name in ("truncated", "RemoteProtocolError"):
        return http.client.RemoteDisconnected(said)
    return ConnectionResetError(errno.ECONNRESET, said)


PATCHES = (
    Patch("urllib3.connection", "HTTPConnection.connect", _connect),
    Patch("urllib3.connection", "HTTPSConnection.connect", _connect),
    Patch("urllib3.connection", "HTTPConnection.putrequest", _putrequest),
)
