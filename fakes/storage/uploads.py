"""Uploading objects: at once, with metadata, and resumably in chunks.

The three types are those of https://docs.cloud.google.com/storage/docs/uploads-downloads.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from fakes.routes import Call, Reply, Routes
from fakes.shape import is_mapping, parse
from fakes.storage.errors import invalid, no_session
from fakes.storage.related import metadata_and_content
from fakes.storage.sessions import BadRange, Range, Session
from fakes.storage.state import Storage
from fakes.storage.wire import bucket_of, object_body, object_name

__all__ = ["mount"]

_PATH = "/upload/storage/v1/b/{bucket}/o"
_BYTES = "application/octet-stream"
_RESUME = 308
_CANCELLED = 499


def mount(routes: Routes, storage: Storage) -> None:
    """Adds the upload routes."""
    uploads = _Uploads(storage)
    routes.add("POST", _PATH, uploads.create)
    routes.add("PUT", _PATH, uploads.resume)
    routes.add("DELETE", _PATH, uploads.cancel)


class _Uploads:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def create(self, call: Call) -> Reply:
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

    def resume(self, call: Call) -> Reply:
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
            return Reply(object_body(made))
        here = len(session.received)
        return Reply(b"", _RESUME, ((b"range", b"bytes=0-%d" % (here - 1)),) if here else ())

    def cancel(self, call: Call) -> Reply:
        self._storage.sessions.cancel(self._session(call).id)
        return Reply(b"", _CANCELLED)

    def _store(self, call: Call, name: str, content: bytes, kind: str) -> Reply:
        return Reply(object_body(self._storage.put(bucket_of(call), name, content, kind)))

    def _multipart(self, call: Call) -> Reply:
        try:
            head, content, kind = metadata_and_content(
                call.request.headers.get("content-type", ""), call.body
            )
        except ValueError as bad:
            raise invalid(str(bad)) from None
        metadata = _metadata(head)
        name = object_name(call.query.get("name") or metadata.get("name"))
        return self._store(call, name, content, str(metadata.get("contentType") or kind or _BYTES))

    def _begin(self, call: Call) -> Reply:
        metadata, headers = _metadata(call.body), call.request.headers
        name = object_name(call.query.get("name") or metadata.get("name"))
        length = headers.get("x-upload-content-length")
        if length is not None and not re.fullmatch("[0-9]{1,18}", length):
            raise invalid(f"X-Upload-Content-Length must be a number of bytes; it is {length!r}.")
        kind = str(metadata.get("contentType") or headers.get("x-upload-content-type") or _BYTES)
        total = None if length is None else int(length)
        session = self._storage.sessions.begin(bucket_of(call), name, kind, total)
        # a client on a port must come back to that port, whose scheme is not in the request
        host = headers.get("host") or "storage.googleapis.com"
        scheme = "https" if host.partition(":")[0].endswith(".googleapis.com") else "http"
        where = f"{scheme}://{host}{_PATH.replace('{bucket}', call.params['bucket'])}"
        query = f"uploadType=resumable&name={quote(name, safe='')}&upload_id={session.id}"
        return Reply(
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

    def _done(self, session: Session) -> Reply:
        """The object that an upload became, told again to a client that missed it."""
        found = self._storage.objects.get((session.bucket, session.name))
        if found is None or found.generation != session.generation:
            raise no_session()
        return Reply(object_body(found))


def _metadata(text: bytes) -> dict[str, Any]:
    """The metadata of a new object; empty where none is given, 400 where it is no JSON object."""
    try:
        found = parse(text.strip() or b"{}")
    except ValueError:
        found = None
    if not is_mapping(found):
        raise invalid("The metadata of an object must be a JSON object.")
    return found
