"""Reading a multipart form, as clients send files.

The body is cut at its boundary (RFC 2046, section 5.1): the standard library's e-mail parser would decode
and re-encode the content, and a file must come through byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

__all__ = ["Part", "parts"]


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form: its content, and the file's name where it is a file."""

    content: bytes
    filename: str | None


def parts(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields of a form by name; empty where the body is no multipart form."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        return {}
    found: dict[str, Part] = {}
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        described = BytesHeaderParser().parsebytes(head)
        name = described.get_param("name", header="content-disposition")
        if isinstance(name, str):
            found[name] = Part(content, described.get_filename())
    return found
