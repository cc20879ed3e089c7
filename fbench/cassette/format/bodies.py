"""Bodies: their canonical form for matching, their layout for readers, and the events in them."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Any

from pydantic_core import from_json, to_json

__all__ = ["canonical", "events_of", "is_json", "key_of", "laid_out", "restored", "without_boundary"]

_BOUNDARY = re.compile(r'(multipart/[\w-]+;.*?boundary=)"?([^";,\s]+)"?', re.IGNORECASE)
_STEADY = "fbench-boundary"
_EVENT_END = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")
_NOT_JSON = object()
_PLAIN = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_LAYOUTS = {
    "compact": json.JSONEncoder(ensure_ascii=False, separators=(",", ":")),
    "spaced": json.JSONEncoder(ensure_ascii=False),
    "compact-ascii": json.JSONEncoder(separators=(",", ":")),
    "spaced-ascii": json.JSONEncoder(),
}
"""The ways in which services write JSON on one line."""

_ODD_COLON = re.compile(rb'": (?<=[\\ \[,{]": )')
"""Where `": ` may stand in JSON but not between name and value: the quote is escaped, or opens a text."""


@lru_cache(256)
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


def laid_out(body: bytes, content_type: str) -> tuple[bytes, str]:
    """A body as it is stored, and the name of its own layout, with which `restored` makes it again.

    JSON on one line is indented, and its characters are not escaped. All else stays as it is, and has no
    layout: what has lines already, and what could not be made again byte for byte (`1.10`, `1e400`, a key
    that is there twice, half a surrogate pair).
    """
    if not body or b"\n" in body or not is_json(content_type) or (value := _parsed(body)) is _NOT_JSON:
        return body, ""
    try:
        shown = to_json(value, indent=2)  # several times as fast as json, which writes some numbers otherwise
        if restored(shown, "compact") == body:
            return shown, "compact"
        text = body.decode()
        layout = next((name for name, each in _LAYOUTS.items() if each.encode(value) == text), "")
        return (json.dumps(value, ensure_ascii=False, indent=2).encode(), layout) if layout else (body, "")
    except UnicodeError:
        return body, ""


def restored(stored: bytes, layout: str) -> bytes:
    """The body that was stored with a layout.

    Raises:
        ValueError: there is no such layout. What is not JSON may raise it too.
    """
    if not layout:
        return stored
    if layout == "compact":
        lines = b"".join(map(bytes.lstrip, stored.split(b"\n")))
        if _ODD_COLON.search(lines) is None:
            return lines.replace(b'": ', b'":')
    if layout not in _LAYOUTS:
        raise ValueError(f"there is no layout {layout!r} of a body")
    return _LAYOUTS[layout].encode(from_json(stored)).encode()


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
