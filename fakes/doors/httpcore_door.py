"""The door of httpx2 and httpx: the connection pools of httpcore2 and httpcore."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, cast

import httpcore2

from fakes.doors.answers import Answered, Headers, Stream
from fakes.doors.blocks import Block
from fakes.doors.patches import Patch
from fakes.failures import BrokenConnection, FaultKind

__all__ = ["PATCHES"]

_ERRORS = {
    FaultKind.REFUSED: "ConnectError",
    FaultKind.TIMEOUT: "ReadTimeout",
    FaultKind.SLOW: "ReadTimeout",
    FaultKind.TRUNCATED: "RemoteProtocolError",
}
_POOLS = (httpcore2.ConnectionPool, httpcore2.AsyncConnectionPool)


def _send(block: Block, original: Callable[..., Any], pool: object, request: Any) -> Any:
    if block.allows_any and block.allows_url(_address(request.url)):
        return original(pool, request)
    body, core = b"".join(cast("Iterable[bytes]", request.stream)), _core_of(pool)
    try:
        answered = block.answers.answer(*_asked(request, body))
    except BrokenConnection as broken:
        raise _error(core, broken) from broken
    return _response(core, answered)


async def _asend(block: Block, original: Callable[..., Awaitable[Any]], pool: object, request: Any) -> Any:
    if block.allows_any and block.allows_url(_address(request.url)):
        return await original(pool, request)
    pieces, core = [piece async for piece in cast("AsyncIterator[bytes]", request.stream)], _core_of(pool)
    try:
        answered = await block.answers.aanswer(*_asked(request, b"".join(pieces)))
    except BrokenConnection as broken:
        raise _error(core, broken) from broken
    return _response(core, answered)


def _asked(request: Any, body: bytes) -> tuple[str, str, Headers, bytes, float | None]:
    patience = request.extensions.get("timeout", {}).get("read")
    return request.method.decode("ascii"), _address(request.url), request.headers, body, patience


def _response(core: Any, answered: Answered) -> Any:
    made = answered.body
    content = made if isinstance(made, bytes) else Stream(made, partial(_error, core))
    return core.Response(answered.status, headers=answered.headers, content=content)


def _core_of(pool: object) -> Any:
    return httpcore2 if isinstance(pool, _POOLS) else sys.modules["httpcore"]


def _address(url: Any) -> str:
    host: str = url.host.decode("ascii")
    place = f"[{host}]" if ":" in host else host
    port = f":{url.port}" if url.port else ""
    return f"{url.scheme.decode('ascii')}://{place}{port}{url.target.decode('ascii')}"


def _error(core: Any, broken: BrokenConnection) -> Exception:
    """What the package raises when a connection breaks in this way."""
    usual = getattr(core, _ERRORS.get(broken.kind, "ReadError"))
    return getattr(core, broken.error or "", usual)(str(broken))


PATCHES = tuple(
    each
    for core in ("httpcore2", "httpcore")
    for each in (
        Patch(core, "ConnectionPool.handle_request", _send),
        Patch(core, "AsyncConnectionPool.handle_async_request", _asend, awaited=True),
    )
)
