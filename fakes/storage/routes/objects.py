"""Objects: read, list, delete.

Lists follow https://docs.cloud.google.com/storage/docs/json_api/v1/objects/list: an object whose name has the
delimiter after the prefix is not listed; instead, the beginning of its name is listed once, as a prefix.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote

import httpx

from fakes.routes import Call, Result, Routes
from fakes.storage.account import Storage
from fakes.storage.errors import invalid, no_object
from fakes.storage.records import Object
from fakes.storage.serialize import object_body
from fakes.storage.validate import bucket_of

__all__ = ["mount"]

_LARGEST_PAGE = 1000


def mount(routes: Routes, storage: Storage) -> None:
    """Add the routes of objects."""

    def get(call: Call) -> Object:
        bucket, name = bucket_of(call), unquote(call.params["object"])
        if (found := storage.objects.get((bucket, name))) is None:
            raise no_object(bucket, name)
        return found

    def retrieve(call: Call) -> Result:
        found = get(call)
        if call.query.get("alt") == "media":
            return Result(found.content, headers=((b"content-type", found.content_type.encode()),))
        return Result(object_body(found))

    def list_objects(call: Call) -> Result:
        return Result(_page(storage, bucket_of(call), call.query))

    def delete(call: Call) -> Result:
        found = get(call)
        del storage.objects[found.bucket, found.name]
        return Result(b"", 204)

    routes.add("GET", "/storage/v1/b/{bucket}/o/{object}", retrieve)
    routes.add("GET", "/download/storage/v1/b/{bucket}/o/{object}", retrieve)
    routes.add("GET", "/storage/v1/b/{bucket}/o", list_objects)
    routes.add("DELETE", "/storage/v1/b/{bucket}/o/{object}", delete)


def _page(storage: Storage, bucket: str, query: httpx.QueryParams) -> dict[str, object]:
    """The page that a query asks for; items and prefixes count together, in the order of their names."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after, size = _after(query.get("pageToken")), _size(query.get("maxResults"))
    names = sorted(name for inside, name in storage.objects if inside == bucket and name.startswith(prefix))
    entries = dict.fromkeys(_entry(name, prefix, delimiter) for name in names)
    left = [entry for entry in entries if after is None or entry[0] > after]
    shown = left[:size]
    items = [object_body(storage.objects[bucket, name]) for name, folded in shown if not folded]
    prefixes = [name for name, folded in shown if folded]
    body: dict[str, object] = {"kind": "storage#objects"}
    if len(shown) < len(left):
        body["nextPageToken"] = base64.urlsafe_b64encode(shown[-1][0].encode()).decode()
    return body | ({"prefixes": prefixes} if prefixes else {}) | ({"items": items} if items else {})


def _entry(name: str, prefix: str, delimiter: str) -> tuple[str, bool]:
    """The list entry of an object: its name, or the prefix that replaces it."""
    at = name.find(delimiter, len(prefix)) if delimiter else -1
    return (name, False) if at < 0 else (name[: at + len(delimiter)], True)


def _after(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid(f"Invalid page token: {token}") from None


def _size(given: str | None) -> int:
    if given is None:
        return _LARGEST_PAGE
    if not re.fullmatch("[0-9]{1,9}", given) or int(given) < 1:
        raise invalid(f"maxResults must be a whole number above 0; it is {given!r}.")
    return min(int(given), _LARGEST_PAGE)
