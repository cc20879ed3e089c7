"""What cannot be served is refused: sockets and look-ups of other clients, gRPC, and libraries in C."""

from __future__ import annotations

import errno
import http.client
import re
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from ipaddress import ip_address
from types import FrameType
from typing import Any, NoReturn, cast

from fakes.doors.blocks import Block, meant, resolving
from fakes.doors.patches import Patch, is_patched

__all__ = ["PATCHES", "RefusedConnection", "RefusedLookup", "watch_sockets"]

_SERVED = "httpx2, httpx, requests, urllib3 or aiohttp"
_PLUMBING = (
    "socket",
    "_socket",
    "ssl",
    "asyncio",
    "threading",
    "concurrent",
    "selectors",
    "contextlib",
    "fakes",
)
"""Modules that work for a client, and are not named where it can be."""

_ABSOLUTE = re.compile(r"https?://(?:[^/?#]*@)?([^/?#]+)", re.IGNORECASE)
"""The URL of a request that a proxy passes on, and its host and port."""


class RefusedConnection(ConnectionRefusedError):
    """A client that is not served tried to connect. Clients see what an unreachable host would raise."""

    def __init__(self, message: str) -> None:
        super().__init__(errno.ECONNREFUSED, message)


class RefusedLookup(socket.gaierror):
    """A client that is not served tried to resolve the name of a host."""

    def __init__(self, message: str) -> None:
        super().__init__(socket.EAI_FAIL, message)


def watch_sockets() -> None:
    """From now on, watches what this process does with sockets, and refuses it while a block is open.

    It listens to the interpreter's audit events (PEP 578), which nothing in Python goes around and which
    cannot be taken back. Code in C that makes system calls of its own raises none.
    """
    if not _watching:
        _watching.append(True)
        sys.addaudithook(_watch)


_watching: list[bool] = []


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if event in _CONNECTING and (block := meant()) is not None:
        _check_address(block, args[0], args[1])
    elif event in _RESOLVING and (block := meant()) is not None:
        _check_name(block, args[0])


_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVING = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)


def _check_address(block: Block, connection: socket.socket, address: Any) -> None:
    if address is None:  # a datagram on a connection that there is already
        return
    if connection.family == getattr(socket, "AF_UNIX", None) or _is_pair():
        return
    host, port = cast("tuple[object, object]", address[:2] if isinstance(address, tuple) else (address, None))
    if not block.allows(host, port):
        raise RefusedConnection(_told("connect to", host if port is None else f"{host}:{port}", host))


def _check_name(block: Block, asked: Any, client: str = "") -> None:
    host = cast("object", asked[0] if isinstance(asked, tuple) else asked)
    if not resolving() and not _is_local(host) and not block.knows(host):
        raise RefusedLookup(_told("look up", _text(host), _text(host), client))


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)


