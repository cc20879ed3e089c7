"""An interaction (a request and its response), and its record in a cassette.

    - key: 5f0c...                            identifies the record; a hash of the request and the tag
      sum: "0000001234 9f86d081884c7d65"      length of the record in bytes; a hash of all but this line
      tag: "people/alice/height"              separates requests that are the same on the wire
      asked: 2-12                             while recording: the 12th request of the 2nd process
      request: ...                            as vcrpy writes it
      response: ...                           as vcrpy writes it, and:
        failure: {error: ReadTimeout, message: "..."}   how the call failed before or within the body
        body:
          layout: compact                     the body's own layout, if it was laid out for readers

The length lets a reader jump from record to record. The hash shows whether a record was damaged or changed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from fbench.cassette.format.bodies import canonical, key_of, laid_out, restored
from fbench.cassette.format.scalars import read_bytes, write_bytes, write_text

__all__ = [
    "FAILURE",
    "NO_ANSWER",
    "RECORD_HEAD",
    "Failure",
    "Headers",
    "Interaction",
    "RecordedResponse",
    "RequestNumber",
    "asked_of",
    "is_failure",
    "is_sound",
    "read_interaction",
    "read_record_head",
    "read_response",
    "type_of",
    "without_asked",
    "write_record",
]

Headers = tuple[tuple[str, str], ...]

FAILURE = 400
"""The first status of HTTP that says that a request failed."""

RECORD_HEAD = 77
"""The length of a record's first two lines, in bytes."""

NO_ANSWER = 599
"""The status of a record without a response, for readers that know no failures."""

_HEAD = re.compile(rb'- key: ([0-9a-f]{32})\n  sum: "(\d{10}) [0-9a-f]{16}"\n')
_TEXT = r'"(?:[^"\\]|\\.)*"'
_RESPONSE_FORM = (
    rf"    status: \{{code: (\d+), message: ({_TEXT})\}}\n"
    rf"(?:    failure: \{{error: (\w+), message: ({_TEXT})\}}\n)?    headers:(.*?)\n"
    r"    body:\n(?:      layout: ([a-z-]+)\n)?      string: "
)
_RESPONSE = re.compile(_RESPONSE_FORM.encode(), re.DOTALL)
_REQUEST = re.compile(
    rf"  tag: ({_TEXT})\n(?:  asked: \d+-\d+\n)?  request:\n    method: (\S+)\n    uri: ({_TEXT})\n"
    r"    headers:(.*?)\n    body: (.*)\n",
    re.DOTALL,
)
_ASKED = re.compile(rb"(  tag: [^\n]*\n)  asked: (\d+)-(\d+)\n")
_STATUS = re.compile(rb"\n  response:\n    status: \{code: (\d+),")
_HEADER = re.compile(r"^      (\S+): (\[.*\])$", re.MULTILINE)
_SIMPLE = re.compile(r'^      ([a-z0-9_-]+): \["([^"\\]*)"\]$', re.MULTILINE)
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z][a-z0-9_-]*\Z")
"""Names that YAML reads as text without quotes."""


class RequestNumber(NamedTuple):
    """When a request was asked: in which process that made the recording, and as which of its requests."""

    session: int = -1
    number: int = -1


class Failure(NamedTuple):
    """How a call failed: the name of httpx2's exception, such as `ReadTimeout`, and its message."""

    error: str
    message: str


class RecordedResponse(NamedTuple):
    """A response as it may be stored; its body is not compressed.

    With a `failure` the body is what had come before it. If there was no response at all, the status is
    `NO_ANSWER`.
    """

    status: int
    reason: str
    headers: Headers
    body: bytes
    failure: Failure | None = None


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


