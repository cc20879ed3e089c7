"""A request and its response as bytes of HTTP/1.1, for clients whose connections stay in this process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from http import HTTPStatus

import h11

from fakes.doors.answers import Answered, Headers, Stream
from fakes.doors.blocks import Block
from fakes.failures import BrokenConnection, FaultKind

__all__ = ["Exchange"]

_HOP = (b"transfer-encoding", b"connection", b"keep-alive")
_LARGEST_HEAD = 1 << 20


class Exchange:
    """What a client writes to a connection, and what a world answers to it; one request a connection.

    Args:
        block: whose world answers.
        origin: scheme, host and port that the client connected to, such as `https://api.openai.com`.
    """

    def __init__(self, block: Block, origin: str) -> None:
        self._block, self._origin = block, origin
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
        self._request: h11.Request | None = None
        self._body: list[bytes] = []
        self.is_complete = False

    def feed(self, data: bytes) -> bytes:
        """Takes what the client sends; returns what it waits for before it sends more, mostly nothing.

        Raises:
            h11.RemoteProtocolError: it is not HTTP/1.1.
        """
        self._parser.receive_data(data)
        while not self.is_complete:
            event = self._parser.next_event()
            if isinstance(event, h11.Request):
                self._request = event
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.is_complete = True
            else:
                break
        if self._parser.they_are_waiting_for_100_continue:
            return self._parser.send(h11.InformationalResponse(status_code=100, headers=[])) or b""
        return b""

    def response(self, patience: float | None) -> Generator[bytes]:
        """The pieces of the response, made as they are read; the first is the head.

        Args:
            patience: how many seconds the client waits for the response; None: for ever.

        Raises:
            BrokenConnection: a fault breaks the connection, at once or between two pieces; or the
                request is not complete.
        """
        asked = self._asked(patience)
        answered = self._block.answers.answer(*asked)
        has_body = _has_body(asked[0], answered)
        head, is_chunked = _head(answered, has_body=has_body)
        body = Stream(answered.body)
        try:
            yield head
            for piece in body:
                if piece and has_body:
                    yield _framed(piece) if is_chunked else piece
        finally:
            body.close()
        if is_chunked:
            yield _END

    async def aresponse(self, patience: float | None) -> AsyncGenerator[bytes]:
        """The pieces of the response for an async client; like `response`."""
        asked = self._asked(patience)
        answered = await self._block.answers.aanswer(*asked)
        has_body = _has_body(asked[0], answered)
        head, is_chunked = _head(answered, has_body=has_body)
        body = Stream(answered.body)
        try:
            yield head
            async for piece in body:
                if piece and has_body:
                    yield _framed(piece) if is_chunked else piece
        finally:
            await body.aclose()
        if is_chunked:
            yield _END

    def _asked(self, patience: float | None) -> tuple[str, str, Headers, bytes, float | None]:
        request = self._request
        if request is None or not self.is_complete:
            raise BrokenConnection(FaultKind.TIMEOUT)  # as a server that waits for the rest
        method, target = request.method.decode("ascii"), request.target.decode("latin-1")
        url = target if "://" in target.partition("?")[0] else self._origin + target
        return method, url, list(request.headers), b"".join(self._body), patience


_END = b"0\r\n\r\n"


def _has_body(method: str, answered: Answered) -> bool:
    return method != "HEAD" and answered.status not in (204, 304)


def _framed(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def _head(answered: Answered, *, has_body: bool) -> tuple[bytes, bool]:
    """The head of the response, and whether its body is sent in chunks."""
    headers = [(name, value) for name, value in answered.headers if name.lower() not in _HOP]
    is_chunked = has_body and not any(name.lower() == b"content-length" for name, _ in headers)
    if is_chunked and isinstance(answered.body, bytes):
        headers.append((b"content-length", b"%d" % len(answered.body)))
        is_chunked = False
    elif is_chunked:
        headers.append((b"transfer-encoding", b"chunked"))
    headers.append((b"connection", b"close"))  # so that no client keeps what answers only in this block
    line = b"HTTP/1.1 %d %s\r\n" % (answered.status, _reason(answered.status))
    return line + b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n", is_chunked


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b"Unknown"
