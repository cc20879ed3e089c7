"""What Cloud Storage holds. Buckets need not be created: any name is one."""

from __future__ import annotations

from dataclasses import dataclass

from fakes.ids import Ids
from fakes.storage.sessions import Sessions

__all__ = ["Object", "Storage"]


@dataclass(frozen=True, slots=True)
class Object:
    """A stored object. `generation` counts its versions from 1."""

    bucket: str
    name: str
    content: bytes
    content_type: str
    generation: int


class Storage:
    """Objects by bucket and name, and the uploads that are under way."""

    def __init__(self, ids: Ids) -> None:
        self.objects: dict[tuple[str, str], Object] = {}
        self.sessions = Sessions(ids)

    def put(self, bucket: str, name: str, content: bytes, content_type: str) -> Object:
        """Stores an object, in place of an older one of that name."""
        older = self.objects.get((bucket, name))
        made = Object(bucket, name, content, content_type, older.generation + 1 if older else 1)
        self.objects[bucket, name] = made
        return made

    def read(self, uri: str) -> bytes | None:
        """The content at a `gs://bucket/name` URI; None where there is none."""
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        found = self.objects.get((bucket, name))
        return found.content if found else None
