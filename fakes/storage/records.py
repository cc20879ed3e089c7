"""What Cloud Storage holds: buckets, objects, and resumable uploads that are under way.

The rules of uploads are those of https://docs.cloud.google.com/storage/docs/performing-resumable-uploads:
bytes arrive in order, a chunk that is not the last is a multiple of 256 KiB, and bytes that have already
arrived may be sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.json_text import mapping
from fakes.storage.conditions import Conditions
from fakes.timeline import EPOCH

__all__ = ["BadRange", "Bucket", "Object", "Range", "Session"]

_CHUNK = 256 * 1024


_RANGE = re.compile(r"bytes (?:\*|(?P<first>\d{1,18})-(?P<last>\d{1,18}))/(?:\*|(?P<total>\d{1,18}))")


class BadRange(Exception):
    """A chunk does not continue its upload; the text says why."""


@dataclass(frozen=True, slots=True)
class Range:
    """A Content-Range. `first` is None if it only asks for the status, `total` if it is unknown."""

    first: int | None
    last: int
    total: int | None

    @classmethod
    def parse(cls, header: str | None, length: int) -> Range:
        """The range in a header, for a body of `length` bytes; the whole object without a header.

        Raises:
            BadRange: the header is invalid, or does not fit the body.
        """
        if header is None:
            return cls(0, length - 1, length)
        if (found := _RANGE.fullmatch(header.strip())) is None:
            raise BadRange(f"Failed to parse Content-Range header: {header!r}.")
        total = int(found["total"]) if found["total"] else None
        if found["first"] is None:
            # "bytes */N" asks for the status, and ends an upload of no bytes
            if length:
                raise BadRange(f"Content-Range {header!r} names no bytes, and the body has {length}.")
            return cls(None, -1, total)
        first, last = int(found["first"]), int(found["last"])
        if last - first + 1 != length or (total is not None and last >= total):
            raise BadRange(f"Content-Range {header!r} does not fit a body of {length} bytes.")
        return cls(first, last, total)


@dataclass(slots=True)
class Session:
    """One upload. `generation` is the object's, once it is complete."""

    id: str
    bucket: str
    name: str
    fields: dict[str, Any]
    conditions: Conditions
    total: int | None
    received: bytearray = field(default_factory=bytearray)
    generation: int | None = None

    def take(self, span: Range, body: bytes) -> bool:
        """Accept a chunk; True if it completes the object.

        Raises:
            BadRange: a gap, a length other than announced, or a chunk in the middle with an odd size.
        """
        if None not in (span.total, self.total) and span.total != self.total:
            raise BadRange(f"The upload has {self.total} bytes in all, and Content-Range says {span.total}.")
        total = self.total if span.total is None else span.total
        here = len(self.received)
        end = here if span.first is None else max(here, span.last + 1)
        if span.first is not None and span.first > here:
            raise BadRange(f"The chunk begins at byte {span.first}, and only {here} bytes have come so far.")
        if total is not None and end > total:
            raise BadRange(f"The chunk ends after byte {end - 1}, and the upload has {total} bytes in all.")
        if span.first is not None and end != total and len(body) % _CHUNK:
            raise BadRange(f"A chunk of {len(body)} bytes is not the last, and no multiple of {_CHUNK}.")
        self.total = total
        if span.first is not None:
            self.received += body[here - span.first :]
        return total is not None and len(self.received) == total


@dataclass(slots=True)
class Bucket:
    """A bucket. `fields` are those of its resource that a client chooses; `project` is None where an upload
    made it; `created` is in Unix seconds.
    """

    name: str
    project: str | None
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    metageneration: int = 1
    created: int = EPOCH

    @property
    def keeps_versions(self) -> bool:
        """Whether an object that is replaced or deleted is kept as a noncurrent version."""
        return mapping(self.fields.get("versioning")).get("enabled") is True


@dataclass(frozen=True, slots=True)
class Object:
    """A version of an object.

    `generation` counts the versions under its name from 1, and none is given twice; `metageneration` counts
    changes of `fields`, the parts of its resource that a client chooses. A composed object has `components`
    and no MD5. `current` is false for a version that was replaced or deleted. `created` is in Unix seconds.
    """

    bucket: str
    name: str
    content: bytes
    fields: Mapping[str, Any]
    generation: int
    crc32c: str
    md5: str | None
    metageneration: int = 1
    components: int | None = None
    current: bool = True
    created: int = EPOCH

    @property
    def content_type(self) -> str:
        """The type that was said when it was uploaded."""
        return self.fields.get("contentType", "")

    @property
    def held(self) -> str | None:
        """The kind of hold that keeps it from being replaced or deleted; None without one."""
        kinds = {"temporaryHold": "Temporary", "eventBasedHold": "Event-Based"}
        return next((word for name, word in kinds.items() if self.fields.get(name) is True), None)
