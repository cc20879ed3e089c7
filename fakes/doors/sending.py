"""How a server sends an answer: after its delay, and a stream piece by piece, each when it is due."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from fakes.doors.connections import PATIENCE, Scope, Send, has_gone
from fakes.doors.threads import in_thread
from fakes.routes import Response

__all__ = ["readdress", "send_answer"]


def readdress(answered: Response, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Points an upload's further requests to this server: the services do not know its address."""
    host = dict(headers).get(b"host", b"").decode("latin-1")
    for index, (name, where) in enumerate(answered.headers):
        if name in (b"location", b"x-goog-upload-url"):
            path = where.decode("ascii").split("://", 1)[-1].partition("/")[2]
            answered.headers[index] = name, f"http://{host}/google/{path}".encode("ascii")


async def send_answer(scope: Scope, send: Send, answered: Response, more: list[tuple[bytes, bytes]]) -> None:
    """Sends an answer with some more headers. BrokenConnection: a fault breaks it between two pieces."""
    if answered.delay:
        await asyncio.sleep(min(answered.delay, PATIENCE))
    headers = answered.headers + more
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})
    body = answered.body
    if isinstance(body, bytes):
        await send({"type": "http.response.body", "body": body})
        return
    while (piece := await in_thread(next, body, None) if answered.slow else next(body, None)) is not None:
        if answered.slow and has_gone(scope):
            return  # and what is not sent need not be made
        if answered.due is not None:
            await asyncio.sleep(max(0.0, begun + answered.due(piece) - loop.time()))
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b""})