def write_record(
    interaction: Interaction, key: str | None = None, *, asked: RequestNumber | None = None
) -> bytes:
    """The record of an interaction; `key` is computed unless it is given.

    `asked` is when its request was asked, while a recording goes on.
    """
    key = key or interaction.key
    answered, failure = interaction.response, interaction.response.failure
    body = '""'
    if interaction.body:
        body = write_bytes(laid_out(interaction.body, interaction.content_type)[0], 6)
    answer, layout = laid_out(answered.body, type_of(answered.headers))
    failed = ""
    if failure is not None:
        failed = f"    failure: {{error: {failure.error}, message: {_line(failure.message, 4)}}}\n"
    rest = (
        f"  tag: {_line(interaction.tag, 4)}\n"
        f"{'' if asked is None else f'  asked: {asked.session}-{asked.number}{chr(10)}'}"
        f"  request:\n    method: {interaction.method.upper()}\n    uri: {write_text(interaction.url, 4)}\n"
        f"    headers:{_headers(interaction.headers)}\n    body: {body}\n"
        f"  response:\n    status: {{code: {answered.status}, message: {write_text(answered.reason, 4)}}}\n"
        f"{failed}    headers:{_headers(answered.headers)}\n    body:\n"
        f"{f'      layout: {layout}{chr(10)}' if layout else ''}      string: {write_bytes(answer, 8)}\n"
    ).encode()
    return _summed(f"- key: {key}\n".encode(), rest)


def asked_of(record: bytes) -> RequestNumber:
    """When a record's request was asked; before all others in a recording that has ended."""
    found = _ASKED.match(record, RECORD_HEAD)
    return RequestNumber(int(found[2]), int(found[3])) if found else RequestNumber()


def without_asked(record: bytes) -> bytes:
    """A record as it is stored when the recording ends, in the order of requests."""
    found = _ASKED.match(record, RECORD_HEAD)
    return _summed(record[:40], found[1] + record[found.end() :]) if found else record


def read_record_head(head: bytes) -> tuple[str, int] | None:
    """Key and length of the record that begins with these bytes; None if none does."""
    found = _HEAD.match(head)
    return (found[1].decode("ascii"), int(found[2])) if found else None


def is_sound(record: bytes) -> bool:
    """Whether a record is unchanged since it was written."""
    return record[59:75] == _hash(record[:40], memoryview(record)[RECORD_HEAD:])


def is_failure(record: bytes) -> bool:
    """Whether the response of a record is an error of the client or the service."""
    found = _STATUS.search(record)
    return found is not None and int(found[1]) >= FAILURE


def read_response(record: bytes) -> RecordedResponse:
    """The response of a sound record.

    Raises:
        ValueError: it does not have the layout of `write_record`.
    """
    found = _RESPONSE.match(record, record.index(b"\n  response:\n") + 13)
    if found is None or not record.endswith(b"\n"):
        raise ValueError("no response is laid out as fbench does")
    status, reason, error, message, headers, layout = found.groups()
    return RecordedResponse(
        int(status),
        _unquoted(reason),
        _read_headers(headers.decode()),
        restored(read_bytes(record[found.end() : -1], 8), layout.decode() if layout else ""),
        Failure(error.decode(), _unquoted(message)) if error else None,
    )


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
        body=read_bytes(body.encode(), 6),
        response=read_response(record),
        tag=json.loads(tag),
    )


def _summed(first: bytes, rest: bytes) -> bytes:
    return b'%b  sum: "%010d %b"\n%b' % (first, RECORD_HEAD + len(rest), _hash(first, rest), rest)


def _hash(first: bytes, rest: bytes | memoryview) -> bytes:
    hashed = hashlib.blake2b(first, digest_size=8)
    hashed.update(rest)
    return hashed.hexdigest().encode("ascii")


def _headers(headers: Iterable[tuple[str, str]]) -> str:
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name, []).append(write_text(value.replace("\n", " "), 6))
    lines = (f"\n      {_name(name)}: [{', '.join(values)}]" for name, values in by_name.items())
    return "".join(lines) or " {}"


def _line(text: str, indent: int) -> str:
    return write_text(text.replace("\n", " "), indent)


def _name(name: str) -> str:
    return name if _PLAIN.match(name) else write_text(name, 6)


def _unquoted(text: bytes) -> str:
    return json.loads(text) if b"\\" in text else text[1:-1].decode()


def _read_headers(lines: str) -> Headers:
    found = _SIMPLE.findall(lines)
    if len(found) == lines.count("\n"):  # true for all but very unusual headers
        return tuple(found)
    return tuple(
        (json.loads(name) if name[0] == '"' else name, value)
        for name, values in _HEADER.findall(lines)
        for value in json.loads(values)
    )
