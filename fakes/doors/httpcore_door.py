"""The door of httpx2 and httpx: the connection pools of httpcore2 and httpcore."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, cast

import httpcore2

from fakes.doors.blocks import Block
from fakes.doors.patches import Patch
from fakes.doors.services import Stream
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
    return _answer(block, pool, request, b"".join(cast("Iterable[bytes]", request.stream)))


async def _asend(block: Block, original: Callable[..., Awaitable[Any]], pool: object, request: Any) -> Any:
    if block.allows_any and block.allows_url(_address(request.url)):
        return await original(pool, request)
    pieces = [piece async for piece in cast("AsyncIterator[bytes]", request.stream)]
    return _answer(block, pool, request, b"".join(pieces))


def _answer(block: Block, pool: object, request: Any, body: bytes) -> Any:
    core: Any = httpcore2 if isinstance(pool, _POOLS) else sys.modules["httpcore"]
    address = _address(request.url)
    patience = request.extensions.get("timeout", {}).get("read")
    try:
        answered = block.answer(request.method.decode("ascii"), address, request.headers, body, patience)
    except BrokenConnection as broken:
        raise _error(core, broken) from broken
    made = answered.body
    content = made if isinstance(made, bytes) else Stream(made, partial(_error, core))
    return core.Response(answered.status, headers=answered.headers, content=content)


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