def _is_local(host: object) -> bool:
    """Whether nobody is asked to resolve this: a server of one's own does it when it begins to listen."""
    if host is None or (name := _text(host)) in ("", "localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _connect(block: Block, original: Callable[..., Any], connection: Any, address: Any) -> Any:
    _check_address(block, connection, address)
    return original(connection, address)


def _send_to(block: Block, original: Callable[..., Any], connection: Any, *args: Any) -> Any:
    if len(args) > 1:
        _check_address(block, connection, args[-1])
    return original(connection, *args)


def _resolve(block: Block, original: Callable[..., Any], host: Any, *args: Any, **kwargs: Any) -> Any:
    _check_name(block, host)
    return original(host, *args, **kwargs)


def _is_pair() -> bool:
    """Whether `socket.socketpair` connects its ends: over loopback, where the system has no such pairs."""
    return any(
        name == "socket" and frame.f_code.co_name in ("socketpair", "_fallback_socketpair")
        for frame, name in _frames()
    )


def _told(tried: str, place: object, host: object, client: str = "") -> str:
    return (
        f"{client or _client()} tried to {tried} {place} while fakes.intercept is open; nothing was sent. "
        f"Use a client that is served ({_SERVED}), or start the fakes on a port (fakes.doors.server.serve, "
        "`fbench serve`). A host that the program must reach, such as this port's, is named by "
        f"intercept(allow=[{str(host)!r}])."
    )


def _client() -> str:
    """The library on whose behalf this is done; `socket` where it is the caller's own code."""
    plumbing, found = "socket", ""
    for frame, name in _frames():
        top = name.partition(".")[0]
        if not _is_library(frame, top):
            break
        if top in _PLUMBING:
            plumbing = "asyncio" if top == "asyncio" else plumbing
            continue
        if found not in ("", "http.client", name):
            break
        found = name if top in sys.stdlib_module_names else top
    return found or plumbing


def _frames() -> Iterator[tuple[FrameType, str]]:
    frame = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the only way to the callers' modules without reading source
    while frame is not None:
        yield frame, str(frame.f_globals.get("__name__", ""))
        frame = frame.f_back


def _is_library(frame: FrameType, top: str) -> bool:
    return top in sys.stdlib_module_names or top == "fakes" or "site-packages" in frame.f_code.co_filename


def _http_client_send(
    block: Block, original: Callable[..., Any], connection: Any, *args: Any, **kwargs: Any
) -> Any:
    """Refuses http.client itself, also on a connection that is open since before the block.

    What is built on it goes on: urllib3, whose own door it is, and connections over a Unix socket.
    """
    kept, connect = connection.sock, cast("Any", type(connection)).connect
    plain = connect in (http.client.HTTPConnection.connect, http.client.HTTPSConnection.connect)
    remote = isinstance(kept, socket.socket) and kept.family != getattr(socket, "AF_UNIX", None)
    if (remote or (kept is None and plain)) and not is_patched(connect):
        host, port = connection.host, connection.port
        if not block.allows(host, port):
            raise RefusedConnection(_told("send to", f"{host}:{port}", host))
    return original(connection, *args, **kwargs)


def _http_client_request(
    block: Block,
    original: Callable[..., Any],
    connection: Any,
    method: str,
    url: str,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Refuses what goes through a proxy to a host that may not be reached, though the proxy may be."""
    host, port = connection._tunnel_host, connection._tunnel_port  # noqa: SLF001 - told nowhere else
    place, allowed = f"{host}:{port}" if host else "", host and block.allows(host, port)
    if not host and (found := _ABSOLUTE.match(url)):
        place, allowed = found[1], block.allows_url(url)
    if place and not allowed and not is_patched(cast("Any", type(connection)).connect):
        raise RefusedConnection(_told("send to", place, place))
    return original(connection, method, url, *args, **kwargs)


async def _uvloop_connection(
    block: Block, original: Callable[..., Awaitable[Any]], loop: Any, factory: Any, *args: Any, **kwargs: Any
) -> Any:
    host = kwargs.get("host", args[0] if args else None)
    port = kwargs.get("port", args[1] if len(args) > 1 else None)
    _check_uvloop(block, host, port)
    return await original(loop, factory, *args, **kwargs)


async def _uvloop_datagrams(
    block: Block, original: Callable[..., Awaitable[Any]], loop: Any, factory: Any, *args: Any, **kwargs: Any
) -> Any:
    _check_uvloop(block, *(kwargs.get("remote_addr", args[1] if len(args) > 1 else None) or (None, None))[:2])
    return await original(loop, factory, *args, **kwargs)


def _check_uvloop(block: Block, host: Any, port: Any) -> None:
    if host is not None and not block.allows(host, port):
        raise RefusedConnection(_told("connect to", f"{host}:{port}", host, "uvloop"))


async def _uvloop_lookup(
    block: Block, original: Callable[..., Awaitable[Any]], loop: Any, host: Any, *args: Any, **kwargs: Any
) -> Any:
    _check_name(block, host, "uvloop")
    return await original(loop, host, *args, **kwargs)


def _curl(_block: Block, _original: object, *_: object, **__: object) -> NoReturn:
    raise RefusedConnection(_told("send with", "libcurl", "HOST", "curl_cffi"))


def _grpc_channel(block: Block, original: Callable[..., Any], target: str, *args: Any, **kwargs: Any) -> Any:
    if _grpc_allowed(block, target):
        return original(target, *args, **kwargs)
    raise _grpc_error(target)


def _grpc_call(block: Block, original: Callable[..., Any], call: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuses a call on a channel that is open since before the block."""
    target = _grpc_target(call)
    if _grpc_allowed(block, target):
        return original(call, *args, **kwargs)
    raise _grpc_error(target)


def _grpc_target(call: Any) -> str:
    target = getattr(getattr(call, "_channel", None), "target", None)
    return _text(target()) if callable(target) else ""


def _grpc_allowed(block: Block, target: str) -> bool:
    host, _, port = target.rpartition("///")[2].rpartition("/")[2].rpartition(":")
    return target.startswith(("unix:", "unix-abstract:")) or block.allows(
        host, int(port) if port.isdigit() else None
    )


def _grpc_error(target: str) -> Exception:
    """An error of gRPC that nobody retries."""
    grpc: Any = sys.modules["grpc"]
    place = target or "a server"
    message = (
        f"gRPC tried to call {place} while fakes.intercept is open; nothing was sent. The fakes "
        'speak no gRPC: tell the client to use REST (transport="rest"; vertexai.init(api_transport="rest")).'
    )

    class RefusedCall(grpc.RpcError):
        def code(self) -> object:
            return grpc.StatusCode.FAILED_PRECONDITION

        def details(self) -> str:
            return message

        def trailing_metadata(self) -> tuple[()]:
            return ()

        initial_metadata = trailing_metadata

    return RefusedCall(message)


_GRPC_CALLS = (
    "_UnaryUnaryMultiCallable._blocking",
    "_UnaryUnaryMultiCallable.future",
    "_SingleThreadedUnaryStreamMultiCallable.__call__",
    "_UnaryStreamMultiCallable.__call__",
    "_StreamUnaryMultiCallable._blocking",
    "_StreamUnaryMultiCallable.future",
    "_StreamStreamMultiCallable.__call__",
)

_SOCKETS = (
    Patch("socket", "socket.connect", _connect),
    Patch("socket", "socket.connect_ex", _connect),
    Patch("socket", "socket.sendto", _send_to),
    *(
        Patch("socket", name, _resolve)
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo")
    ),
)
"""What the audit hook would refuse too: so that another one, of a test suite that keeps off the network, does
not come first and say less."""

PATCHES = (
    *_SOCKETS,
    Patch("http.client", "HTTPConnection.send", _http_client_send),
    Patch("http.client", "HTTPConnection.putrequest", _http_client_request),
    *(
        Patch(module, name, _grpc_channel)
        for module in ("grpc", "grpc.aio")
        for name in ("insecure_channel", "secure_channel")
    ),
    *(Patch("grpc._channel", name, _grpc_call) for name in _GRPC_CALLS),
    *(
        Patch("grpc.aio._channel", f"{kind}MultiCallable.__call__", _grpc_call)
        for kind in ("UnaryUnary", "UnaryStream", "StreamUnary", "StreamStream")
    ),
    Patch("uvloop", "Loop.create_connection", _uvloop_connection, awaited=True),
    Patch("uvloop", "Loop.create_datagram_endpoint", _uvloop_datagrams, awaited=True),
    Patch("uvloop", "Loop.getaddrinfo", _uvloop_lookup, awaited=True),
    Patch("curl_cffi.curl", "Curl.perform", _curl),
    Patch("curl_cffi.aio", "AsyncCurl.add_handle", _curl),
)
