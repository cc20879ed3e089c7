"""The fake Cloud Storage JSON API: upload, read, list, delete objects.

Paths are those of https://docs.cloud.google.com/storage/docs/json_api/v1 (discovery revision 20261009).
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote, unquote

from fakes.google import invalid, not_found, timestamp, unknown
from fakes.routes import Call, Reply, Routes
from fakes.storage.state import Object, Storage
from fakes.timeline import EPOCH

__all__ = ["routes_of"]


def routes_of(storage: Storage) -> Routes:
    """All routes of Cloud Storage, from `/upload` and `/storage` on."""
    routes = Routes(unknown)

    def get(call: Call) -> Object:
        bucket, name = call.params["bucket"], unquote(call.params["object"])
        found = storage.objects.get((bucket, name))
        if found is None:
            raise not_found(f"No such object: {bucket}/{name}")
        return found

    def upload(call: Call) -> Reply:
        name, kind = call.query.get("name"), call.query.get("uploadType")
        if kind != "media":
            raise invalid(f"Upload type {kind!r} is not supported: use uploadType=media.")
        if not name:
            raise invalid("Required parameter: name")
        content_type = call.request.headers.get("content-type", "application/octet-stream")
        return Reply(_body(storage.put(call.params["bucket"], name, call.body, content_type)))

    def retrieve(call: Call) -> Reply:
        found = get(call)
        if call.query.get("alt") == "media":
            return Reply(found.content, headers=((b"content-type", found.content_type.encode("latin-1")),))
        return Reply(_body(found))

    def list_objects(call: Call) -> Reply:
        prefix = call.query.get("prefix", "")
        kept = [
            o
            for (b, n), o in sorted(storage.objects.items())
            if b == call.params["bucket"] and n.startswith(prefix)
        ]
        return Reply({"kind": "storage#objects", "items": [_body(found) for found in kept]})

    def delete(call: Call) -> Reply:
        found = get(call)
        del storage.objects[found.bucket, found.name]
        return Reply(b"", 204)

    routes.add("POST", "/upload/storage/v1/b/{bucket}/o", upload)
    routes.add("GET", "/storage/v1/b/{bucket}/o/{object}", retrieve)
    routes.add("GET", "/storage/v1/b/{bucket}/o", list_objects)
    routes.add("DELETE", "/storage/v1/b/{bucket}/o/{object}", delete)
    return routes


def _body(found: Object) -> dict[str, object]:
    """An object resource; int64 fields travel as strings."""
    path = f"/b/{found.bucket}/o/{quote(found.name, safe='')}"
    return {
        "kind": "storage#object",
        "id": f"{found.bucket}/{found.name}/{found.generation}",
        "selfLink": f"https://www.googleapis.com/storage/v1{path}",
        "name": found.name,
        "bucket": found.bucket,
        "generation": str(found.generation),
        "metageneration": "1",
        "contentType": found.content_type,
        "storageClass": "STANDARD",
        "size": str(len(found.content)),
        "md5Hash": base64.b64encode(hashlib.md5(found.content, usedforsecurity=False).digest()).decode(),
        "timeCreated": timestamp(EPOCH),
        "updated": timestamp(EPOCH),
    }
