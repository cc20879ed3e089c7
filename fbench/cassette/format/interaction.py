"""An interaction (a request and its response), and its record in a cassette.

    - key: 5f0c...                            identifies the record; a hash of the request and the tag
      sum: "0000001234 9f86d081884c7d65"      length of the record in bytes; a hash of all but this line
      tag: "people/alice/height"              separates requests that are the same on the wire
      request: ...                            as vcrpy writes it
      response: ...                           as vcrpy writes it

The length lets a reader jump from record to record. The hash shows whether a record was damaged or changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from fbench.cassette.format.bodies import canonical, key_of, pretty
from fbench.cassette.format.scalars import read_bytes, write_bytes, write_text

__all__ = [
    "FAILURE",
    "RECORD_HEAD",
    "Headers",
    "Interaction",
    "RecordedResponse",
    "is_failure",
    "is_sound",
    "read_interaction",
    "read_record_head",
    "read_response",
    "type_of",
    "write_record",
]

Headers = tuple[tuple[str, str], ...]

FAILURE = 400
"""The first status of HTTP that says that a request failed."""

RECORD_HEAD = 77
"""The length of a record's first two lines, in bytes."""

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
_STATUS = re.compile(rb"\n  response:\n    status: \{code: (\d+),")
_HEADER = re.compile(r"^      (\S+): (\[.*\])$", re.MULTILINE)
_SIMPLE = re.compile(r'^      ([a-z0-9_-]+): \["([^"\\]*)"\]$', re.MULTILINE)
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_-]*\Z")
"""Names that YAML reads as text without quotes."""


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """A response as it may be stored; its body is not compressed."""

    status: int
    reason: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request as it may be stored, and its response. Header names are in lower case."""

    method: str
    url: str
    headers: Headers
    body: bytes
    response: RecordedResponse
    tag: str = ""

    @property
    def content_type(self) -> str:
        """The type of the request's body; empty if there is none."""
        return type_of(self.headers)

    @property
    def key(self) -> str:
        """The key with which the request is found."""
        return key_of(self.method, self.url, canonical(self.body, self.content_type), self.tag)


def type_of(headers: Headers) -> str:
    """The content type in these headers; empty if there is none."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def write_record(interaction: Interaction, key: str | None = None) -> bytes:
    """The record of an interaction; `key` is computed unless it is given."""
    key = key or interaction.key
    answered = interaction.response
    body = write_bytes(pretty(interaction.body, interaction.content_type), 6) if interaction.body else '""'
    rest = (
        f"  tag: {write_text(interaction.tag.replace(chr(10), ' '), 4)}\n"
        f"  request:\n    method: {interaction.method.upper()}\n    uri: {write_text(interaction.url, 4)}\n"
        f"    headers:{_headers(interaction.headers)}\n    body: {body}\n"
        f"  response:\n    status: {{code: {answered.status}, message: {write_text(answered.reason, 4)}}}\n"
        f"    headers:{_headers(answered.headers)}\n    body:\n"
        f"      string: {write_bytes(pretty(answered.body, type_of(answered.headers)), 8)}\n"
    ).encode()
    first = f"- key: {key}\n".encode()
    return b'%b  sum: "%010d %b"\n%b' % (first, RECORD_HEAD + len(rest), _hash(first, rest), rest)


def read_record_head(head: bytes) -> tuple[str, int] | None:
    """Key and length of the record that begins with these bytes; None if none does."""
    found = _HEAD.match(head)
    return (found[1].decode("ascii"), int(found[2])) if found else None


def is_sound(record: bytes) -> bool:
    """Whether a record is unchanged since it was written."""
    return record[59:75] == _hash(record[:40], record[RECORD_HEAD:])


def is_failure(record: bytes) -> bool:
    """Whether the response of a record is an error of the client or the service."""
    found = _STATUS.search(record)
    return found is not None and int(found[1]) >= FAILURE


def read_response(record: bytes) -> RecordedResponse:
    """The response of a sound record.

    Raises:
        ValueError: it does not have the layout of `write_record`.
    """
    text = record[record.index(b"\n  response:\n") + 13 :].decode()
    found = _RESPONSE.fullmatch(text)
    if found is None:
        raise ValueError("no response is laid out as fbench does")
    status, reason, headers, body = found.groups()
    return RecordedResponse(int(status), _unquoted(reason), _read_headers(headers), read_bytes(body, 8))


def read_interaction(record: bytes) -> Interaction:
    """The complete interaction in a sound record.

    Raises:
        ValueError: it does not have the layout of `write_record`.
    """
    asked = record[RECORD_HEAD : record.index(b"\n  response:\n") + 1].decode()
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
    if len(found) == lines.count("\n"):  # true for all but very unusual headers
        return tuple(found)
    return tuple(
        (json.loads(name) if name[0] == '"' else name, value)
        for name, values in _HEADER.findall(lines)
        for value in json.loads(values)
    )
