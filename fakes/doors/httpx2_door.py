"""The door of httpx2: its transports.

The pools behind these are a door too (`fakes.doors.httpcore_door`), for what is built on httpcore2 alone. But
to translate requests and responses for them takes a quarter of the time that a call to a fake takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from fakes.doors.answers import Headers
from fakes.doors.blocks import Block
from fakes.doors.patches import Patch
from fakes.doors.transport import error_of, response_of
from fakes.failures import BrokenConnection

__all__ = ["PATCHES"]


def _send(block: Block, original: Callable[..., Any], transport: object, request: httpx2.Request) -> Any:
    if block.allows_any and block.allows_url(str(request.url)):
        return original(transport, request)
    body = request.read()
    try:
        answered = block.answers.answer(*_asked(request, body))
    except BrokenConnection as broken:
        raise error_of(broken, request) from broken
    return response_of(answered, request)


async def _asend(
    block: Block, original: Callable[..., Awaitable[Any]], transport: object, request: httpx2.Request
) -> Any:
    if block.allows_any and block.allows_url(str(request.url)):
        return await original(transport, request)
    body = await request.aread()
    try:
        answered = await block.answers.aanswer(*_asked(request, body))
    except BrokenConnection as broken:
        raise error_of(broken, request) from broken
    return response_of(answered, request)


def _asked(request: httpx2.Request, body: bytes) -> tuple[str, str, Headers, bytes, float | None]:
    patience = request.extensions.get("timeout", {}).get("read")
    return request.method, str(request.url), request.headers.raw, body, patience


PATCHES = (
    Patch("httpx2", "HTTPTransport.handle_request", _send),
    Patch("httpx2", "AsyncHTTPTransport.handle_async_request", _asend, awaited=True),
)
