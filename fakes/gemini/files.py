"""`/files`: what the Developer API's clients upload, in one piece or several.

The protocol is the one of https://ai.google.dev/api/files: a first request names the file and gets a URL; the
content goes there, and the last piece says `finalize`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from fakes.google import timestamp
from fakes.ids import Ids, base62
from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping
from fakes.timeline import EPOCH
from fakes.vertex.errors import invalid, not_found
from fakes.vertex.wire import object_of

__all__ = ["mount"]

_SESSIONS = 64
_LIFE = 48 * 3600  # seconds for which the service keeps a file


@dataclass(slots=True)
class _Upload:
    """A file on its way."""

    name: str
    display_name: str
    mime_type: str
    content: bytes = b""


def mount(routes: Routes, ids: Ids) -> None:
    """Adds the file routes."""
    files = _Files(ids)
    routes.add("POST", "/upload/{version}/files", files.upload)
    routes.add("GET", "/{version}/files", files.list)
    routes.add("GET", "/{version}/files/{file}", files.retrieve)
    routes.add("DELETE", "/{version}/files/{file}", files.delete)


class _Files:
    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._uploads: dict[str, _Upload] = {}
        self._files: dict[str, _Upload] = {}

    def upload(self, call: Call) -> Reply:
        headers = call.request.headers
        commands = {word.strip() for word in headers.get("x-goog-upload-command", "").split(",")}
        if "start" in commands:
            return self._start(call)
        session = call.query.get("upload_id", "")
        upload = self._uploads.get(session)
        if upload is None:
            raise not_found(f"There is no upload {session!r}.")
        offset = headers.get("x-goog-upload-offset", "0")
        if offset != str(len(upload.content)):
            raise invalid(f"The upload is at {len(upload.content)}, not at {offset}.")
        upload.content += call.body
        if "finalize" not in commands:
            return Reply({}, headers=((b"x-goog-upload-status", b"active"),))
        del self._uploads[session]
        self._files[upload.name] = upload
        return Reply({"file": _body(upload)}, headers=((b"x-goog-upload-status", b"final"),))

    def list(self, call: Call) -> Reply:
        del call
        return Reply({"files": [_body(file) for file in self._files.values()]} if self._files else {})

    def retrieve(self, call: Call) -> Reply:
        return Reply(_body(self._get(call)))

    def delete(self, call: Call) -> Reply:
        del self._files[self._get(call).name]
        return Reply({})

    def _start(self, call: Call) -> Reply:
        asked = mapping(object_of(call).get("file"))
        mime_type = call.request.headers.get("x-goog-upload-header-content-type") or asked.get("mimeType")
        if not isinstance(mime_type, str):
            raise invalid("The type of the content is missing.")
        shown = asked.get("displayName") or asked.get("display_name")  # google-genai writes the latter
        number = self._ids.create("gemini file", call.body, mime_type)
        name = asked.get("name") or f"files/{base62(number, 12).lower()}"
        session = base62(self._ids.of("gemini upload", number), 24)
        if len(self._uploads) >= _SESSIONS:
            del self._uploads[next(iter(self._uploads))]
        self._uploads[session] = _Upload(str(name), str(shown or ""), mime_type)
        host, path = call.request.headers.get("host", ""), call.request.url.path
        where = f"https://{host}{path}?upload_id={session}&upload_protocol=resumable".encode("ascii")
        return Reply({}, headers=((b"x-goog-upload-url", where), (b"x-goog-upload-status", b"active")))

    def _get(self, call: Call) -> _Upload:
        name = f"files/{call.params['file']}"
        if name not in self._files:
            raise not_found(f"The file {name} does not exist.")
        return self._files[name]


def _body(file: _Upload) -> dict[str, object]:
    """A File resource; int64 fields travel as strings."""
    body: dict[str, object] = {
        "name": file.name,
        "mimeType": file.mime_type,
        "sizeBytes": str(len(file.content)),
        "createTime": timestamp(EPOCH),
        "updateTime": timestamp(EPOCH),
        "expirationTime": timestamp(EPOCH + _LIFE),
        "sha256Hash": base64.b64encode(hashlib.sha256(file.content).digest()).decode(),
        "uri": f"https://generativelanguage.googleapis.com/v1beta/{file.name}",
        "state": "ACTIVE",
        "source": "UPLOADED",
    }
    return body | ({"displayName": file.display_name} if file.display_name else {})
