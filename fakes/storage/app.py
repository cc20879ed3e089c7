"""The fake Cloud Storage JSON API: upload, read, list, delete objects.

Paths are those of https://docs.cloud.google.com/storage/docs/json_api/v1 (discovery revision 20261009).
"""

from __future__ import annotations

from urllib.parse import unquote

from fakes.routes import Call, Reply, Routes
from fakes.storage import uploads
from fakes.storage.errors import admit, no_object, unknown
from fakes.storage.listing import page
from fakes.storage.state import Object, Storage
from fakes.storage.wire import bucket_of, object_body

__all__ = ["routes_of"]


def routes_of(storage: Storage) -> Routes:
    """All routes of Cloud Storage, from `/upload` and `/storage` on."""
    routes = Routes(unknown, admit)

    def get(call: Call) -> Object:
        bucket, name = bucket_of(call), unquote(call.params["object"])
        if (found := storage.objects.get((bucket, name))) is None:
            raise no_object(bucket, name)
        return found

    def retrieve(call: Call) -> Reply:
        found = get(call)
        if call.query.get("alt") == "media":
            return Reply(found.content, headers=((b"content-type", found.content_type.encode()),))
        return Reply(object_body(found))

    def list_objects(call: Call) -> Reply:
        return Reply(page(storage, bucket_of(call), call.query))

    def delete(call: Call) -> Reply:
        found = get(call)
        del storage.objects[found.bucket, found.name]
        return Reply(b"", 204)

    uploads.mount(routes, storage)
    routes.add("GET", "/storage/v1/b/{bucket}/o/{object}", retrieve)
    routes.add("GET", "/download/storage/v1/b/{bucket}/o/{object}", retrieve)
    routes.add("GET", "/storage/v1/b/{bucket}/o", list_objects)
    routes.add("DELETE", "/storage/v1/b/{bucket}/o/{object}", delete)
    return routes
