"""Uploads of objects: simple, with metadata, and resumable in chunks.

The three types are those of https://docs.cloud.google.com/storage/docs/uploads-downloads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from fakes.multipart import metadata_and_content
from fakes.routes import Call, Result, Routes
from fakes.storage.account import Storage
from fakes.storage.conditions import Conditions
from fakes.storage.errors import changed, invalid, no_bucket, no_session
from fakes.storage.parameters import number, operation
from fakes.storage.records import BadRange, Object, Range, Session
from fakes.storage.serialize import base_of, object_body
from fakes.storage.validate import (
    bucket_of,
    check_hold,
    check_sums,
    merged,
    metadata_of,
    object_fields,
    object_name,
)

__all__ = ["mount", "replaced"]

_PATH = "/upload/storage/v1/b/{bucket}/o"
_BYTES = "application/octet-stream"
_RESUME = 308
_CANCELLED = 499


def mount(routes: Routes, storage: Storage) -> None:
    """Add the upload routes."""
    uploads = _Uploads(storage)
    create = operation("objects.insert", uploads.create)
    resume = operation("objects.insert", uploads.resume)

    def create_or_resume(call: Call) -> Result:
        # some clients send their chunks by POST
        return (resume if "upload_id" in call.query else create)(call)

    routes.add("POST", _PATH, create_or_resume)
    routes.add("PUT", _PATH, resume)
    routes.add("DELETE", _PATH, operation("objects.insert", uploads.cancel))


def replaced(storage: Storage, bucket: str, name: str, wanted: Conditions) -> None:
    """Whether an object may be put there: a 404, 412 or 403 where not."""
    if not storage.takes(bucket):
        raise no_bucket()
    found = storage.find(bucket, name)
    now = (found.generation, found.metageneration) if found else (0, 0)
    if wanted.fail(*now) or wanted.unchanged(*now):
        raise changed()
    check_hold(found)


class _Uploads:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def create(self, call: Call) -> Result:
        match call.query.get("uploadType"):
            case "media":
                kind = call.request.headers.get("content-type", _BYTES)
                name = object_name(call.query.get("name"))
                return self._store(call, name, call.body, {"contentType": kind})
            case "multipart":
                return self._multipart(call)
            case "resumable":
                return self._begin(call)
            case kind:
                raise invalid(f"Upload type {kind!r} is none: use media, multipart or resumable.")

    def resume(self, call: Call) -> Result:
        session = self._session(call)
        if session.generation is not None:
            return self._done(call, session)
        try:
            span = Range.parse(call.request.headers.get("content-range"), len(call.body))
            complete = session.take(span, call.body)
        except BadRange as bad:
            raise invalid(str(bad)) from None
        if complete:
            content, session.received = bytes(session.received), bytearray()
            try:
                key = session.bucket, session.name
                made = self._put(call, key, content, session.fields, session.conditions)
            except BaseException:
                self._storage.sessions.cancel(session.id)  # what was sent is not kept
                raise
            session.generation = made.generation
            return self._shown(call, made)
        here = len(session.received)
        return Result(b"", _RESUME, ((b"range", b"bytes=0-%d" % (here - 1)),) if here else ())

    def cancel(self, call: Call) -> Result:
        self._storage.sessions.cancel(self._session(call).id)
        return Result(b"", _CANCELLED)

    def _store(self, call: Call, name: str, content: bytes, fields: Mapping[str, Any]) -> Result:
        chosen = self._fields(call, fields)
        wanted = Conditions.read(call.query, number)
        return self._shown(call, self._put(call, (bucket_of(call), name), content, chosen, wanted))

    def _put(
        self, call: Call, key: tuple[str, str], content: bytes, fields: dict[str, Any], wanted: Conditions
    ) -> Object:
        chosen = check_sums(content, fields, call.request.headers.get("x-goog-hash"))
        replaced(self._storage, *key, wanted)
        return self._storage.put(*key, content, merged({}, chosen))

    def _fields(self, call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
        encoding = call.query.get("contentEncoding")
        return object_fields({**given, **({"contentEncoding": encoding} if encoding else {})})

    def _shown(self, call: Call, made: Object) -> Result:
        return Result(object_body(made, self._storage.buckets[made.bucket], base_of(call.request)))

    def _multipart(self, call: Call) -> Result:
        try:
            head, content, kind = metadata_and_content(
                call.request.headers.get("content-type", ""), call.body
            )
        except ValueError as bad:
            raise invalid(str(bad)) from None
        metadata = metadata_of(head)
        name = object_name(call.query.get("name") or metadata.get("name"))
        kind = metadata.get("contentType") or kind or _BYTES
        return self._store(call, name, content, {**metadata, "contentType": kind})

    def _begin(self, call: Call) -> Result:
        metadata, headers, bucket = metadata_of(call.body), call.request.headers, bucket_of(call)
        name = object_name(call.query.get("name") or metadata.get("name"))
        length = headers.get("x-upload-content-length")
        if length is not None and not re.fullmatch("[0-9]{1,18}", length):
            raise invalid(f"X-Upload-Content-Length must be a number of bytes; it is {length!r}.")
        kind = metadata.get("contentType") or headers.get("x-upload-content-type") or _BYTES
        fields = self._fields(call, {**metadata, "contentType": kind})
        wanted = Conditions.read(call.query, number)
        replaced(self._storage, bucket, name, wanted)
        total = None if length is None else int(length)
        session = self._storage.sessions.begin(bucket, name, fields, wanted, total)
        where = f"{base_of(call.request)}{_PATH.replace('{bucket}', call.params['bucket'])}"
        query = f"uploadType=resumable&name={quote(name, safe='')}&upload_id={session.id}"
        return Result(
            b"",
            headers=(
                (b"location", f"{where}?{query}".encode()),
                (b"x-guploader-uploadid", session.id.encode()),
            ),
        )

    def _session(self, call: Call) -> Session:
        session = self._storage.sessions.get(call.query.get("upload_id", ""))
        if session is None or session.bucket != bucket_of(call):
            raise no_session()
        return session

    def _done(self, call: Call, session: Session) -> Result:
        """The object that an upload became, told again to a client that missed it."""
        found = self._storage.find(session.bucket, session.name, session.generation)
        if found is None:
            raise no_session()
        return self._shown(call, found)
