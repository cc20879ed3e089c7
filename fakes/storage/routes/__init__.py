"""The routes of the fake Cloud Storage JSON API: one module per resource.

Paths are those of https://docs.cloud.google.com/storage/docs/json_api/v1 (discovery revision 20261009).
"""

from __future__ import annotations

from fakes.routes import Routes
from fakes.storage.account import Storage
from fakes.storage.errors import admit, unknown
from fakes.storage.routes import batches, buckets, copies, objects, uploads

__all__ = ["routes_of"]


def routes_of(storage: Storage) -> Routes:
    """All routes of Cloud Storage, from `/upload` and `/storage` on."""
    routes = Routes(unknown, admit)
    for module in (uploads, objects, copies, buckets):
        module.mount(routes, storage)
    batches.mount(routes)
    return routes
