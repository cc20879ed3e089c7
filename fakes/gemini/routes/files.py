"""`/files`: uploads of the Developer API's clients, in one piece or several.

The protocol is described at https://ai.google.dev/api/files: a first request names the file and gets a URL;
the content is sent there, and the last piece has the command `finalize`.
"""

from __future__ import annotations

from fakes.gemini.account import Gemini
from fakes.gemini.records import File
from fakes.gemini.serialize import file_body
from fakes.gemini.tables import FILE, LISTED, STANDARD, UPLOAD
from fakes.ids import base62
from fakes.json_text import mapping
from fakes.routes import Call, Result, Routes
from fakes.vertex.errors import invalid, not_found
from fakes.vertex.paging import page_of
from fakes.vertex.reading import Takes, object_of, read_message

__all__ = ["mount"]


def mount(routes: Routes, account: Gemini) -> None:
    """Add the file routes."""
    files = _Files(account)
    routes.add("POST", "/upload/{version}/files", files.upload, Takes(UPLOAD))
    routes.add("GET", "/{version}/files", files.list, Takes(LISTED))
    routes.add("GET", "/{version}/files/{file}", files.retrieve, Takes(STANDARD))
    routes.add("DELETE", "/{version}/files/{file}", files.delete, Takes(STANDARD))


class _Files:
    def __init__(self, account: Gemini) -> None:
        self._account = account

    def upload(self, call: Call) -> Result:
        headers = call.request.headers
        commands = {word.strip() for word in headers.get("x-goog-upload-command", "").split(",")}
        if "start" in commands:
            return self._start(call)
        session = call.asked.get("upload_id", "")
        upload = self._account.uploads.get(session)
        if upload is None:
            raise not_found(f"There is no upload {session!r}.")
        offset = headers.get("x-goog-upload-offset", "0")
        if offset != str(len(upload.content)):
            raise invalid(f"The upload is at {len(upload.content)}, not at {offset}.")
        upload.content += call.body
        if "finalize" not in commands:
            return Result({}, headers=((b"x-goog-upload-status", b"active"),))
        return Result(
            {"file": file_body(self._account.finish(session))},
            headers=((b"x-goog-upload-status", b"final"),),
        )

    def list(self, call: Call) -> Result:
        shown, token = page_of(call, list(self._account.files.values()))
        body: dict[str, object] = {"files": [file_body(file) for file in shown]} if shown else {}
        return Result(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Result:
        return Result(file_body(self._get(call)))

    def delete(self, call: Call) -> Result:
        del self._account.files[self._get(call).name]
        return Result({})

    def _start(self, call: Call) -> Result:
        payload = mapping(read_message(object_of(call.body), FILE).get("file"))
        mime_type = call.request.headers.get("x-goog-upload-header-content-type") or payload.get("mimeType")
        if not isinstance(mime_type, str):
            raise invalid("The type of the content is missing.")
        number = self._account.ids.create("gemini file", call.body, mime_type)
        name = payload.get("name") or f"files/{base62(number, 12).lower()}"
        session = base62(self._account.ids.of("gemini upload", number), 24)
        shown, created = str(payload.get("displayName", "")), self._account.project.date.epoch
        made = File(str(name), shown, mime_type, created=created)
        self._account.begin(session, made)
        host, path = call.request.headers.get("host", ""), call.request.url.path
        where = f"https://{host}{path}?upload_id={session}&upload_protocol=resumable".encode("ascii")
        return Result({}, headers=((b"x-goog-upload-url", where), (b"x-goog-upload-status", b"active")))

    def _get(self, call: Call) -> File:
        name = f"files/{call.params['file']}"
        if name not in self._account.files:
            raise not_found(f"The file {name} does not exist.")
        return self._account.files[name]
