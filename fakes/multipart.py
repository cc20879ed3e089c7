"""Read multipart bodies: a form with files, and metadata with the content of an object (RFC 2387).

The body is cut at its boundary (RFC 2046, section 5.1): the standard library's e-mail parser would decode
and re-encode the content, but a file must stay unchanged byte for byte. Names are UTF-8 in quotes, with `%22`
for a quote and `%0D`, `%0A` for line ends, as browsers write them
(https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Part", "Piece", "metadata_and_content", "parts", "pieces", "without_boundary"]

_BOUNDARY = re.compile(r'^multipart/form-data\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:\s*form-data(.*)$", re.IGNORECASE | re.MULTILINE)
_PARAMETER = re.compile(rb';\s*(name|filename)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_OTHER_BOUNDARY = re.compile(
    r'^(multipart/\w+)\s*;.*?\bboundary=(?:"([^"]+)"|\'([^\']+)\'|([^\s;"\']+))', re.IGNORECASE
)
_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]+?)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LONGEST_BLANKS = 80  # that a mail gateway may put behind a boundary
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
    spans = list(_spans(body, (declared[1] or declared[2]).encode(), b"\r\n"))
    for start, end in spans:
        head, content = _cut(body, start, end, b"\r\n")
        if disposition := _DISPOSITION.search(head):
            named = {key.lower(): _text(value) for key, value in _PARAMETER.findall(disposition[1])}
            if b"name" in named:
                found[named[b"name"]] = Part(content, named.get(b"filename"))
    return found


def without_boundary(content_type: str, body: bytes) -> Iterator[memoryview]:
    """A form's body in pieces without its boundary, which clients draw at random; any other body as it is."""
    declared = _BOUNDARY.match(content_type)
    boundary = (declared[1] or declared[2]).encode() if declared else b""
    view, start = memoryview(body), 0
    while boundary and (at := body.find(boundary, start)) >= 0:
        yield view[start:at]
        start = at + len(boundary)
    yield view[start:]


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
    at = body.find(b"--" + boundary)
    line = body[at : body.find(b"\n", at)] if at >= 0 else b""
    end = b"\r\n" if line.endswith(b"\r") or b"\n" not in body else b"\n"
    spans = list(_spans(body, boundary, end))
    if not spans or not body.startswith(b"--", spans[-1][1] + len(end) + 2 + len(boundary)):
        raise ValueError(f"A {kind} body has parts, and ends with its boundary.")
    return [Piece(*_cut(body, *span, end)) for span in spans]


def _spans(body: bytes, boundary: bytes, end: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts of a body begin and end: between lines that begin with the boundary."""
    mark = b"--" + boundary
    at = 0 if body.startswith(mark) else _next(body, mark, end, 0)
    while at >= 0 and not body.startswith(b"--", start := at + len(mark)):
        at = _next(body, mark, end, start)
        if at >= 0:
            yield start, at - len(end)


def _next(body: bytes, mark: bytes, end: bytes, start: int) -> int:
    """Where the next line begins that is the boundary, or the last one; -1 where there is none."""
    while (found := body.find(end + mark, start)) >= 0:
        start = found + len(end) + len(mark)
        rest = body[start : start + _LONGEST_BLANKS].lstrip(b" \t")
        if not rest or rest.startswith((end, b"--")):
            return found + len(end)
    return -1


def _cut(body: bytes, start: int, stop: int, end: bytes) -> tuple[bytes, bytes]:
    """The headers of a part, and its content. It begins with what is left of the boundary's line."""
    if (blank := body.find(end + end, start, stop)) < 0:
        return body[start:stop], b""
    return body[start:blank], body[blank + 2 * len(end) : stop]


def metadata_and_content(content_type: str, body: bytes) -> tuple[bytes, bytes, str | None]:
    """The metadata (JSON), the content, and the content's type if its part has one.

    Raises:
        ValueError: the body does not have two parts.
    """
    found = pieces("multipart/related", content_type, body)
    if len(found) != 2:
        raise ValueError("A multipart upload has two parts, metadata and content.")
    return found[0].content, found[1].content, found[1].content_type
