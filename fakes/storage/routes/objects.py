"""Objects: read, list, change, delete.

Lists follow https://docs.cloud.google.com/storage/docs/json_api/v1/objects/list: an object whose name has the
delimiter after the prefix is not listed; instead, the beginning of its name is listed once, as a prefix.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib

import httpx

from fakes.routes import Call, Result, Routes
from fakes.storage.account import Storage
from fakes.storage.conditions import Conditions
from fakes.storage.errors import changed, invalid, no_bucket, no_object, not_satisfiable, unchanged
from fakes.storage.globs import expression
from fakes.storage.parameters import flag, number, operation
from fakes.storage.records import Object
from fakes.storage.serialize import base_of, object_body, object_headers
from fakes.storage.validate import bucket_of, check_hold, merged, metadata_of, object_fields, object_of

__all__ = ["find", "mount", "page_size", "page_start", "page_token"]

_LARGEST_PAGE = 1000
_SPAN = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{1,18})?|-(?P<tail>\d{1,18}))")
_LARGEST_CONTENT = 2**30  # bytes to which content is unpacked


def mount(routes: Routes, storage: Storage) -> None:
    """Add the routes of objects."""

    def show(found: Object, call: Call) -> Result:
        return Result(object_body(found, storage.buckets[found.bucket], base_of(call.request)))

    def retrieve(call: Call) -> Result:
        if flag(call, "softDeleted"):
            raise no_object(bucket_of(call), object_of(call))  # what is deleted here is gone
        found = find(storage, call, reading=True)
        if call.query.get("alt") == "media":
            return _content(found, call, object_headers(found, storage.buckets[found.bucket]))
        return show(found, call)

    def list_objects(call: Call) -> Result:
        return Result(_page(storage, bucket_of(call), call))

    def delete(call: Call) -> Result:
        found = find(storage, call)
        check_hold(found)
        storage.remove(found, for_good="generation" in call.query)
        return Result(b"", 204)

    def patch(call: Call) -> Result:
        found = find(storage, call)
        changes = _without_sums(object_fields(metadata_of(call.body)), found)
        return show(storage.change(found, merged(found.fields, changes)), call)

    def update(call: Call) -> Result:
        found = find(storage, call)
        fields = _without_sums(object_fields(metadata_of(call.body)), found)
        return show(storage.change(found, merged({}, fields)), call)

    path = "/storage/v1/b/{bucket}/o/{object}"
    routes.add("GET", path, operation("objects.get", retrieve))
    routes.add("GET", "/download" + path, operation("objects.get", retrieve))
    routes.add("GET", "/storage/v1/b/{bucket}/o", operation("objects.list", list_objects))
    routes.add("DELETE", path, operation("objects.delete", delete))
    routes.add("PATCH", path, operation("objects.patch", patch))
    routes.add("PUT", path, operation("objects.update", update))


def find(storage: Storage, call: Call, *, reading: bool = False) -> Object:
    """The object that a request names, or a 404; a 412 or a 304 where it is not as the client expects."""
    bucket, name, asked = bucket_of(call), object_of(call), call.query.get("generation")
    if bucket not in storage.buckets:
        raise no_bucket()
    found = storage.find(bucket, name, number("generation", asked) if asked else None)
    if found is None:
        raise no_object(bucket, name)
    wanted = Conditions.read(call.query, number)
    if wanted.fail(found.generation, found.metageneration):
        raise changed()
    if wanted.unchanged(found.generation, found.metageneration):
        raise unchanged(reading=reading)
    return found


def _without_sums(fields: dict[str, object], found: Object) -> dict[str, object]:
    """The fields of a change; a client may send the checksums that it was told, and no others."""
    for name, value in (("md5Hash", found.md5), ("crc32c", found.crc32c)):
        if fields.pop(name, None) not in (None, value):
            raise invalid(f"Cannot change {name}: it is that of the content.")
    return fields


def _content(found: Object, call: Call, headers: list[tuple[bytes, bytes]]) -> Result:
    """The content, or the span of it that `Range` names: one that cannot be read counts as none."""
    content, encoding = found.content, found.fields.get("contentEncoding")
    accepted = call.request.headers.get("accept-encoding", "")
    if encoding == "gzip" and "gzip" not in accepted:
        # https://docs.cloud.google.com/storage/docs/transcoding: unpacked, and whole whatever is asked for
        unpacked = _unpacked(content)
        if unpacked is not None:
            return Result(unpacked, headers=(*headers, (b"warning", b"214 UploadServer gunzipped")))
    if encoding:
        headers.append((b"content-encoding", encoding.encode("latin-1")))
    headers.append((b"accept-ranges", b"bytes"))
    span = _SPAN.fullmatch(call.request.headers.get("range", "").replace(" ", "").lower())
    if span is None:
        return Result(content, headers=headers)
    size = len(content)
    if span["tail"] is not None:
        first, end = max(0, size - int(span["tail"])), size
    else:
        first, end = int(span["first"]), min(size, int(span["last"] or size) + 1)
        if span["last"] is not None and int(span["last"]) < first:
            return Result(content, headers=headers)
    if first >= size or first >= end:
        raise not_satisfiable()
    headers.append((b"content-range", b"bytes %d-%d/%d" % (first, end - 1, size)))
    return Result(content[first:end], 206, headers)


def _unpacked(content: bytes) -> bytes | None:
    """Content without gzip; None where it is none, or too long."""
    reader = zlib.decompressobj(wbits=31)
    try:
        found = reader.decompress(content, _LARGEST_CONTENT)
    except zlib.error:
        return None
    return found if reader.eof else None


def _page(storage: Storage, bucket: str, call: Call) -> dict[str, object]:
    """The page that a query asks for; items and prefixes count together, in the order of their names."""
    query = call.query
    versions = flag(call, "versions")
    after, size = page_start(query.get("pageToken")), page_size(query.get("maxResults"))
    if bucket not in storage.buckets:
        raise no_bucket()
    if flag(call, "softDeleted"):
        if versions:
            raise invalid("softDeleted and versions cannot both be true.")
        return {"kind": "storage#objects"}  # what is deleted here is gone
    entries: dict[tuple[str, int], Object | None] = {}
    for found in storage.versions(bucket, all_of_them=versions):
        if _listed(found.name, query):
            for name, folded in _entries(found.name, query):
                entries.setdefault((name, 0 if folded else found.generation), None if folded else found)
    left = sorted(key for key in entries if after is None or key > after)
    shown = left[:size]
    items = [
        object_body(each, storage.buckets[bucket], base_of(call.request))
        for key in shown
        if (each := entries[key]) is not None
    ]
    prefixes = [name for name, generation in shown if not generation]
    body: dict[str, object] = {"kind": "storage#objects"}
    if len(shown) < len(left):
        body["nextPageToken"] = page_token(*shown[-1])
    return body | ({"prefixes": prefixes} if prefixes else {}) | ({"items": items} if items else {})


def _listed(name: str, query: httpx.QueryParams) -> bool:
    start, end, glob = query.get("startOffset"), query.get("endOffset"), query.get("matchGlob")
    return (
        name.startswith(query.get("prefix", ""))
        and (not start or name >= start)
        and (not end or name < end)
        and (not glob or expression(glob).fullmatch(name) is not None)
    )


def _entries(name: str, query: httpx.QueryParams) -> list[tuple[str, bool]]:
    """What stands for an object in a list: its name, the beginning that it is folded into, or both."""
    delimiter, prefix = query.get("delimiter", ""), query.get("prefix", "")
    at = name.find(delimiter, len(prefix)) if delimiter else -1
    if at < 0:
        return [(name, False)]
    end = at + len(delimiter)
    own = query.get("includeTrailingDelimiter", "").lower() == "true" and end == len(name)
    return [(name[:end], True), *([(name, False)] if own else [])]


def page_token(name: str, generation: int) -> str:
    """Where a page ends: at an object of that generation, or at 0 at a prefix or a bucket."""
    return base64.urlsafe_b64encode(f"{generation}/{name}".encode()).decode()


def page_start(token: str | None) -> tuple[str, int] | None:
    """The last entry of the page before, by name and generation; 400 for a token that no page had."""
    if not token:
        return None
    try:
        generation, slash, name = (
            base64.b64decode(token, altchars=b"-_", validate=True).decode().partition("/")
        )
        if slash and generation.isdigit():
            return name, int(generation)
    except (binascii.Error, ValueError):
        pass
    raise invalid(f"Invalid page token: {token}")


def page_size(given: str | None) -> int:
    """How many entries a page has, at most 1,000; 400 for what is no such number."""
    if given is None:
        return _LARGEST_PAGE
    if not re.fullmatch("[0-9]{1,9}", given) or int(given) < 1:
        raise invalid(f"maxResults must be a whole number above 0; it is {given!r}.")
    return min(int(given), _LARGEST_PAGE)
