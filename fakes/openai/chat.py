"""`/chat/completions`: one question, whole or streamed, one answer or several; kept where wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fakes.ids import base62
from fakes.openai.catalogue import find
from fakes.openai.errors import invalid, no_model
from fakes.openai.sampling import (
    Said,
    flag,
    integer,
    number,
    say,
    stops_of,
    text_only,
    token_logprobs,
)
from fakes.openai.state import OpenAI
from fakes.openai.stored import keep
from fakes.openai.turns import turns_of
from fakes.openai.wire import object_of
from fakes.routes import Call, Reply, Routes
from fakes.shape import compact, mapping
from fakes.timeline import EPOCH
from fakes.tokens import count, pieces

__all__ = ["complete", "mount"]

_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)
_MOST_CHOICES, _MOST_LOGPROBS = 128, 20


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the chat route. The same request gets the same bytes, its id and time included."""

    def handle(call: Call) -> Reply:
        asked = object_of(call)
        store = "store" in asked and flag(asked, "store")
        if store or not flag(asked, "stream"):
            completion = complete(account, asked, call.body)
            if store:
                keep(account, asked, completion)
            if not flag(asked, "stream"):
                return Reply(completion)
        head, choices, usage = _answered(account, asked, call.body)
        wanted = flag(mapping(asked.get("stream_options")), "include_usage")
        return Reply(_stream(head, choices, _top(asked), usage if wanted else None), headers=_EVENTS)

    routes.add("POST", "/chat/completions", handle)


def complete(account: OpenAI, asked: dict[str, Any], key: bytes) -> dict[str, object]:
    """The chat completion object that answers a request; its id comes from `key`.

    Raises:
        Refusal: 404 for a model that is not there, 400 for what makes no sense.
    """
    head, choices, usage = _answered(account, asked, key)
    top = _top(asked)
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
    account: OpenAI, asked: dict[str, Any], key: bytes
) -> tuple[dict[str, object], list[Said], dict[str, int]]:
    """What all events of an answer begin with, the choices, and the usage."""
    name = asked.get("model")
    if not isinstance(name, str):
        raise invalid("you must provide a model parameter")
    model = account.model(name)
    if model is None:
        raise no_model(name)
    turns = turns_of(asked.get("messages"))
    if asked.get("stream_options") is not None and not asked.get("stream"):
        raise invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    if "response_format" in asked:
        text_only(asked["response_format"], "response_format")
    temperature, limit, stops = number(asked, "temperature", 2, 1.0), _limit(asked), stops_of(asked)
    seeds = _seeds(account, integer(asked, "seed") or 0, integer(asked, "n", 1, _MOST_CHOICES) or 1)
    choices = [say(model, turns, temperature, each, limit=limit, stops=stops) for each in seeds]
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
    """The seed of each choice: the first has the one that was asked for, as if it were alone."""
    return [seed, *[account.ids.of("choice", seed, index) % 2**31 for index in range(1, choices)]]


def _limit(asked: dict[str, Any]) -> int | None:
    newer, older = integer(asked, "max_completion_tokens", 1), integer(asked, "max_tokens", 1)
    if newer and older:
        raise invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        )
    return newer or older


def _top(asked: dict[str, Any]) -> int | None:
    """How many of the likeliest tokens are shown with each one; None where no log probabilities are."""
    top = integer(asked, "top_logprobs", 0, _MOST_LOGPROBS)
    if flag(asked, "logprobs"):
        return top or 0
    if top is not None:
        raise invalid("'top_logprobs' is only allowed when 'logprobs' is true.", "top_logprobs")
    return None


def _stream(
    head: dict[str, object], choices: Sequence[Said], top: int | None, usage: dict[str, int] | None
) -> Iterator[bytes]:
    """Server-sent events, choice by choice: the role, the answer word by word, the reason to stop; then
    [DONE].

    Where usage is wanted it comes last, and is null in all chunks before.
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
