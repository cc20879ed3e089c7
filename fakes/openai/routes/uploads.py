"""`/uploads`: a big file in parts, joined in the order that the client gives.

Formats and limits follow the specification; none of this was recorded. An upload never expires
here: a fake has no wall clock.
"""

from __future__ import annotations

from hashlib import md5
from typing import Any

from fakes.ids import base62
from fakes.json_text import sequence
from fakes.multipart import Part
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, refuse
from fakes.openai.records import Upload
from fakes.openai.serialize import upload_body
from fakes.openai.tables.others import PART, UPLOAD, UPLOADED
from fakes.openai.values import expiry_of, integer
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]

_PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_LARGEST = 8 * 2**30
_LARGEST_PART = 64 * 2**20


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the routes of uploads."""
    uploads, path = _Uploads(account), "/uploads/{upload_id}"
    endpoints.add_json("POST", "/uploads", uploads.create, query=NOTHING, body=UPLOAD)
    endpoints.add_form("POST", path + "/parts", uploads.add, query=NOTHING, body=PART)
    endpoints.add_json("POST", path + "/complete", uploads.complete, query=NOTHING, body=UPLOADED)
    endpoints.add("POST", path + "/cancel", uploads.cancel, query=NOTHING)


class _Uploads:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call, payload: dict[str, Any]) -> Result:
        del call
        for name in ("filename", "purpose", "mime_type"):
            if not isinstance(payload.get(name), str) or not payload[name]:
                raise invalid(f"'{name}' is a required property", name)
        if payload["purpose"] not in _PURPOSES:
            raise invalid(f"'{payload['purpose']}' is not one of {list(_PURPOSES)} - 'purpose'", "purpose")
        size = integer(payload, "bytes", 1, _LARGEST)
        if size is None:
            raise invalid("'bytes' is a required property", "bytes")
        name, purpose = payload["filename"], payload["purpose"]
        number = self._account.ids.create("upload", name, purpose, size, payload["mime_type"])
        begun = self._account.date.epoch + number % 60
        upload = Upload(f"upload_{base62(number, 24)}", name, purpose, size, begun)
        upload.seconds = expiry_of(payload.get("expires_after"), "expires_after")
        self._account.uploads[upload.id] = upload
        return Result(upload_body(upload))

    def add(self, call: Call, form: dict[str, Part]) -> Result:
        upload = self._pending(call)
        data = form.get("data")
        if data is None:
            raise invalid("'data' is a required property", "data")
        if len(data.content) > _LARGEST_PART:
            raise invalid(
                f"A part has at most {_LARGEST_PART} bytes; this one has {len(data.content)}.", "data"
            )
        number = self._account.ids.create("part", upload.id, data.content)
        part_id = f"part_{base62(number, 24)}"
        upload.parts[part_id] = data.content
        return Result(
            {
                "id": part_id,
                "object": "upload.part",
                "created_at": upload.created_at + 1,
                "upload_id": upload.id,
            }
        )

    def complete(self, call: Call, payload: dict[str, Any]) -> Result:
        upload = self._pending(call)
        chosen = sequence(payload.get("part_ids"))
        for index, part_id in enumerate(chosen):
            if not isinstance(part_id, str) or part_id not in upload.parts:
                raise invalid(f"There is no part {part_id!r} in {upload.id}.", f"part_ids[{index}]")
        if not chosen or len(set(chosen)) < len(chosen):
            raise invalid("'part_ids' must name at least one part, and none twice", "part_ids")
        content = b"".join(upload.parts[part_id] for part_id in chosen)
        if len(content) != upload.size:
            raise invalid(
                f"The parts have {len(content)} bytes, but the upload was announced with {upload.size}.",
                "part_ids",
            )
        wanted, found = payload.get("md5"), md5(content, usedforsecurity=False).hexdigest()
        if wanted is not None and wanted != found:
            raise invalid(f"The MD5 checksum of the parts is {found}, not {wanted}.", "md5")
        upload.file = self._account.add_file(upload.filename, upload.purpose, content)
        upload.file.seconds = upload.seconds
        upload.status = "completed"
        upload.parts.clear()
        return Result(upload_body(upload))

    def cancel(self, call: Call) -> Result:
        upload = self._pending(call)
        upload.status = "cancelled"
        upload.parts.clear()
        return Result(upload_body(upload))

    def _pending(self, call: Call) -> Upload:
        """The upload that a path names. Refusal: 404 if there is none, 400 if it is finished."""
        upload_id = call.params["upload_id"]
        upload = self._account.uploads.get(upload_id)
        if upload is None:
            raise refuse(404, f"No such Upload object: {upload_id}", param="upload_id")
        if upload.status != "pending":
            raise invalid(f"Upload {upload.id} is already {upload.status}.", "upload_id")
        return upload
