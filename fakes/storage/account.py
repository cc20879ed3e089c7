"""Cloud Storage: its objects and uploads. Buckets need not be created: any name is valid."""

from __future__ import annotations

from fakes.ids import Ids, base62
from fakes.storage.records import Object, Session

__all__ = ["Sessions", "Storage"]

_MOST_SESSIONS = 64


class Sessions:
    """The last uploads begun. Older ones are dropped, as the service drops them after a week."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._open: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, bucket: str, name: str, content_type: str, total: int | None) -> Session:
        """A new upload, of `total` bytes if that is known."""
        upload_id = base62(self._ids.create("upload", bucket, name), 32)
        made = self._open[upload_id] = Session(upload_id, bucket, name, content_type, total)
        while len(self._open) > _MOST_SESSIONS:
            del self._open[next(iter(self._open))]
        return made

    def get(self, upload_id: str) -> Session | None:
        """The upload with this id; None if there is none, or it was dropped."""
        return self._open.get(upload_id)

    def cancel(self, upload_id: str) -> bool:
        """Drop an upload; False if there was none."""
        return self._open.pop(upload_id, None) is not None


class Storage:
    """Objects by bucket and name, and the uploads in progress."""

    def __init__(self, ids: Ids) -> None:
        self.objects: dict[tuple[str, str], Object] = {}
        self.sessions = Sessions(ids)

    def put(self, bucket: str, name: str, content: bytes, content_type: str) -> Object:
        """Store an object; it replaces an older one with that name."""
        older = self.objects.get((bucket, name))
        made = Object(bucket, name, content, content_type, older.generation + 1 if older else 1)
        self.objects[bucket, name] = made
        return made

    def read(self, uri: str) -> bytes | None:
        """The content at a `gs://bucket/name` URI; None if there is none."""
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        found = self.objects.get((bucket, name))
        return found.content if found else None
