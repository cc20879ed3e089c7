"""A transport with a cassette between a client and its service. Nothing is patched."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import httpx2

from fbench.cassette.cassette import Cassette
from fbench.cassette.format.bodies import events_of
from fbench.cassette.format.interaction import NO_ANSWER, Failure, RecordedResponse, type_of
from fbench.cassette.httpx_kinds import HttpxKind, Pieces, kind_of_request, kind_of_transport, sent_by
from fbench.cassette.keyed_request import KeyedRequest

__all__ = ["CassetteSource", "CassetteTransport"]

_LEFT = Failure("ReadError", "the client that was recorded read no more of this body")
_WITHOUT_BODY = (204, 304)
_DONE = b"data: [DONE]\n\n"
"""How OpenAI ends a stream: its client reads no further."""


class CassetteSource(Protocol):
    """Several cassettes, of which the current task uses one; see `fbench.cassette.Library`."""

    def cassette(self) -> Cassette:
        """The cassette for the requests of the current task."""
        ...


class CassetteTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Replays recorded requests, and sends and records others, as the mode of the cassette allows.

    Serves the clients of httpx2 and of httpx, sync and async.

    Args:
        recordings: a cassette, or a source of cassettes.
        inner: sends requests that are not recorded, a transport of either package; in mode `none` it is never
            used, and may be left out.
        around: makes the context in which `inner` is called.

    A response is passed on while it comes, and recorded when all of it has come. A call that failed (a
    time-out, a refused connection, a body cut midway) is recorded too, and replayed as that, unless the
    cassette `asks_again`.

    Raises:
        TypeError: at the first call: the client is sync and `inner` is async, or the other way round.
    """

    def __init__(
        self,
        recordings: Cassette | CassetteSource,
        inner: object = None,
        *,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._recordings, self._around = recordings, around
        self._inner: Any = inner

    def handle_request(self, request: Any) -> Any:
        """The recorded response, or the service's."""
        call = _Call(self._cassette(), request, request.read())
        if call.played is not None:
            return call.replayed(call.played)
        send = self._method("handle_request", "sync", "async")
        try:
            with self._around():
                answered = send(call.sent_to(self._inner))
        except Exception as error:
            call.failed(error)
            raise
        return call.passed_on(answered)

    async def handle_async_request(self, request: Any) -> Any:
        """The recorded response, or the service's."""
        call = _Call(self._cassette(), request, await request.aread())
        if call.played is not None:
            return call.replayed(call.played)
        send = self._method("handle_async_request", "async", "sync")
        try:
            with self._around():
                answered = await send(call.sent_to(self._inner))
        except Exception as error:
            call.failed(error)
            raise
        return call.passed_on(answered)

    def close(self) -> None:
        """Close the inner transport. The recordings are closed by their owner."""
        if hasattr(self._inner, "close"):
            self._inner.close()

    async def aclose(self) -> None:
        """Close the inner transport. The recordings are closed by their owner."""
        if hasattr(self._inner, "aclose"):
            await self._inner.aclose()

    def _cassette(self) -> Cassette:
        return self._recordings if isinstance(self._recordings, Cassette) else self._recordings.cassette()

    def _method(self, name: str, asked: str, other: str) -> Callable[[Any], Any]:
        if self._inner is None:
            raise TypeError(
                "CassetteTransport: the request is not recorded, and there is no inner transport to send it: "
                "give one, such as httpx2.HTTPTransport()."
            )
        found = getattr(self._inner, name, None)
        if found is None:
            raise TypeError(
                f"CassetteTransport: the client is {asked}, and its inner transport, "
                f"{type(self._inner).__name__}, is {other}: give one that is {asked}."
            )
        return found


class _Call:
    """One request, on its way to its response."""

    def __init__(self, cassette: Cassette, request: Any, body: bytes) -> None:
        self._cassette, self._request, self._body = cassette, request, body
        self._kind: HttpxKind = kind_of_request(request)
        kind, encoding = (request.headers.get(name, "") for name in ("content-type", "content-encoding"))
        url = str(request.url)
        self._keyed: KeyedRequest = cassette.ask(request.method, url, kind, body, encoding=encoding)
        self.played = cassette.play(self._keyed)

    def replayed(self, played: RecordedResponse) -> Any:
        """The recorded response.

        Raises:
            TransportError: of the client's package, if the recorded call failed.
        """
        if played.failure is not None and played.status == NO_ANSWER:
            raise self._error(played.failure)
        extensions = {"reason_phrase": played.reason.encode()} if played.reason else {}
        in_pieces = played.failure is not None or type_of(played.headers).startswith("text/event-stream")
        body = _Replayed(played, self._error) if in_pieces else played.body
        return self._kind.response(played.status, list(played.headers), body, extensions)

    def sent_to(self, inner: object) -> Any:
        """The request as the inner transport takes it."""
        return kind_of_transport(inner, self._kind).request(self._request, self._body)

    def passed_on(self, answered: Any) -> Any:
        """The response of the inner transport, which is recorded while the client reads it."""
        return self._kind.response(
            answered.status_code, answered.headers.raw, _Passing(answered, self), answered.extensions
        )

    def has_no_body(self, answered: Any) -> bool:
        """Whether no body comes with this response, whatever its headers say."""
        return self._request.method == "HEAD" or answered.status_code in _WITHOUT_BODY

    def failed(self, error: Exception, answered: Any = None, body: bytes = b"") -> None:
        """Record how the call failed, unless it is an error of another kind.

        Raises:
            TransportError: of the client's package, if `error` is that of the other one.
        """
        if (name := sent_by(error)) is None:
            return
        failure = Failure(name, str(error))
        if not self._cassette.asks_again:
            self.record(answered, body, failure)
        if not isinstance(error, self._kind.package.TransportError):
            raise self._error(failure) from error

    def record(self, answered: Any, body: bytes, failure: Failure | None = None) -> None:
        """Record the response; `answered` is None if there was none."""
        made = RecordedResponse(NO_ANSWER, "no answer", (), b"", failure)
        if answered is not None:
            headers = tuple(answered.headers.multi_items())
            made = RecordedResponse(answered.status_code, answered.reason_phrase, headers, body, failure)
        self._cassette.record(self._keyed, self._request.headers.multi_items(), made)

    def left(self, answered: Any, body: bytes) -> None:
        """Record what had come of a body when the client wanted no more of it, which may be all of it."""
        if body.endswith(_DONE):
            self.record(answered, body)
        elif not self._cassette.asks_again:
            self.record(answered, body, _LEFT)

    def _error(self, failure: Failure) -> Exception:
        return self._kind.error(failure.error, failure.message, self._request)


class _Replayed(Pieces):
    """A recorded body; server-sent events come one by one, as from the service."""

    def __init__(self, played: RecordedResponse, error: Callable[[Failure], Exception]) -> None:
        self._played, self._error = played, error

    def __iter__(self) -> Iterator[bytes]:
        body = self._played.body
        events = type_of(self._played.headers).startswith("text/event-stream")
        yield from events_of(body) if events else [body]
        if self._played.failure is not None:
            raise self._error(self._played.failure)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class _Passing(Pieces):
    """The body of a response, recorded when it has ended, in whatever way.

    Its pieces are those of the network, not decoded. A body whose length is known is recorded before its end
    is passed on, because a client asks for no more then, and may close the cassette. A body of which a task
    was cancelled is not recorded.
    """

    def __init__(self, answered: Any, call: _Call) -> None:
        self._answered, self._call = answered, call
        self._length = "0" if call.has_no_body(answered) else answered.headers.get("content-length")
        self._pieces: list[bytes] = []
        self._size = 0
        self._open = True
        self._end_at_length()

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._answered.stream:
                yield self._came(piece)
        except Exception as error:
            self._broken(error)
            raise
        self._ended()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answered.stream:
                yield self._came(piece)
        except asyncio.CancelledError:
            self._open = False
            raise
        except Exception as error:
            self._broken(error)
            raise
        self._ended()

    def close(self) -> None:
        self._answered.close()
        self._leave()

    async def aclose(self) -> None:
        await self._answered.aclose()
        self._leave()

    def _came(self, piece: bytes) -> bytes:
        self._pieces.append(piece)
        self._size += len(piece)
        self._end_at_length()
        return piece

    def _end_at_length(self) -> None:
        if self._length == str(self._size):
            self._ended()

    def _ended(self) -> None:
        if self._open:
            self._open = False
            self._call.record(self._answered, b"".join(self._pieces))

    def _broken(self, error: Exception) -> None:
        self._open = False
        self._call.failed(error, self._answered, b"".join(self._pieces))

    def _leave(self) -> None:
        if self._open:
            self._open = False
            self._call.left(self._answered, b"".join(self._pieces))
