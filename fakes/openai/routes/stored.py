"""`/chat/completions` that were stored: listed, read, labelled and deleted.

Shapes are those of the specification and its examples; nothing of this was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from fakes.json_text import mapping, sequence
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, refuse
from fakes.openai.records import StoredCompletion
from fakes.openai.serialize import page
from fakes.openai.tables.chat import LISTED, MESSAGES, UPDATED
from fakes.openai.values import metadata_of, missing
from fakes.parameters import NOTHING
from fakes.routes import Call, Result

__all__ = ["mount"]

Item = TypeVar("Item")
_PARTS = ("text", "image_url")


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the routes of stored completions."""
    stored, path = _StoredCompletions(account), "/chat/completions/{completion_id}"
    endpoints.add("GET", "/chat/completions", stored.list, query=LISTED)
    endpoints.add("GET", path, stored.retrieve, query=NOTHING)
    endpoints.add_json("POST", path, stored.update, query=NOTHING, body=UPDATED)
    endpoints.add("DELETE", path, stored.delete, query=NOTHING)
    endpoints.add("GET", path + "/messages", stored.messages, query=MESSAGES)


class _StoredCompletions:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def list(self, call: Call) -> Result:
        """By time, the oldest first where no order is asked for."""
        model = call.query.get("model")
        wanted = {k[9:-1]: v for k, v in call.query.items() if k.startswith("metadata[") and k.endswith("]")}
        found = [
            stored
            for stored in self._account.completions.values()
            if model in (None, stored.completion["model"]) and wanted.items() <= stored.metadata.items()
        ]
        found.sort(key=lambda stored: (stored.completion["created"], stored.completion["id"]))
        return Result(page(call, _ordered(call, found), lambda stored: stored.completion["id"], _body))

    def retrieve(self, call: Call) -> Result:
        return Result(_body(self._get(call)))

    def update(self, call: Call, payload: dict[str, Any]) -> Result:
        """Metadata is all that can be changed; what is sent takes the place of all that was there."""
        stored = self._get(call)
        if "metadata" not in payload:
            raise missing("metadata")
        stored.metadata = metadata_of(payload) or {}
        return Result(_body(stored))

    def delete(self, call: Call) -> Result:
        name = self._get(call).completion["id"]
        del self._account.completions[name]
        return Result({"object": "chat.completion.deleted", "id": name, "deleted": True})

    def messages(self, call: Call) -> Result:
        stored = self._get(call)
        shown = [_message(stored, index) for index in range(len(stored.messages))]
        return Result(page(call, _ordered(call, shown), lambda message: message["id"], dict))

    def _get(self, call: Call) -> StoredCompletion:
        name = call.params["completion_id"]
        if (stored := self._account.completions.get(name)) is None:
            raise refuse(404, f"Chat completion with id '{name}' not found.", param="completion_id")
        return stored


def _ordered(call: Call, items: list[Item]) -> Iterable[Item]:
    order = call.query.get("order", "asc")
    if order not in ("asc", "desc"):
        raise invalid(f"'{order}' is not one of ['asc', 'desc'] - 'order'", "order")
    return items if order == "asc" else reversed(items)


def _body(stored: StoredCompletion) -> dict[str, Any]:
    return {**stored.completion, "metadata": stored.metadata}


def _message(stored: StoredCompletion, index: int) -> dict[str, Any]:
    """A message of the request: its text, or its parts where it was sent in parts.

    It keeps its role, though the specification gives stored messages the schema of answers, which are the
    assistant's alone.
    """
    message = mapping(stored.messages[index])
    content = message.get("content")
    parts = [part for part in sequence(content) if mapping(part).get("type") in _PARTS]
    return {
        "id": f"{stored.completion['id']}-{index}",
        "role": message.get("role"),
        "content": content if isinstance(content, str) else None,
        "refusal": None,
        "content_parts": parts or None,
    }
