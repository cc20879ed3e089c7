"""Reading a `multipart/related` body: an object's metadata, and its content (RFC 2387).

Cut at the boundary by hand, as in `fakes.multipart`: the content must come through byte for byte.
"""

from __future__ import annotations

import re

__all__ = ["metadata_and_content"]

_BOUNDARY = re.compile(
    r'^multipart/related\s*;.*?\bboundary=(?:"([^"]+)"|\'([^\']+)\'|([^\s;"\']+))', re.IGNORECASE
)
_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]+?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def metadata_and_content(content_type: str, body: bytes) -> tuple[bytes, bytes, str | None]:
    """The metadata (JSON), the content, and the content's type where its part has one.

    Raises:
        ValueError: the body is not of two parts.
    """
    if (declared := _BOUNDARY.match(content_type)) is None:
        raise ValueError("Content-Type must be multipart/related with a boundary.")
    boundary = next(text for text in declared.groups() if text).encode()
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)[1:]
    if len(parts) != 3 or not parts[2].startswith(b"--"):
        raise ValueError(
            "A multipart upload has two parts, metadata and content, and ends with its boundary."
        )
    (_, metadata), (head, content) = (_cut(part) for part in parts[:2])
    found = _TYPE.search(head)
    return metadata, content, found[1].decode("latin-1") if found else None


def _cut(part: bytes) -> tuple[bytes, bytes]:
    """The headers of a part, and its body."""
    head, _, body = part.partition(b"\r\n\r\n")
    return head, body
