"""Bodies: their canonical form for matching, their layout for readers, and the events in them."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from pydantic_core import from_json

__all__ = ["canonical", "events_of", "is_json", "key_of", "pretty", "without_boundary"]

_BOUNDARY = re.compile(r'(multipart/[\w-]+;.*?boundary=)"?([^";,\s]+)"?', re.IGNORECASE)
_STEADY = "fbench-boundary"
_EVENT_END = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")
_NOT_JSON = object()
_PLAIN = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def is_json(content_type: str) -> bool:
    """Whether a body of this type is one JSON value: JSON lines are not."""
    media = content_type.partition(";")[0].strip().lower()
    return media == "application/json" or media.endswith("+json")


def without_boundary(content_type: str, body: bytes) -> tuple[str, bytes]:
    """A multipart body and its type with a fixed boundary in place of the random one; others unchanged."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        return content_type, body
    steady = _BOUNDARY.sub(rf"\g<1>{_STEADY}", content_type)
    return steady, body.replace(found[2].encode(), _STEADY.encode())


def canonical(body: bytes, content_type: str) -> bytes:
    """A body without irrelevant differences: white space and the order of keys in JSON."""
    if body and is_json(content_type) and (value := _parsed(body)) is not _NOT_JSON:
        return _PLAIN.encode(value).encode(errors="surrogatepass")
    return body


def pretty(body: bytes, content_type: str) -> bytes:
    """A body as it is stored: JSON on one line is indented, and its characters are not escaped.

    JSON that already has a layout keeps it, and so does JSON that cannot be encoded as text, such as half a
    surrogate pair.
    """
    if b"\n" in body.strip() or not is_json(content_type) or (value := _parsed(body)) is _NOT_JSON:
        return body
    try:
        return json.dumps(value, ensure_ascii=False, indent=2).encode()
    except UnicodeEncodeError:
        return body


def key_of(method: str, url: str, body: bytes, tag: str) -> str:
    """What identifies a request: 32 hexadecimal digits over method, URL, canonical body and tag."""
    hashed = hashlib.blake2b(
        f"{method.upper()}\n{url}\n{tag}\n".encode(errors="surrogatepass"), digest_size=16
    )
    hashed.update(body)
    return hashed.hexdigest()


def events_of(body: bytes) -> list[bytes]:
    """The pieces of a stream of server-sent events, each with the empty line that ends it."""
    return [piece for piece in _EVENT_END.split(body) if piece]


def _parsed(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        return _NOT_JSON
