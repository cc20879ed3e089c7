"""A world as an httpx2 transport, for clients that accept one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx2

from fakes.doors.answers import Answered, Stream
from fakes.doors.services import Services
from fakes.doors.threads import in_thread
from fakes.failures import BrokenConnection, FaultKind
from fakes.routes import Response
from fakes.world import World

__all__ = ["FakeTransport", "error_of", "response_of"]


class FakeTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers in this process, for sync and async clients.

    Args:
        world: the state behind the answers.
        at: further base URLs of a service: `{"https://host/v1": "openai"}`.

    A request to any other host raises `httpx2.ConnectError`, as for an unreachable host.
    """

    def __init__(self, world: World, at: Mapping[str, str] | None = None) -> None:
        self.services = Services(world, at)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response; a streamed body is created while it is read."""
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response; a streamed body is created while it is read."""
        body = await request.aread()
        if self.services.are_slow:
            return await in_thread(self._answer, request, body)
        return self._answer(request, body)

    def _answer(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        try:
            answered = self.services.handle(request.method, str(request.url), request.headers.raw, body)
        except BrokenConnection as broken:
            raise error_of(broken, request) from broken
        if answered is None:
            raise httpx2.ConnectError(
                f"No fake service at {request.url.host}{request.url.path}; nothing was sent.", request=request
            )
        patience = request.extensions.get("timeout", {}).get("read")
        if patience is not None and answered.delay > patience:
            raise httpx2.ReadTimeout("a fault on purpose: slow", request=request)
        return response_of(answered, request)


def response_of(answered: Response | Answered, request: httpx2.Request) -> httpx2.Response:
    """The response as httpx2 has it; a streamed body is made as it is read."""
    made = answered.body
    if isinstance(made, bytes):
        stream = httpx2.ByteStream(made)
    else:
        stream = _Stream(made, partial(error_of, request=request))
    return httpx2.Response(answered.status, headers=answered.headers, stream=stream)


class _Stream(Stream, httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body as an httpx2 stream."""


def error_of(broken: BrokenConnection, request: httpx2.Request) -> httpx2.TransportError:
    """What httpx2 raises when a connection breaks in this way."""
    errors: dict[FaultKind, type[httpx2.TransportError]] = {
        FaultKind.REFUSED: httpx2.ConnectError,
        FaultKind.TIMEOUT: httpx2.ReadTimeout,
        FaultKind.SLOW: httpx2.ReadTimeout,
        FaultKind.TRUNCATED: httpx2.RemoteProtocolError,
    }
    error = getattr(httpx2, broken.error or "", errors.get(broken.kind, httpx2.ReadError))
    return error(str(broken), request=request)
