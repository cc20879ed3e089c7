"""Buckets: make, read, list, change, delete."""

from __future__ import annotations

from fakes.routes import Call, Result, Routes
from fakes.storage.account import Storage
from fakes.storage.conditions import Conditions
from fakes.storage.errors import changed, conflict, no_bucket, required, unchanged
from fakes.storage.parameters import flag, number, operation
from fakes.storage.records import Bucket
from fakes.storage.routes.objects import page_size, page_start, page_token
from fakes.storage.serialize import bucket_body
from fakes.storage.validate import bucket_fields, bucket_name, bucket_of, merged, metadata_of

__all__ = ["mount"]


def mount(routes: Routes, storage: Storage) -> None:
    """Adds the routes of buckets."""
    buckets = _Buckets(storage)
    path = "/storage/v1/b/{bucket}"
    routes.add("POST", "/storage/v1/b", operation("buckets.insert", buckets.create))
    routes.add("GET", "/storage/v1/b", operation("buckets.list", buckets.list_buckets))
    routes.add("GET", path, operation("buckets.get", buckets.retrieve))
    routes.add("PATCH", path, operation("buckets.patch", lambda call: buckets.change(call, all_of_it=False)))
    routes.add("PUT", path, operation("buckets.update", lambda call: buckets.change(call, all_of_it=True)))
    routes.add("DELETE", path, operation("buckets.delete", buckets.delete))


class _Buckets:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def _find(self, call: Call, *, reading: bool = False) -> Bucket:
        if (found := self._storage.buckets.get(bucket_of(call))) is None:
            raise no_bucket()
        wanted = Conditions.read(call.query, number)
        if wanted.fail(1, found.metageneration):
            raise changed()
        if wanted.unchanged(1, found.metageneration):
            raise unchanged(reading=reading)
        return found

    def create(self, call: Call) -> Result:
        if not call.query.get("project"):
            raise required("project")
        given = metadata_of(call.body)
        name, fields = bucket_name(given.get("name")), bucket_fields(given)
        made = Bucket(name, call.query["project"], merged({}, fields), created=self._storage.date.epoch)
        try:
            self._storage.add_bucket(made)
        except KeyError:
            raise conflict(
                "Your previous request to create the named bucket succeeded and you already own it."
            ) from None
        return Result(bucket_body(made))

    def retrieve(self, call: Call) -> Result:
        if flag(call, "softDeleted") or call.query.get("generation", "1") != "1":
            raise no_bucket()  # what is deleted here is gone
        return Result(bucket_body(self._find(call, reading=True)))

    def list_buckets(self, call: Call) -> Result:
        project = call.query.get("project")
        if not project:
            raise required("project")
        after, size = page_start(call.query.get("pageToken")), page_size(call.query.get("maxResults"))
        # those that an upload made are of any project
        left = [
            name
            for name, each in sorted(self._storage.buckets.items())
            if each.project in (None, project)
            and name.startswith(call.query.get("prefix", ""))
            and (after is None or name > after[0])
            and not flag(call, "softDeleted")
        ]
        body: dict[str, object] = {"kind": "storage#buckets"}
        if left[size:]:
            body["nextPageToken"] = page_token(left[size - 1], 0)
        items = [bucket_body(self._storage.buckets[name]) for name in left[:size]]
        return Result(body | ({"items": items} if items else {}))

    def change(self, call: Call, *, all_of_it: bool) -> Result:
        found = self._find(call)
        changes = bucket_fields(metadata_of(call.body))
        location = found.fields.get("location", "US")
        if changes.pop("location", None) not in (None, location):
            raise conflict("The location of a bucket cannot be changed.")
        kept = {"location": location} if "location" in found.fields else {}
        found.fields = merged({} if all_of_it else found.fields, {**changes, **kept})
        found.metageneration += 1
        return Result(bucket_body(found))

    def delete(self, call: Call) -> Result:
        found = self._find(call)
        if not self._storage.remove_bucket(found.name):
            raise conflict("The bucket you tried to delete is not empty.")
        return Result(b"", 204)
