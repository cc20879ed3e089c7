"""httpx2 and httpx: two packages whose clients, requests and streams are alike, but not the same classes.

A client takes what belongs to its own package alone: a stream of the other one ends in an AssertionError
without a word.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any, Protocol

import httpx2

__all__ = ["HttpxKind", "Pieces", "kind_of_request", "kind_of_transport", "sent_by"]

_NAMES = ("httpx2", "httpx")


class Pieces(Protocol):
    """A body that comes piece by piece, sync or async.

    `close` and `aclose` are called by the client when it wants no more of it.
    """

    def __iter__(self) -> Iterator[bytes]: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    def close(self) -> None:
        """End it, read or not."""

    async def aclose(self) -> None:
        """End it, read or not."""


class HttpxKind:
    """One of the two packages, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.package: Any = importlib.import_module(name)
        streams = (self.package.SyncByteStream, self.package.AsyncByteStream)
        self._stream: Any = type("Stream", streams, {"__init__": _keep, **_FORWARDED})

    def request(self, given: Any, body: bytes) -> Any:
        """A request of the other package, as one of this."""
        if kind_of_request(given) is self:
            return given
        sent = {"headers": given.headers.raw, "content": body, "extensions": given.extensions}
        return self.package.Request(given.method, str(given.url), **sent)

    def response(self, status: int, headers: object, body: Pieces | bytes, extensions: dict[str, Any]) -> Any:
        """A response whose body comes in pieces, or at once."""
        made = self.package.ByteStream(body) if isinstance(body, bytes) else self._stream(body)
        return self.package.Response(status, headers=headers, stream=made, extensions=extensions)

    def error(self, name: str, message: str, request: Any) -> Exception:
        """The exception of this package with that name; a `ReadError` if there is none."""
        found = getattr(self.package, name, None)
        usual = self.package.TransportError
        kind = found if isinstance(found, type) and issubclass(found, usual) else self.package.ReadError
        return kind(message, request=request)


def kind_of_request(request: object) -> HttpxKind:
    """The package of a client's request."""
    return _kind("httpx2" if isinstance(request, httpx2.Request) else "httpx")


def kind_of_transport(inner: object, asked: HttpxKind) -> HttpxKind:
    """The package of a transport; that of who asks if it is of neither, but has their methods."""
    for name in sorted(_NAMES, key=lambda name: name != asked.name):
        package = _kind(name).package
        if isinstance(inner, package.BaseTransport | package.AsyncBaseTransport):
            return _kind(name)
    return asked


def sent_by(error: BaseException) -> str | None:
    """The name of an exception with which one of the two says that a call failed; None of others."""
    if any(isinstance(error, _kind(name).package.TransportError) for name in _NAMES):
        return type(error).__name__
    return None


@cache
def _kind(name: str) -> HttpxKind:
    return HttpxKind(name)


def _keep(stream: Any, pieces: Pieces) -> None:
    stream.pieces = pieces


def _forwarding(name: str) -> Callable[..., Any]:
    def forwarded(stream: Any) -> Any:
        return getattr(stream.pieces, name)()

    return forwarded


_FORWARDED: dict[str, Any] = {
    name: _forwarding(name) for name in ("__iter__", "__aiter__", "close", "aclose")
}
