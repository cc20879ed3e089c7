"""`/chat/completions`: one question, one answer, whole or streamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fakes.ids import base62
from fakes.openai.catalogue import find
from fakes.openai.errors import invalid, no_model
from fakes.openai.state import OpenAI
from fakes.openai.wire import object_of
from fakes.routes import Call, Reply, Routes
from fakes.shape import compact, mapping, sequence
from fakes.timeline import EPOCH
from fakes.tokens import count, cut, pieces

__all__ = ["mount"]

_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the chat route. The same request gets the same bytes, its id and time included."""

    def complete(call: Call) -> Reply:
        asked = object_of(call)
        name = asked.get("model")
        if not isinstance(name, str):
            raise invalid("you must provide a model parameter")
        model = account.model(name)
        if model is None:
            raise no_model(name)
        system, prompt, tokens = _turns(asked.get("messages"))
        said = model.answer(
            prompt, system=system, temperature=_temperature(asked), seed=_integer(asked, "seed") or 0
        )
        limit = _integer(asked, "max_completion_tokens") or _integer(asked, "max_tokens")
        text = said.text if limit is None else cut(said.text, limit)
        reason = "stop" if text == said.text else "length"
        number = account.ids.of("chat", call.body)
        base = find(name)
        head: dict[str, object] = {
            "id": f"chatcmpl-{base62(number, 29)}",
            "created": EPOCH + number % 86_400,
            "model": base.id if base else name,
            "service_tier": "default",
            "system_fingerprint": "fp_fakes",
        }
        answered = count(text)
        usage = {"prompt_tokens": tokens, "completion_tokens": answered, "total_tokens": tokens + answered}
        if asked.get("stream"):
            wanted = mapping(asked.get("stream_options")).get("include_usage")
            return Reply(_stream(head, text, reason, usage if wanted else None), headers=_EVENTS)
        message: dict[str, object] = {
            "role": "assistant",
            "content": text,
            "refusal": None,
            "annotations": [],
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return Reply({**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    routes.add("POST", "/chat/completions", complete)


def _turns(messages: object) -> tuple[str, str, int]:
    """The last system message, the last user message, and the tokens of all messages."""
    turns = sequence(messages)
    if not turns:
        raise invalid("[] is too short - 'messages'", "messages")
    said, tokens = {"system": "", "user": ""}, 0
    for index, message in enumerate(map(mapping, turns)):
        role, text = message.get("role"), _text(message.get("content"))
        if role not in _ROLES:
            supported = ", ".join(repr(known) for known in _ROLES)
            raise invalid(
                f"Invalid value: {role!r}. Supported values are: {supported}.",
                f"messages[{index}].role",
                "invalid_value",
            )
        if text is None:
            raise invalid(
                f"Invalid value for 'content' of 'messages[{index}]'.", f"messages[{index}].content"
            )
        tokens += count(text)
        said["system" if role == "developer" else role] = text
    return said["system"], said["user"], tokens


def _text(content: object) -> str | None:
    """The text of a message: a string, or its parts of type text."""
    if isinstance(content, str):
        return content
    texts = [mapping(part).get("text") for part in sequence(content)]
    return "".join(text for text in texts if isinstance(text, str)) if texts else None


def _integer(asked: dict[str, Any], name: str) -> int | None:
    value = asked.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise invalid(f"{value!r} is not of type 'integer' - '{name}'", name)
    if value is not None and name.startswith("max") and value < 1:
        raise invalid(f"{value} is less than the minimum of 1 - '{name}'", name)
    return value


def _temperature(asked: dict[str, Any]) -> float:
    value = asked.get("temperature", 1.0)
    value = 1.0 if value is None else value
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 2:
        raise invalid(f"{value!r} is not between 0 and 2 - 'temperature'", "temperature")
    return float(value)


def _stream(head: dict[str, object], text: str, reason: str, usage: dict[str, int] | None) -> Iterator[bytes]:
    """Server-sent events: the role, the answer word by word, the reason to stop, usage if wanted, [DONE]."""
    head = {**head, "object": "chat.completion.chunk"}

    def event(delta: dict[str, object], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data({**head, "choices": [choice]})

    yield event({"role": "assistant", "content": "", "refusal": None})
    for word in pieces(text):
        yield event({"content": word})
    yield event({}, reason)
    if usage:
        yield _data({**head, "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _data(chunk: object) -> bytes:
    return b"data: " + compact(chunk) + b"\n\n"
