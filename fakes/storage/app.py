"""The fake Cloud Storage JSON API: upload, read, list, delete objects.

Paths are those of https://docs.cloud.google.com/storage/docs/json_api/v1 (discovery revision 20261009).
"""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import quote, unquote

from fakes.google import timestamp
from fakes.routes import Call, Reply, Routes
from fakes.storage.errors import admit, invalid, no_object, required, unknown
from fakes.storage.state import Object, Storage
from fakes.timeline import EPOCH

__all__ = ["routes_of"]

_LONGEST_NAME = 1024


def routes_of(storage: Storage) -> Routes:
    """All routes of Cloud Storage, from `/upload` and `/storage` on."""
    routes = Routes(unknown, admit)

    def get(call: Call) -> Object:
        bucket, name = _bucket(call), unquote(call.params["object"])
        if (found := storage.objects.get((bucket, name))) is None:
            raise no_object(bucket, name)
        return found

    def upload(call: Call) -> Reply:
        kind = call.query.get("uploadType")
        if kind != "media":
            raise invalid(f"Upload type {kind!r} is not supported: use uploadType=media.")
        content_type = call.request.headers.get("content-type", "application/octet-stream")
        return Reply(_body(storage.put(_bucket(call), _name(call), call.body, content_type)))

    def retrieve(call: Call) -> Reply:
        found = get(call)
        if call.query.get("alt") == "media":
            return Reply(found.content, headers=((b"content-type", found.content_type.encode()),))
        return Reply(_body(found))

    def list_objects(call: Call) -> Reply:
        bucket, prefix = _bucket(call), call.query.get("prefix", "")
        kept = [
            _body(found)
            for (inside, name), found in sorted(storage.objects.items())
            if inside == bucket and name.startswith(prefix)
        ]
        return Reply({"kind": "storage#objects"} | ({"items": kept} if kept else {}))

    def delete(call: Call) -> Reply:
        found = get(call)
        del storage.objects[found.bucket, found.name]
        return Reply(b"", 204)

    routes.add("POST", "/upload/storage/v1/b/{bucket}/o", upload)
    routes.add("GET", "/storage/v1/b/{bucket}/o/{object}", retrieve)
    routes.add("GET", "/storage/v1/b/{bucket}/o", list_objects)
    routes.add("DELETE", "/storage/v1/b/{bucket}/o/{object}", delete)
    return routes


def _bucket(call: Call) -> str:
    return unquote(call.params["bucket"])


def _name(call: Call) -> str:
    """The new object's name: https://docs.cloud.google.com/storage/docs/objects#naming."""
    name = call.query.get("name")
    if not name:
        raise required("name")
    if len(name.encode()) > _LONGEST_NAME or name in (".", "..") or re.search(r"[\r\n]", name):
        raise invalid(f"Invalid object name: {name!r}")
    return name


def _body(found: Object) -> dict[str, object]:
    """An object resource; int64 fields travel as strings."""
    path = f"/b/{quote(found.bucket, safe='')}/o/{quote(found.name, safe='')}"
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
