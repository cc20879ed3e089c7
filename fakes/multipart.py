"""Reading multipart bodies: a form with files, and metadata with the content of an object (RFC 2387).

The body is cut at its boundary (RFC 2046, section 5.1): the standard library's e-mail parser would decode
and re-encode the content, and a file must come through byte for byte. Names are UTF-8 in quotes, with `%22`
for a quote and `%0D`, `%0A` for line ends, as browsers write them
(https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Part", "Piece", "metadata_and_content", "parts", "pieces", "without_boundary"]

_BOUNDARY = re.compile(r'^multipart/form-data\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:\s*form-data(.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER = re.compile(rb';\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_OTHER_BOUNDARY = re.compile(
    r'^(multipart/\w+)\s*;.*?\bboundary=(?:"([^"]+)"|\'([^\']+)\'|([^\s;"\']+))', re.IGNORECASE
)
_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]+?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ESCAPED = re.compile(r'\\(["\\])|%(22|0D|0A)')


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form: its content, and the file's name where it is a file."""

    content: bytes
    filename: str | None


def parts(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields of a form by name; empty where the body is no multipart form."""
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
    """A form's body without its boundary, which clients draw at random; any other body as it is."""
    declared = _BOUNDARY.match(content_type)
    return body.replace((declared[1] or declared[2]).encode(), b"") if declared else body


def _text(quoted: bytes) -> str:
    return _ESCAPED.sub(
        lambda escape: escape[1] or chr(int(escape[2], 16)), quoted.decode("utf-8", "replace")
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a multipart body that is no form: its headers as they came, and its content."""

    head: bytes
    content: bytes

    @property
    def content_type(self) -> str | None:
        """The type of the content; None where it is not said."""
        found = _TYPE.search(self.head)
        return found[1].decode("latin-1") if found else None


def pieces(kind: str, content_type: str, body: bytes) -> list[Piece]:
    """The parts of a body of that kind, such as `multipart/mixed`.

    Lines end with CR LF, or in all of the body with LF alone, as some clients write them.

    Raises:
        ValueError: it is of no such kind, or does not end with its boundary.
    """
    declared = _OTHER_BOUNDARY.match(content_type)
    if declared is None or declared[1].lower() != kind:
        raise ValueError(f"Content-Type must be {kind} with a boundary.")
    boundary = next(text for text in declared.groups()[1:] if text).encode()
    end = _line_end(body, boundary)
    # a boundary is a whole line, but for blanks
    cut = re.compile(rb"(?:\A|%b)--%b(--)?[ \t]*(?:%b|\Z)" % (end, re.escape(boundary), end))
    found: list[Piece] = []
    start: int | None = None
    at = 0
    while match := cut.search(body, at):
        if start is not None:
            head, _, content = (end + body[start : match.start()]).partition(end + end)
            found.append(Piece(head, content))
        if match[1]:
            return found
        start = match.end()
        at = start - len(end)  # the end of this line may be the one before the next boundary
    raise ValueError(f"A {kind} body ends with its boundary.")


def _line_end(body: bytes, boundary: bytes) -> bytes:
    """How the line of the first boundary ends."""
    at = body.find(b"--" + boundary)
    line = body[at:].partition(b"\n")[0] if at >= 0 else b"\r"
    return b"\r\n" if line.endswith(b"\r") else b"\n"


def metadata_and_content(content_type: str, body: bytes) -> tuple[bytes, bytes, str | None]:
    """The metadata (JSON), the content, and the content's type where its part has one.

    Raises:
        ValueError: the body is not of two parts.
    """
    found = pieces("multipart/related", content_type, body)
    if len(found) != 2:
        raise ValueError("A multipart upload has two parts, metadata and content.")
    return found[0].content, found[1].content, found[1].content_type
