"""Cloud Storage: its buckets, objects and uploads.

A bucket whose name was never heard of is made by the first object that is put into it, so that a test need
not make it first. One that was deleted is gone until it is made again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fakes.ids import Ids, base62
from fakes.storage.checksums import crc32c, md5
from fakes.storage.conditions import Conditions
from fakes.storage.records import Bucket, Object, Session
from fakes.world_date import WorldDate

__all__ = ["Sessions", "Storage"]

_MOST_SESSIONS = 64


class Sessions:
    """The last uploads begun. Older ones are dropped, as the service drops them after a week."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._open: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(
        self, bucket: str, name: str, fields: dict[str, Any], conditions: Conditions, total: int | None
    ) -> Session:
        """A new upload, of `total` bytes where that is known."""
        upload_id = base62(self._ids.create("upload", bucket, name), 32)
        made = self._open[upload_id] = Session(upload_id, bucket, name, fields, conditions, total)
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
    """Buckets by name, and objects by bucket and name; the uploads that are under way."""

    def __init__(self, ids: Ids, date: WorldDate | None = None) -> None:
        self.ids, self.date = ids, date or WorldDate()
        self.buckets: dict[str, Bucket] = {}
        self.objects: dict[tuple[str, str], Object] = {}
        self.sessions = Sessions(ids)
        self.rewrites: dict[str, tuple[str, str, int, int]] = {}
        self._noncurrent: dict[tuple[str, str], list[Object]] = {}
        self._generations: Counter[tuple[str, str]] = Counter()
        self._deleted: set[str] = set()

    def add_bucket(self, bucket: Bucket) -> None:
        """Makes a bucket. KeyError if there is one of that name."""
        if bucket.name in self.buckets:
            raise KeyError(bucket.name)
        self.buckets[bucket.name] = bucket
        self._deleted.discard(bucket.name)

    def remove_bucket(self, name: str) -> bool:
        """Deletes a bucket; False where it is not empty. KeyError if there is none."""
        if any(True for _ in self.versions(name)):
            return False
        del self.buckets[name]
        self._deleted.add(name)
        return True

    def takes(self, bucket: str) -> bool:
        """Whether an object can be put into a bucket: into any that was not deleted."""
        return bucket in self.buckets or bucket not in self._deleted

    def put(
        self,
        bucket: str,
        name: str,
        content: bytes,
        fields: Mapping[str, Any] | str,
        *,
        components: int | None = None,
    ) -> Object:
        """Stores an object, in place of an older one of that name. `fields` may be its content type alone."""
        if bucket not in self.buckets:
            self.add_bucket(Bucket(bucket, None, created=self.date.epoch))
        chosen: dict[str, Any] = {"contentType": fields} if isinstance(fields, str) else dict(fields)
        if self.buckets[bucket].fields.get("defaultEventBasedHold") is True:
            chosen.setdefault("eventBasedHold", True)
        key = bucket, name
        self._retire(key)
        self._generations[key] += 1
        digest = None if components else md5(content)
        generation = self._generations[key]
        made = Object(
            bucket,
            name,
            content,
            chosen,
            generation,
            crc32c(content),
            digest,
            components=components,
            created=self.date.epoch,
        )
        self.objects[key] = made
        return made

    def change(self, found: Object, fields: Mapping[str, Any]) -> Object:
        """Gives an object other fields: its next metageneration."""
        made = replace(found, fields=dict(fields), metageneration=found.metageneration + 1)
        if found.current:
            self.objects[found.bucket, found.name] = made
        else:
            versions = self._noncurrent[found.bucket, found.name]
            versions[versions.index(found)] = made
        return made

    def remove(self, found: Object, *, for_good: bool) -> None:
        """Deletes a version of an object; a current one is kept as a noncurrent one where its bucket does
        that, unless it is to be deleted for good.
        """
        key = found.bucket, found.name
        if not found.current:
            self._noncurrent[key].remove(found)
        elif for_good:
            del self.objects[key]
        else:
            self._retire(key)

    def find(self, bucket: str, name: str, generation: int | None = None) -> Object | None:
        """The current version of an object, or the one of that generation; None where there is none."""
        current = self.objects.get((bucket, name))
        if generation is None or (current and current.generation == generation):
            return current
        versions = self._noncurrent.get((bucket, name), ())
        return next((each for each in versions if each.generation == generation), None)

    def versions(self, bucket: str, *, all_of_them: bool = True) -> Iterator[Object]:
        """The objects of a bucket in the order of their names; with versions that are not current, or not."""
        found = [each for (place, _), each in self.objects.items() if place == bucket]
        if all_of_them:
            for (place, _), older in self._noncurrent.items():
                found += older if place == bucket else ()
        return iter(sorted(found, key=lambda each: (each.name, each.generation)))

    def read(self, uri: str) -> bytes | None:
        """The content at a `gs://bucket/name` URI; None if there is none."""
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        found = self.objects.get((bucket, name))
        return found.content if found else None

    def _retire(self, key: tuple[str, str]) -> None:
        older = self.objects.pop(key, None)
        if older and self.buckets[key[0]].keeps_versions:
            self._noncurrent.setdefault(key, []).append(replace(older, current=False))
