"""Batches: several requests in one (https://docs.cloud.google.com/storage/docs/batch)."""

from __future__ import annotations

import re
from collections.abc import Callable
from http.client import responses

import httpx

from fakes.multipart import Piece, pieces
from fakes.routes import Call, Response, Result, Routes, request_of
from fakes.storage.errors import emulated, invalid
from fakes.storage.parameters import operation

__all__ = ["mount"]

_MOST = 100
_BOUNDARY = "batch_fakes"
_LINE = re.compile(rb"([A-Z]+) +(?:https?://[^/ ]+)?(/[^ ]*)(?: +HTTP/1\.[01])?")


def mount(routes: Routes) -> None:
    """Adds the route of batches, which calls the others."""
    routes.add("POST", "/batch/storage/v1", operation("batch", lambda call: _batch(call, routes.handle)))


def _batch(call: Call, handle: Callable[[httpx.Request], Response]) -> Result:
    try:
        parts = pieces("multipart/mixed", call.request.headers.get("content-type", ""), call.body)
    except ValueError as bad:
        raise invalid(str(bad)) from None
    if len(parts) > _MOST:
        raise invalid(f"The batch has {len(parts)} requests, and at most {_MOST} are taken.")
    requests = [_request(part, call.request) for part in parts]
    answers = [_answer(part, handle(request)) for part, request in zip(parts, requests, strict=True)]
    body = b"".join(b"--%s\r\n%s\r\n" % (_BOUNDARY.encode(), answer) for answer in answers)
    kind = f"multipart/mixed; boundary={_BOUNDARY}".encode()
    return Result(body + b"--%s--\r\n" % _BOUNDARY.encode(), headers=((b"content-type", kind),))


def _request(part: Piece, outer: httpx.Request) -> httpx.Request:
    """The request in a part; what it does not say of the caller, the batch says."""
    line, _, rest = part.content.replace(b"\r\n", b"\n").partition(b"\n")
    found = _LINE.fullmatch(line.strip())
    if part.content_type != "application/http" or found is None:
        raise invalid("A part of a batch must be application/http, and begin with a request line.")
    head, _, body = rest.partition(b"\n\n") if not rest.startswith(b"\n") else (b"", b"", rest[1:])
    given = [tuple(each.partition(b":")[::2]) for each in head.split(b"\n") if b":" in each]
    headers = [(name.strip().lower(), value.strip()) for name, value in given]
    named = {name for name, _ in headers}
    headers += [
        (name, value)
        for name, value in outer.headers.raw
        if name.lower() in (b"authorization", b"host") and name.lower() not in named
    ]
    prefix, path = (emulated(outer) or "").rstrip("/"), found[2].decode("latin-1")
    path = path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
    if not path.startswith("/storage/v1/") or "alt=media" in path:
        raise invalid("A batch takes neither uploads, nor downloads, nor other batches.")
    # a client ends a body with a line feed of its own
    made = request_of(found[1].decode(), "https://service" + path, headers, body.strip())
    made.extensions["place"] = outer.extensions.get("place", "https://storage.googleapis.com")
    return made


def _answer(part: Piece, response: Response) -> bytes:
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    name = re.search(rb"^content-id:\s*<?([^>\r\n]*)>?", part.head, re.IGNORECASE | re.MULTILINE)
    lines = [b"Content-Type: application/http"]
    if name:
        lines.append(b"Content-ID: <response-%s>" % name[1])
    phrase = responses.get(response.status, "")
    lines += [b"", b"HTTP/1.1 %d %s" % (response.status, phrase.encode())]
    lines += [b"%s: %s" % pair for pair in response.headers]
    return b"\r\n".join([*lines, b"", body])
