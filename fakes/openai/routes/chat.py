"""`/chat/completions`: one question, whole or streamed, one answer or several; stored on request.

Stored completions are listed, read, labelled and deleted according to the specification and its examples;
none of this was recorded. The same request gets the same id, so storing it again changes only its metadata.
Only the last 1,000 are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from fakes.ids import base62
from fakes.json_text import compact, mapping, sequence
from fakes.openai.account import OpenAI
from fakes.openai.answer import Answer, answer_of, token_logprobs, turns_of
from fakes.openai.catalogue import find
from fakes.openai.errors import invalid, no_model, refuse
from fakes.openai.records import StoredCompletion
from fakes.openai.serialize import page
from fakes.openai.validate import flag, integer, metadata_of, number, object_of, stops_of, text_only
from fakes.routes import Call, Result, Routes
from fakes.timeline import EPOCH
from fakes.tokens import count, pieces

__all__ = ["complete", "keep", "mount"]

Item = TypeVar("Item")
_KEPT = 1000
_PARTS = ("text", "image_url")

_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)


_MOST_CHOICES, _MOST_LOGPROBS = 128, 20


def mount(routes: Routes, account: OpenAI) -> None:
    """Add the chat routes. The same request gets the same bytes, including id and time."""

    def handle(call: Call) -> Result:
        payload = object_of(call)
        store = "store" in payload and flag(payload, "store")
        if store or not flag(payload, "stream"):
            completion = complete(account, payload, call.body)
            if store:
                keep(account, payload, completion)
            if not flag(payload, "stream"):
                return Result(completion)
        head, choices, usage = _answered(account, payload, call.body)
        wanted = flag(mapping(payload.get("stream_options")), "include_usage")
        return Result(_stream(head, choices, _top(payload), usage if wanted else None), headers=_EVENTS)

    routes.add("POST", "/chat/completions", handle)
    stored, path = _StoredCompletions(account), "/chat/completions/{completion_id}"
    routes.add("GET", "/chat/completions", stored.list)
    routes.add("GET", path, stored.retrieve)
    routes.add("POST", path, stored.update)
    routes.add("DELETE", path, stored.delete)
    routes.add("GET", path + "/messages", stored.messages)


def complete(account: OpenAI, payload: dict[str, Any], key: bytes) -> dict[str, object]:
    """The chat completion object that answers a request; its id is derived from `key`.

    Raises:
        Refusal: 404 for a model that does not exist, 400 for an invalid request.
    """
    head, choices, usage = _answered(account, payload, key)
    top = _top(payload)
    shown: list[dict[str, object]] = [
        {
            "index": index,
            "message": {"role": "assistant", "content": said.text, "refusal": None, "annotations": []},
            "logprobs": None if top is None else {"content": token_logprobs(said, top), "refusal": None},
            "finish_reason": said.reason,
        }
        for index, said in enumerate(choices)
    ]
    return {**head, "object": "chat.completion", "choices": shown, "usage": usage}


def _answered(
    account: OpenAI, payload: dict[str, Any], key: bytes
) -> tuple[dict[str, object], list[Answer], dict[str, int]]:
    """The common beginning of all events of an answer, the choices, and the usage."""
    name = payload.get("model")
    if not isinstance(name, str):
        raise invalid("you must provide a model parameter")
    model = account.model(name)
    if model is None:
        raise no_model(name)
    turns = turns_of(payload.get("messages"))
    if payload.get("stream_options") is not None and not payload.get("stream"):
        raise invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    if "response_format" in payload:
        text_only(payload["response_format"], "response_format")
    temperature, limit, stops = number(payload, "temperature", 2, 1.0), _limit(payload), stops_of(payload)
    seeds = _seeds(account, integer(payload, "seed") or 0, integer(payload, "n", 1, _MOST_CHOICES) or 1)
    choices = [answer_of(model, turns, temperature, each, limit=limit, stops=stops) for each in seeds]
    base, made = find(name), account.ids.of("chat", key)
    head: dict[str, object] = {
        "id": f"chatcmpl-{base62(made, 29)}",
        "created": EPOCH + made % 86_400,
        "model": base.id if base else name,
        "service_tier": "default",
        "system_fingerprint": "fp_fakes",
    }
    answered = sum([count(said.text) for said in choices])
    usage = {
        "prompt_tokens": turns.tokens,
        "completion_tokens": answered,
        "total_tokens": turns.tokens + answered,
    }
    return head, choices, usage


def _seeds(account: OpenAI, seed: int, choices: int) -> list[int]:
    """The seed of each choice: the first one has the requested seed, as if it were the only choice."""
    return [seed, *[account.ids.of("choice", seed, index) % 2**31 for index in range(1, choices)]]


def _limit(payload: dict[str, Any]) -> int | None:
    newer, older = integer(payload, "max_completion_tokens", 1), integer(payload, "max_tokens", 1)
    if newer and older:
        raise invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        )
    return newer or older


def _top(payload: dict[str, Any]) -> int | None:
    """How many of the likeliest tokens are shown with each token; None without log probabilities."""
    top = integer(payload, "top_logprobs", 0, _MOST_LOGPROBS)
    if flag(payload, "logprobs"):
        return top or 0
    if top is not None:
        raise invalid("'top_logprobs' is only allowed when 'logprobs' is true.", "top_logprobs")
    return None


def _stream(
    head: dict[str, object], choices: Sequence[Answer], top: int | None, usage: dict[str, int] | None
) -> Iterator[bytes]:
    """Server-sent events, choice by choice: the role, the answer word by word, the reason to stop; then
    [DONE].

    If usage is requested it comes last, and is null in all earlier chunks.
    """
    head = {**head, "object": "chat.completion.chunk"}
    tail = {"usage": None} if usage else {}

    def event(
        index: int,
        delta: dict[str, object],
        logprobs: dict[str, object] | None = None,
        finish: str | None = None,
    ) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return _data({**head, "choices": [choice], **tail})

    for index, said in enumerate(choices):
        yield event(index, {"role": "assistant", "content": "", "refusal": None})
        tokens = token_logprobs(said, top) if top is not None else []
        for at, word in enumerate(pieces(said.text)):
            shown: dict[str, object] = {"content": tokens[at : at + 1], "refusal": None}
            yield event(index, {"content": word}, shown if tokens else None)
        yield event(index, {}, finish=said.reason)
    if usage:
        yield _data({**head, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _data(chunk: object) -> bytes:
    return b"data: " + compact(chunk) + b"\n\n"


def keep(account: OpenAI, payload: dict[str, Any], completion: dict[str, Any]) -> None:
    """Store the completion that answers a request. Refusal: 400 for invalid metadata."""
    kept, name = account.completions, completion["id"]
    stored = StoredCompletion(completion, sequence(payload.get("messages")), metadata_of(payload) or {})
    kept.pop(name, None)
    kept[name] = stored
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


class _StoredCompletions:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def list(self, call: Call) -> Result:
        """By time, the oldest first by default."""
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

    def update(self, call: Call) -> Result:
        """Only metadata can be changed; the new metadata replaces all of the old."""
        stored, payload = self._get(call), object_of(call)
        if "metadata" not in payload:
            raise invalid("Missing required parameter: 'metadata'.", "metadata", "missing_required_parameter")
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
    """A message of the request: its text, or its parts if it was sent in parts.

    It keeps its role, although the specification gives stored messages the schema of answers, whose role is
    always the assistant.
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
