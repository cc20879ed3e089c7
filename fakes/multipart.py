"""Read multipart bodies: a form with files, and metadata with the content of an object (RFC 2387).

The body is cut at its boundary (RFC 2046, section 5.1): the standard library's e-mail parser would decode
and re-encode the content, but a file must stay unchanged byte for byte. Names are UTF-8 in quotes, with `%22`
for a quote and `%0D`, `%0A` for line ends, as browsers write them
(https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Part", "metadata_and_content", "parts", "without_boundary"]

_BOUNDARY = re.compile(r'^multipart/form-data\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:\s*form-data(.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER = re.compile(rb';\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_RELATED_BOUNDARY = re.compile(
    r'^multipart/related\s*;.*?\bboundary=(?:"([^"]+)"|\'([^\']+)\'|([^\s;"\']+))', re.IGNORECASE
)
_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]+?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ESCAPED = re.compile(r'\\(["\\])|%(22|0D|0A)')


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form: its content, and the file's name if it is a file."""

    content: bytes
    filename: str | None


def parts(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields of a form by name; empty if the body is not a multipart form."""
    found: dict[str, Part] = {}
    if (declared := _BOUNDARY.match(content_type)) is None:
        return found
    boundary = (declared[1] or declared[2]).encode()
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if disposition := _DISPOSITION.search(head):
            named = {key.lower(): _text(value) for key, value in _PARAMETER.findall(disposition[1])}
            if b"name" in named:
                found[named[b"name"]] = Part(content, named.get(b"filename"))
    return found


def without_boundary(content_type: str, body: bytes) -> bytes:
    """A form's body without its boundary, which clients choose at random; any other body unchanged."""
    declared = _BOUNDARY.match(content_type)
    return body.replace((declared[1] or declared[2]).encode(), b"") if declared else body


def _text(quoted: bytes) -> str:
    return _ESCAPED.sub(
        lambda escape: escape[1] or chr(int(escape[2], 16)), quoted.decode("utf-8", "replace")
    )


def metadata_and_content(content_type: str, body: bytes) -> tuple[bytes, bytes, str | None]:
    """The metadata (JSON), the content, and the content's type if its part has one.

    Raises:
        ValueError: the body does not have two parts.
    """
    if (declared := _RELATED_BOUNDARY.match(content_type)) is None:
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
