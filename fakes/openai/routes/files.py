"""`/files`: upload, list, read, delete."""

from __future__ import annotations

import re
from urllib.parse import quote

from fakes.multipart import Part
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, no_file
from fakes.openai.records import File
from fakes.openai.serialize import file_body, page
from fakes.openai.tables.others import FILE, FILES
from fakes.openai.values import expiry_of
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the file routes."""
    files = _Files(account)
    endpoints.add_form("POST", "/files", files.upload, query=NOTHING, body=FILE)
    endpoints.add("GET", "/files", files.list, query=FILES)
    endpoints.add("GET", "/files/{file_id}", files.retrieve, query=NOTHING)
    endpoints.add("DELETE", "/files/{file_id}", files.delete, query=NOTHING)
    endpoints.add("GET", "/files/{file_id}/content", files.content, query=NOTHING)


class _Files:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def upload(self, call: Call, form: dict[str, Part]) -> Result:
        del call
        file, purpose = form.get("file"), form.get("purpose")
        if file is None or file.filename is None:
            raise invalid("'file' is a required property", "file")
        if purpose is None:
            raise invalid("'purpose' is a required property", "purpose")
        name = purpose.content.decode("utf-8", "replace")
        if name not in _PURPOSES:
            raise invalid(f"'{name}' is not one of {list(_PURPOSES)} - 'purpose'", "purpose")
        made = self._account.add_file(file.filename, name, file.content)
        made.seconds = expiry_of(_expires_after(form), "expires_after")
        return Result(file_body(made))

    def list(self, call: Call) -> Result:
        purpose, order = call.query.get("purpose"), call.query.get("order", "desc")
        if order not in ("asc", "desc"):
            raise invalid(f"'{order}' is not one of ['asc', 'desc'] - 'order'", "order")
        kept = [file for file in self._account.files.values() if purpose in (None, file.purpose)]
        kept.sort(key=lambda file: (-file.created_at, file.id))
        return Result(page(call, kept if order == "desc" else kept[::-1], _id, file_body, limit=10_000))

    def retrieve(self, call: Call) -> Result:
        return Result(file_body(self._get(call)))

    def delete(self, call: Call) -> Result:
        file = self._get(call)
        del self._account.files[file.id]
        return Result({"object": "file", "id": file.id, "deleted": True})

    def content(self, call: Call) -> Result:
        file = self._get(call)
        headers = (
            (b"content-type", b"application/octet-stream"),
            (b"content-disposition", _disposition(file.filename)),
        )
        return Result(file.content, headers=headers)

    def _get(self, call: Call) -> File:
        file = self._account.files.get(call.params["file_id"])
        if file is None:
            raise no_file(call.params["file_id"])
        return file


def _expires_after(form: dict[str, Part]) -> dict[str, object] | None:
    """The object `expires_after`, which a form has in pieces."""
    found: dict[str, object] = {}
    for name in ("anchor", "seconds"):
        if (part := form.get(f"expires_after[{name}]")) is not None:
            text = part.content.decode("utf-8", "replace")
            found[name] = int(text) if name == "seconds" and re.fullmatch("[0-9]{1,10}", text) else text
    return found or None


def _disposition(filename: str) -> bytes:
    """As recorded for a plain name; any other is encoded by RFC 6266, so that it cannot break the header."""
    if _PLAIN.fullmatch(filename):
        return f'attachment; filename="{filename}"'.encode()
    return f"attachment; filename*=UTF-8''{quote(filename, safe='', errors='replace')}".encode()


def _id(file: File) -> str:
    return file.id
