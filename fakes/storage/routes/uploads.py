"""Uploads of objects: simple, with metadata, and resumable in chunks.

The three types are those of https://docs.cloud.google.com/storage/docs/uploads-downloads.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from fakes.multipart import metadata_and_content
from fakes.routes import Call, Result, Routes
from fakes.storage.account import Storage
from fakes.storage.errors import invalid, no_session
from fakes.storage.records import BadRange, Range, Session
from fakes.storage.serialize import object_body
from fakes.storage.validate import bucket_of, metadata_of, object_name

__all__ = ["mount"]

_PATH = "/upload/storage/v1/b/{bucket}/o"
_BYTES = "application/octet-stream"
_RESUME = 308
_CANCELLED = 499


def mount(routes: Routes, storage: Storage) -> None:
    """Add the upload routes."""
    uploads = _Uploads(storage)
    routes.add("POST", _PATH, uploads.create)
    routes.add("PUT", _PATH, uploads.resume)
    routes.add("DELETE", _PATH, uploads.cancel)


class _Uploads:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def create(self, call: Call) -> Result:
        match call.query.get("uploadType"):
            case "media":
                kind = call.request.headers.get("content-type", _BYTES)
                return self._store(call, object_name(call.query.get("name")), call.body, kind)
            case "multipart":
                return self._multipart(call)
            case "resumable":
                return self._begin(call)
            case kind:
                raise invalid(f"Upload type {kind!r} is none: use media, multipart or resumable.")

    def resume(self, call: Call) -> Result:
        session = self._session(call)
        if session.generation is not None:
            return self._done(session)
        try:
            span = Range.parse(call.request.headers.get("content-range"), len(call.body))
            complete = session.take(span, call.body)
        except BadRange as bad:
            raise invalid(str(bad)) from None
        if complete:
            content, session.received = bytes(session.received), bytearray()
            made = self._storage.put(session.bucket, session.name, content, session.content_type)
            session.generation = made.generation
            return Result(object_body(made))
        here = len(session.received)
        return Result(b"", _RESUME, ((b"range", b"bytes=0-%d" % (here - 1)),) if here else ())

    def cancel(self, call: Call) -> Result:
        self._storage.sessions.cancel(self._session(call).id)
        return Result(b"", _CANCELLED)

    def _store(self, call: Call, name: str, content: bytes, kind: str) -> Result:
        return Result(object_body(self._storage.put(bucket_of(call), name, content, kind)))

    def _multipart(self, call: Call) -> Result:
        try:
            head, content, kind = metadata_and_content(
                call.request.headers.get("content-type", ""), call.body
            )
        except ValueError as bad:
            raise invalid(str(bad)) from None
        metadata = metadata_of(head)
        name = object_name(call.query.get("name") or metadata.get("name"))
        return self._store(call, name, content, str(metadata.get("contentType") or kind or _BYTES))

    def _begin(self, call: Call) -> Result:
        metadata, headers = metadata_of(call.body), call.request.headers
        name = object_name(call.query.get("name") or metadata.get("name"))
        length = headers.get("x-upload-content-length")
        if length is not None and not re.fullmatch("[0-9]{1,18}", length):
            raise invalid(f"X-Upload-Content-Length must be a number of bytes; it is {length!r}.")
        kind = str(metadata.get("contentType") or headers.get("x-upload-content-type") or _BYTES)
        total = None if length is None else int(length)
        session = self._storage.sessions.begin(bucket_of(call), name, kind, total)
        # a client of a port must return to that port, and the request does not contain its scheme
        host = headers.get("host") or "storage.googleapis.com"
        scheme = "https" if host.partition(":")[0].endswith(".googleapis.com") else "http"
        where = f"{scheme}://{host}{_PATH.replace('{bucket}', call.params['bucket'])}"
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

    def _done(self, session: Session) -> Result:
        """The object that resulted from an upload, for a client that missed the response."""
        found = self._storage.objects.get((session.bucket, session.name))
        if found is None or found.generation != session.generation:
            raise no_session()
        return Result(object_body(found))
