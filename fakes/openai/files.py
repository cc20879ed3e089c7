"""`/files`: upload, list, read, delete."""

from __future__ import annotations

from collections.abc import Callable

from fakes.multipart import parts
from fakes.openai.errors import invalid, no_file
from fakes.openai.state import File, OpenAI
from fakes.openai.wire import file_body, page
from fakes.routes import Call, Reply, Routes

__all__ = ["mount"]

_PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the file routes."""

    def get(call: Call) -> File:
        file = account.files.get(call.params["file_id"])
        if file is None:
            raise no_file(call.params["file_id"])
        return file

    def upload(call: Call) -> Reply:
        form = parts(call.request.headers.get("content-type", ""), call.body)
        file, purpose = form.get("file"), form.get("purpose")
        if file is None or file.filename is None:
            raise invalid("'file' is a required property", "file")
        if purpose is None:
            raise invalid("'purpose' is a required property", "purpose")
        name = purpose.content.decode("utf-8", "replace")
        if name not in _PURPOSES:
            raise invalid(f"'{name}' is not one of {list(_PURPOSES)} - 'purpose'", "purpose")
        if not file.content:
            raise invalid("The file is empty.", "file")
        return Reply(file_body(account.add_file(file.filename, name, file.content)))

    def list_files(call: Call) -> Reply:
        purpose = call.query.get("purpose")
        kept = [f for f in account.files.values() if purpose in (None, f.purpose)]
        kept.sort(key=_newest_first)
        return Reply(page(call, kept, lambda file: file.id, file_body))

    def delete(call: Call) -> Reply:
        file = get(call)
        del account.files[file.id]
        return Reply({"object": "file", "id": file.id, "deleted": True})

    def content(call: Call) -> Reply:
        file = get(call)
        return Reply(file.content, headers=((b"content-type", b"application/octet-stream"),))

    show: Callable[[Call], Reply] = lambda call: Reply(file_body(get(call)))  # noqa: E731 - a route of one line
    routes.add("POST", "/files", upload)
    routes.add("GET", "/files", list_files)
    routes.add("GET", "/files/{file_id}", show)
    routes.add("DELETE", "/files/{file_id}", delete)
    routes.add("GET", "/files/{file_id}/content", content)


def _newest_first(file: File) -> tuple[int, str]:
    return (-file.created_at, file.id)
