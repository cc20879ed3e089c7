"""What answers the requests of an `intercept` block: a world, or a transport."""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Sequence,
)
from typing import Any, NamedTuple, Protocol, cast

import httpx2

from fakes.doors import google_tokens
from fakes.doors.lifting import lifted
from fakes.doors.services import Services
from fakes.doors.threads import in_thread
from fakes.failures import BrokenConnection, FaultKind

__all__ = ["Answered", "Answers", "OfTransport", "OfWorld", "Stream"]

Headers = Iterable[tuple[bytes, bytes]]
Pieces = bytes | Iterable[bytes] | AsyncIterable[bytes]


class Answered(NamedTuple):
    """A response; its body may come piece by piece, to an async client also asynchronously."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: Pieces


class Answers(Protocol):
    """Answers requests, for sync and async clients.

    `patience` is how many seconds the client waits for the response; None: for ever. The URL has no fragment.

    Raises:
        BrokenConnection: there is nobody at the URL, the connection breaks, or the response comes too late.
    """

    @property
    def is_world(self) -> bool:
        """Whether it stands in for the vendors, so that no credentials are needed."""
        ...

    def answer(
        self, method: str, url: str, headers: Headers, body: bytes, patience: float | None
    ) -> Answered:
        """The response to a sync client."""
        ...

    async def aanswer(
        self, method: str, url: str, headers: Headers, body: bytes, patience: float | None
    ) -> Answered:
        """The response to an async client."""
        ...


class OfWorld:
    """The services of a world, and Google's token servers."""

    is_world = True

    def __init__(self, services: Services) -> None:
        self._services = services

    def answer(
        self, method: str, url: str, headers: Headers, body: bytes, patience: float | None
    ) -> Answered:
        """The response of the world."""
        answered = self._services.handle(method, url, headers, body) or google_tokens.answer(method, url)
        if answered is None:
            place = url.partition("://")[2].partition("?")[0]
            raise _Unreachable(
                f"No fake service at {place}; nothing was sent. If one should be there, say so by "
                "intercept(at={...}), or answer by World.route(...); intercept(allow=[...]) lets a host be "
                "reached."
            )
        if patience is not None and answered.delay > patience:
            raise BrokenConnection(FaultKind.SLOW)
        return Answered(answered.status, answered.headers, answered.body)

    async def aanswer(
        self, method: str, url: str, headers: Headers, body: bytes, patience: float | None
    ) -> Answered:
        """The response of the world, which waits for slow models alone."""
        if self._services.are_slow:
            return await in_thread(self.answer, method, url, headers, body, patience)
        return self.answer(method, url, headers, body, patience)


class OfTransport:
    """A transport of httpx2, sync and async. What it does is done as if no block were open."""

    is_world = False

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def answer(
        self, method: str, url: str, headers: Headers, body: bytes, patience: float | None
    ) -> Answered:
        """The response that the transport gives to a sync client."""
        request = _request(method, url, headers, body, patience)
        try:
            with lifted():
                answered = self._transport.handle_request(request)
        except httpx2.TransportError as error:
            raise _broken(error) from error
        return Answered(answered.status_code, answered.headers.raw, _Body(answered))

    async def aanswer(
        self, method: str, url: str, headers: Headers, body: bytes, patience: float | None
    ) -> Answered:
        """The response that the transport gives to an async client."""
        request = _request(method, url, headers, body, patience)
        try:
            with lifted():
                answered = await self._transport.handle_async_request(request)
        except httpx2.TransportError as error:
            raise _broken(error) from error
        return Answered(answered.status_code, answered.headers.raw, _AsyncBody(answered))


class Stream:
    """A body that is sent piece by piece, for sync and async clients of this process.

    `error` gives the exception that the client raises if the connection breaks; without it, that is the
    `BrokenConnection` itself.
    """

    def __init__(self, pieces: Pieces, error: Callable[[BrokenConnection], Exception] | None = None) -> None:
        self._pieces: Any = [pieces] if isinstance(pieces, bytes) else pieces
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except BrokenConnection as broken:
            self._raise(broken)
            raise

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if not hasattr(self._pieces, "__aiter__"):
            for piece in self:
                yield piece
            return
        try:
            async for piece in self._pieces:
                yield piece
        except BrokenConnection as broken:
            self._raise(broken)
            raise

    def close(self) -> None:
        """End a body that is read no further."""
        if hasattr(self._pieces, "close"):
            self._pieces.close()

    async def aclose(self) -> None:
        """End a body that is read no further."""
        if hasattr(self._pieces, "aclose"):
            await self._pieces.aclose()
        self.close()

    def _raise(self, broken: BrokenConnection) -> None:
        if self._error is not None:
            raise self._error(broken) from broken


class _Unreachable(BrokenConnection):
    """There is nobody at a place."""

    def __init__(self, message: str) -> None:
        super().__init__(FaultKind.REFUSED)
        self.args = (message,)


def _request(method: str, url: str, headers: Headers, body: bytes, patience: float | None) -> httpx2.Request:
    waits = dict.fromkeys(("connect", "read", "write", "pool"), patience)
    return httpx2.Request(method, url, headers=list(headers), content=body, extensions={"timeout": waits})


class _Body:
    """The body of a transport's response; to end it ends the response, read or not."""

    def __init__(self, answered: httpx2.Response) -> None:
        self._answered = answered

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from cast("httpx2.SyncByteStream", self._answered.stream)
        except httpx2.TransportError as error:
            raise _broken(error) from error
        finally:
            self.close()

    def close(self) -> None:
        self._answered.close()


class _AsyncBody:
    """As `_Body`, for an async client."""

    def __init__(self, answered: httpx2.Response) -> None:
        self._answered = answered

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in cast("httpx2.AsyncByteStream", self._answered.stream):
                yield piece
        except httpx2.TransportError as error:
            raise _broken(error) from error
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        await self._answered.aclose()


def _broken(error: httpx2.TransportError) -> BrokenConnection:
    """The same failure as the doors know it."""
    made = BrokenConnection(FaultKind.RESET, type(error).__name__)
    made.args = (str(error),)
    return made
