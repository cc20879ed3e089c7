"""An interaction, and the lines of a cassette that hold it.

    - key: 5f0c...                            what the request is found by
      sum: "0000001234 9f86d081884c7d65"      bytes of the whole record, and a hash of all of it but this line
      tag: "people/alice/height"              tells apart requests that are the same on the wire
      request: ...                            as vcrpy writes them
      response: ...

The length lets a reader leap from record to record; the hash tells a torn or altered record from a sound one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from fbench.cassette.format.bodies import canonical, key_of, laid_out
from fbench.cassette.format.scalars import read_bytes, write_bytes, write_text

__all__ = [
    "HEAD",
    "Headers",
    "Interaction",
    "Response",
    "head_of",
    "is_sound",
    "read_interaction",
    "read_response",
    "type_of",
    "written",
]

Headers = tuple[tuple[str, str], ...]

HEAD = 77
"""Bytes of a record's first two lines."""

_HEAD = re.compile(rb'- key: ([0-9a-f]{32})\n  sum: "(\d{10}) [0-9a-f]{16}"\n')
_TEXT = r'"(?:[^"\\]|\\.)*"'
_RESPONSE = re.compile(
    rf"    status: \{{code: (\d+), message: ({_TEXT})\}}\n    headers:(.*?)\n"
    r"    body:\n      string: (.*)\n",
    re.DOTALL,
)
_REQUEST = re.compile(
    rf"  tag: ({_TEXT})\n  request:\n    method: (\S+)\n    uri: ({_TEXT})\n"
    r"    headers:(.*?)\n    body: (.*)\n",
    re.DOTALL,
)
_HEADER = re.compile(r"^      (\S+): (\[.*\])$", re.MULTILINE)
_SIMPLE = re.compile(r'^      ([a-z0-9_-]+): \["([^"\\]*)"\]$', re.MULTILINE)
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_-]*\Z")
"""Names that YAML takes for no other value."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    reason: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request as it may be kept, and its response. Header names are in lower case."""

    method: str
    url: str
    headers: Headers
    body: bytes
    response: Response
    tag: str = ""

    @property
    def content_type(self) -> str:
        """The type of the request's body; empty where none is said."""
        return type_of(self.headers)

    @property
    def key(self) -> str:
        """What the request is found by."""
        return key_of(self.method, self.url, canonical(self.body, self.content_type), self.tag)


def type_of(headers: Headers) -> str:
    """The content type among some headers; empty where there is none."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def written(interaction: Interaction, key: str | None = None) -> bytes:
    """The record of an interaction; `key` where it is known already."""
    key = key or interaction.key
    answered = interaction.response
    body = write_bytes(laid_out(interaction.body, interaction.content_type), 6) if interaction.body else '""'
    rest = (
        f"  tag: {write_text(interaction.tag.replace(chr(10), ' '), 4)}\n"
        f"  request:\n    method: {interaction.method.upper()}\n    uri: {write_text(interaction.url, 4)}\n"
        f"    headers:{_headers(interaction.headers)}\n    body: {body}\n"
        f"  response:\n    status: {{code: {answered.status}, message: {write_text(answered.reason, 4)}}}\n"
        f"    headers:{_headers(answered.headers)}\n    body:\n"
        f"      string: {write_bytes(laid_out(answered.body, type_of(answered.headers)), 8)}\n"
    ).encode()
    first = f"- key: {key}\n".encode()
    return b'%b  sum: "%010d %b"\n%b' % (first, HEAD + len(rest), _hash(first, rest), rest)


def head_of(head: bytes) -> tuple[str, int] | None:
    """Key and length of the record that begins so; None where none does."""
    found = _HEAD.match(head)
    return (found[1].decode("ascii"), int(found[2])) if found else None


def is_sound(record: bytes) -> bool:
    """Whether a record is what was written."""
    return record[59:75] == _hash(record[:40], record[HEAD:])


def read_response(record: bytes) -> Response:
    """The response of a sound record.

    Raises:
        ValueError: it is not laid out as `written` does.
    """
    text = record[record.index(b"\n  response:\n") + 13 :].decode()
    found = _RESPONSE.fullmatch(text)
    if found is None:
        raise ValueError("no response is laid out as fbench does")
    status, reason, headers, body = found.groups()
    return Response(int(status), _unquoted(reason), _read_headers(headers), read_bytes(body, 8))


def read_interaction(record: bytes) -> Interaction:
    """The whole of a sound record.

    Raises:
        ValueError: it is not laid out as `written` does.
    """
    asked = record[HEAD : record.index(b"\n  response:\n") + 1].decode()
    found = _REQUEST.fullmatch(asked)
    if found is None:
        raise ValueError("no request is laid out as fbench does")
    tag, method, url, headers, body = found.groups()
    return Interaction(
        method=method,
        url=json.loads(url),
        headers=_read_headers(headers),
        body=read_bytes(body, 6),
        response=read_response(record),
        tag=json.loads(tag),
    )


def _hash(first: bytes, rest: bytes) -> bytes:
    hashed = hashlib.blake2b(first, digest_size=8)
    hashed.update(rest)
    return hashed.hexdigest().encode("ascii")


def _headers(headers: Iterable[tuple[str, str]]) -> str:
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name, []).append(write_text(value.replace("\n", " "), 6))
    lines = (f"\n      {_name(name)}: [{', '.join(values)}]" for name, values in by_name.items())
    return "".join(lines) or " {}"


def _name(name: str) -> str:
    return name if _PLAIN.match(name) else write_text(name, 6)


def _unquoted(text: str) -> str:
    return json.loads(text) if "\\" in text else text[1:-1]


def _read_headers(lines: str) -> Headers:
    found = _SIMPLE.findall(lines)
    if len(found) == lines.count("\n"):  # as all but the oddest headers are
        return tuple(found)
    return tuple(
        (json.loads(name) if name[0] == '"' else name, value)
        for name, values in _HEADER.findall(lines)
        for value in json.loads(values)
    )
