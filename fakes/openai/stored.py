"""`/chat/completions` again: those that were stored, to be listed, read, labelled and deleted.

Shapes are those of the specification and of its examples; nothing of this was recorded. The same request
gets the same id, so keeping it again changes nothing but its metadata. Only the last 1,000 are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from fakes.openai.asked import metadata_of
from fakes.openai.errors import invalid, refuse
from fakes.openai.state import OpenAI
from fakes.openai.wire import object_of, page
from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping, sequence

__all__ = ["Stored", "keep", "mount"]

Item = TypeVar("Item")
_KEPT = 1000
_PARTS = ("text", "image_url")


@dataclass(slots=True)
class Stored:
    """A chat completion object, the messages that it answers, and what it was labelled with."""

    completion: dict[str, Any]
    messages: list[Any]
    metadata: dict[str, str]


def keep(account: OpenAI, asked: dict[str, Any], completion: dict[str, Any]) -> None:
    """Keeps the completion that answers a request. Refusal: 400 for metadata that is none."""
    kept, name = account.completions, completion["id"]
    stored = Stored(completion, sequence(asked.get("messages")), metadata_of(asked) or {})
    kept.pop(name, None)
    kept[name] = stored
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the routes of stored completions."""
    stored, path = _StoredCompletions(account), "/chat/completions/{completion_id}"
    routes.add("GET", "/chat/completions", stored.list)
    routes.add("GET", path, stored.retrieve)
    routes.add("POST", path, stored.update)
    routes.add("DELETE", path, stored.delete)
    routes.add("GET", path + "/messages", stored.messages)


class _StoredCompletions:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def list(self, call: Call) -> Reply:
        """By time, the oldest first where no order is asked for."""
        model = call.query.get("model")
        wanted = {k[9:-1]: v for k, v in call.query.items() if k.startswith("metadata[") and k.endswith("]")}
        found = [
            stored
            for stored in self._account.completions.values()
            if model in (None, stored.completion["model"]) and wanted.items() <= stored.metadata.items()
        ]
        found.sort(key=lambda stored: (stored.completion["created"], stored.completion["id"]))
        return Reply(page(call, _ordered(call, found), lambda stored: stored.completion["id"], _body))

    def retrieve(self, call: Call) -> Reply:
        return Reply(_body(self._get(call)))

    def update(self, call: Call) -> Reply:
        """Metadata is all that can be changed; what is sent takes the place of all that was there."""
        stored, asked = self._get(call), object_of(call)
        if "metadata" not in asked:
            raise invalid("Missing required parameter: 'metadata'.", "metadata", "missing_required_parameter")
        stored.metadata = metadata_of(asked) or {}
        return Reply(_body(stored))

    def delete(self, call: Call) -> Reply:
        name = self._get(call).completion["id"]
        del self._account.completions[name]
        return Reply({"object": "chat.completion.deleted", "id": name, "deleted": True})

    def messages(self, call: Call) -> Reply:
        stored = self._get(call)
        shown = [_message(stored, index) for index in range(len(stored.messages))]
        return Reply(page(call, _ordered(call, shown), lambda message: message["id"], dict))

    def _get(self, call: Call) -> Stored:
        name = call.params["completion_id"]
        if (stored := self._account.completions.get(name)) is None:
            raise refuse(404, f"Chat completion with id '{name}' not found.", param="completion_id")
        return stored


def _ordered(call: Call, items: list[Item]) -> Iterable[Item]:
    order = call.query.get("order", "asc")
    if order not in ("asc", "desc"):
        raise invalid(f"'{order}' is not one of ['asc', 'desc'] - 'order'", "order")
    return items if order == "asc" else reversed(items)


def _body(stored: Stored) -> dict[str, Any]:
    return {**stored.completion, "metadata": stored.metadata}


def _message(stored: Stored, index: int) -> dict[str, Any]:
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
