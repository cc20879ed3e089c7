"""The responses that faults make: errors, and answers that are cut off or garbled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from fakes.failures import BrokenConnection, Fault, FaultKind
from fakes.routes import Response, respond
from fakes.service_names import OPENAI_WIRE

__all__ = ["damaged", "fault_response"]


def fault_response(fault: Fault, service: str) -> Response:
    """The error response of a `status` fault."""
    if fault.body is None:
        name = _NAMES.get(fault.status, "UNKNOWN" if fault.status < 500 else "INTERNAL")
        message = f"A fault on purpose: HTTP {fault.status}."
        if service in OPENAI_WIRE:
            kind = _OPENAI_TYPES.get(fault.status, "server_error")
            body: object = {"error": {"message": message, "type": kind, "param": None, "code": None}}
        elif service == "storage":
            error = {"message": message, "domain": "global", "reason": name.lower()}
            body = {"error": {"code": fault.status, "message": message, "errors": [error]}}
        else:
            body = {"error": {"code": fault.status, "message": message, "status": name}}
    else:
        body = fault.body
    headers = ((name.encode(), value.encode()) for name, value in fault.headers.items())
    return respond(fault.status, body, headers)


def damaged(fault: Fault, response: Response) -> Response:
    """The response after a `truncated` or `garbled` fault."""
    body = response.body
    if isinstance(body, bytes):
        half = len(body) // 2
        pieces, after = iter([body[:half], body[half:]]), None
    else:
        pieces, after = body, fault.after
    damage = _truncated if fault.kind is FaultKind.TRUNCATED else _garbled
    return replace(response, body=damage(pieces, after), unserved=False)


def _truncated(pieces: Iterator[bytes], after: int | None) -> Iterator[bytes]:
    """The first pieces; then the connection breaks."""
    yield from islice(pieces, 1 if after is None else after)
    raise BrokenConnection(FaultKind.TRUNCATED)


def _garbled(pieces: Iterator[bytes], after: int | None) -> Iterator[bytes]:
    """After the first pieces, every letter e and every opening brace becomes another byte."""
    yield from islice(pieces, after or 0)
    yield from (piece.translate(_WRONG) for piece in pieces)


_WRONG = bytes.maketrans(b"e{", b"\x15\x15")
_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_OPENAI_TYPES = {400: "invalid_request_error", 401: "invalid_request_error", 429: "requests"}
