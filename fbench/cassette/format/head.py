"""The beginning of a cassette: what it is, where it came from, and, once it is closed, how much is in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fbench.errors import CassetteError

__all__ = ["MOST", "Head", "hash_of", "is_ours", "read_head", "write_head"]

_MAGIC = b"# An fbench cassette, layout 1. vcrpy reads it too."
_NOTE = b"""
# Each record carries its length and a hash: after a change by hand, run `fbench cassette seal` on this file.
version: 1
metadata:
"""
_BEGIN = b"interactions:\n"
_FIELD = re.compile(r"  (\w+): (.*)")
MOST = 1 << 16
"""Bytes that a head has at most."""


class Head(NamedTuple):
    """What stands before the records.

    `length` is in bytes; `provenance` says where the records came from; `records` is how many there are, and
    `heads` a hash of the first two lines of all of them; both are None while they are still being recorded.
    """

    length: int
    provenance: dict[str, object]
    records: int | None
    heads: str | None


def is_ours(beginning: bytes) -> bool:
    """Whether a file that begins so has fbench's layout."""
    return beginning.startswith(_MAGIC)


def write_head(provenance: Mapping[str, object], heads: Sequence[bytes] | None = None) -> bytes:
    """The head of a cassette; with the heads of its records it is that of a closed one."""
    closed = {} if heads is None else {"interactions": len(heads), "index": hash_of(heads)}
    fields = dict(sorted(provenance.items())) | closed
    lines = "".join(f"  {name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items())
    text = _MAGIC + _NOTE + lines.encode()
    return text + f'  seal: "{hash_of([text])}"\n'.encode() + _BEGIN


def read_head(beginning: bytes, name: object) -> Head:
    """The head that some bytes begin with; `name` is the file's, for errors.

    Raises:
        CassetteError: it is cut short, or not as it was written.
    """
    end = beginning.find(b"\n" + _BEGIN, 0, MOST)
    above, _, seal = beginning[: end + 1].rpartition(b'  seal: "')
    if end < 0 or seal != f'{hash_of([above])}"\n'.encode():
        raise CassetteError(
            f"{name}: its head is damaged or was changed by hand: take the file from where it came from "
            "again, or run `fbench cassette seal` on it where the change was meant."
        )
    fields = {field: json.loads(value) for field, value in _FIELD.findall(above.decode())}
    count = fields.pop("interactions", None)
    index = fields.pop("index", None)
    return Head(end + 1 + len(_BEGIN), fields, count, index)


def hash_of(parts: Iterable[bytes]) -> str:
    """A hash of some bytes: 16 hexadecimal digits."""
    hashed = hashlib.blake2b(digest_size=8)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()
