"""`/chat/completions`: one question, whole or streamed, one answer or several; stored on request.

Shapes are those of recordings of 2025 and 2026. The same request gets the same bytes, its id and time
included, so storing it again changes nothing but its metadata. Only the last 1,000 are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fakes.behaviours.models import TERSE
from fakes.ids import base62
from fakes.json_text import compact, mapping, sequence
from fakes.learners.saying import Saying
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid
from fakes.openai.formats import form_of
from fakes.openai.messages import read_chat
from fakes.openai.model_answer import Answer, Wish, answer_of, count_of, token_logprobs
from fakes.openai.model_limits import (
    Named,
    effort_of,
    fits,
    manner_of,
    model_of,
    most_tokens,
    refuse_by_kind,
    thoughts,
)
from fakes.openai.moderation import moderation_of
from fakes.openai.records import StoredCompletion
from fakes.openai.tables.chat import CHAT
from fakes.openai.tools import Toolbox, chat_tools
from fakes.openai.values import flag, integer, metadata_of, number, stops_of, text
from fakes.parameters import NOTHING
from fakes.routes import Call, Refusal, Result

__all__ = ["complete", "keep", "mount"]

_KEPT = 1000
_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)
_MOST_CHOICES, _MOST_LOGPROBS = 128, 20
_LONGEST_LABEL = 64  # of a safety_identifier


_READ = {"cached_tokens": 0, "audio_tokens": 0}
_WRITTEN = {
    "reasoning_tokens": 0,
    "audio_tokens": 0,
    "accepted_prediction_tokens": 0,
    "rejected_prediction_tokens": 0,
}


class _Reply(NamedTuple):
    """What all events of an answer begin with, the choices, and what they are shown with.

    `read` are the tokens of the conversation, `thought` those of the thoughts before each choice, and `spent`
    all of each choice where thinking left no room for an answer.
    """

    head: dict[str, Any]
    choices: list[Answer]
    read: int
    thought: int
    spent: int | None
    caches: bool
    tools: Toolbox
    top: int | None
    moderation: dict[str, object] | None
    reasons: bool

    @property
    def is_whole(self) -> bool:
        """Whether all that is answered is known."""
        return not any(isinstance(said.said, Saying) for said in self.choices)

    def forget(self) -> None:
        """Nobody waits for what is not whole."""
        for said in self.choices:
            if isinstance(said.said, Saying):
                said.said.cancel()

    def finished(self) -> _Reply:
        """The reply when it is whole. Refusal: 503, it will not be."""
        return self._replace(choices=[said.finished() for said in self.choices])


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the chat route. Equal requests get equal bytes, id and time included, unless drawn anew."""

    def create(call: Call, payload: dict[str, Any]) -> Result:
        store, stream = flag(payload, "store"), flag(payload, "stream")
        if payload.get("metadata") and not store:
            message = "The 'metadata' parameter is only allowed when 'store' is enabled."
            raise invalid(message, "metadata")
        reply = _answered(account, payload, call.body, along=stream)

        def note(completion: dict[str, Any]) -> None:
            if store:
                keep(account, payload, completion)
            account.answered("chat/completions", completion["model"], completion["usage"])

        if not stream:
            completion = _whole(account, reply)
            note(completion)
            return Result(completion)
        options = mapping(payload.get("stream_options"))
        usage = flag(options, "include_usage", at="stream_options.")
        obscured = flag(options, "include_obfuscation", default=True, at="stream_options.")
        events = _stream(account, reply, usage=usage, obscured=obscured)
        if reply.is_whole:
            note(_whole(account, reply))
        else:
            events = _until_whole(events, lambda: note(_whole(account, reply.finished())), reply.forget)
        return Result(events, headers=_EVENTS)

    endpoints.add_json("POST", "/chat/completions", create, query=NOTHING, body=CHAT)


def complete(account: OpenAI, payload: dict[str, Any], key: bytes) -> dict[str, Any]:
    """The chat completion object that answers a request; its id is derived from `key`.

    Raises:
        Refusal: 404 for a model that does not exist, 400 for an invalid request.
    """
    return _whole(account, _answered(account, payload, key))


def keep(account: OpenAI, payload: dict[str, Any], completion: dict[str, Any]) -> None:
    """Keeps the completion that answers a request. Refusal: 400 for metadata that is none."""
    kept, name = account.completions, completion["id"]
    stored = StoredCompletion(completion, sequence(payload.get("messages")), metadata_of(payload) or {})
    kept.pop(name, None)
    kept[name] = stored
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


def _answered(account: OpenAI, payload: dict[str, Any], key: bytes, *, along: bool = False) -> _Reply:
    name = payload.get("model")
    if not isinstance(name, str):
        raise invalid("you must provide a model parameter")
    named = model_of(account, name)
    effort = effort_of(named, payload, "reasoning_effort")
    refuse_by_kind(named, payload, effort)
    turns = read_chat(payload.get("messages"), account.files)
    if payload.get("stream_options") is not None and not payload.get("stream"):
        raise invalid(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    text(payload, "safety_identifier", _LONGEST_LABEL)
    seed = integer(payload, "seed")
    manner, thought = manner_of(account, named, turns.system, turns.prompt, seed or 0), thoughts(effort)
    if named.base.reasoning:
        thought *= manner.times
        manner = TERSE if manner.thoughts else manner  # what it thinks is billed apart, and not told
    top = _top(payload)
    wish, cut_off = _wish(named, payload, thought, top or 0)
    fits(named, turns.tokens, "messages")
    moderation = moderation_of(payload.get("moderation"))
    drawn = account.draws.draw(seed, "chat", key)
    seeds = _seeds(account, drawn.seed, integer(payload, "n", 1, _MOST_CHOICES) or 1)
    choices = [answer_of(named.model, turns, each, wish, manner, along=not cut_off) for each in seeds]
    if not along:
        choices = [said.finished() for said in choices]
    if cut_off:
        choices = [Answer("", "length", said.whole, said.logprob) for said in choices]
    made = account.ids.of("chat", drawn.named(key))
    head: dict[str, Any] = {
        "id": f"chatcmpl-{base62(made, 29)}",
        "created": account.date.epoch + made % 86_400,
        "model": named.name,
        "service_tier": "default",
        "system_fingerprint": None if named.base.reasoning else "fp_fakes",
    }
    spent, caches = (wish.limit or 0) if cut_off else None, bool(payload.get("prompt_cache_options"))
    read = count_of(named.model, turns, wish.tools) if choices[0].said is None else turns.tokens
    counted = read, thought, spent, caches
    return _Reply(head, choices, *counted, wish.tools, top, moderation, named.base.reasoning > 0)


def _usage(reply: _Reply) -> dict[str, Any]:
    choices, thought = reply.choices, reply.thought * len(reply.choices)
    asked = choices[0].read if choices[0].read is not None else reply.read
    answered = sum([said.tokens for said in choices]) + thought
    if reply.spent is not None:
        answered = reply.spent * len(choices)
    return {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
        "prompt_tokens_details": {**_READ, "cache_write_tokens": asked} if reply.caches else _READ,
        "completion_tokens_details": {**_WRITTEN, "reasoning_tokens": min(thought, answered)}
        if thought
        else _WRITTEN,
    }


def _wish(named: Named, payload: dict[str, Any], thought: int, top: int) -> tuple[Wish, bool]:
    """How the answer is wanted, and whether thinking leaves no room for it."""
    limit = _limit(named, payload)
    cut_off = limit is not None and thought > 0 and limit <= thought
    form = payload.get("response_format")
    wish = Wish(
        temperature=number(payload, "temperature", 2, 1.0),
        top_p=number(payload, "top_p", 1, 1.0),
        limit=limit if cut_off or limit is None else limit - thought,
        stops=stops_of(payload),
        form=form_of(form, "response_format", payload.get("messages")),
        tools=chat_tools(payload),
        top=top,
    )
    return wish, cut_off


def _seeds(account: OpenAI, seed: int, choices: int) -> list[int]:
    """The seed of each choice: the first one has the requested seed, as if it were the only choice."""
    return [seed, *[account.ids.of("choice", seed, index) % 2**31 for index in range(1, choices)]]


def _limit(named: Named, payload: dict[str, Any]) -> int | None:
    newer, older = integer(payload, "max_completion_tokens", 1), integer(payload, "max_tokens", 1)
    if newer and older:
        raise invalid(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        )
    most_tokens(named, newer, "max_completion_tokens")
    most_tokens(named, older, "max_tokens")
    return newer or older


def _top(payload: dict[str, Any]) -> int | None:
    """How many of the likeliest tokens are shown with each token; None without log probabilities."""
    top = integer(payload, "top_logprobs", 0, _MOST_LOGPROBS)
    if flag(payload, "logprobs"):
        return top or 0
    if top is not None:
        raise invalid("'top_logprobs' is only allowed when 'logprobs' is true.", "top_logprobs")
    return None


def _calls(account: OpenAI, reply: _Reply, index: int) -> list[dict[str, object]]:
    """The tool calls of a choice, each with an id of its own."""
    name = reply.head["id"]
    return [
        {
            "id": f"call_{base62(account.ids.of('call', name, index, at), 24)}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for at, call in enumerate(reply.choices[index].calls)
    ]


def _reason(reply: _Reply, said: Answer) -> str:
    return "function_call" if reply.tools.legacy and said.reason == "tool_calls" else said.reason


def _whole(account: OpenAI, reply: _Reply) -> dict[str, Any]:
    shown: list[dict[str, object]] = []
    for index, said in enumerate(reply.choices):
        message: dict[str, object] = {
            "role": "assistant",
            "content": None if said.calls or said.refused else said.text,
            "refusal": said.text if said.refused else None,
            "annotations": [],
        }
        if said.calls:
            calls = _calls(account, reply, index)
            message |= (
                {"function_call": calls[0]["function"]} if reply.tools.legacy else {"tool_calls": calls}
            )
        choice: dict[str, object] = {"index": index, "message": message}
        if not reply.reasons:
            choice["logprobs"] = _logprobs(said, reply.top)
        choice["finish_reason"] = _reason(reply, said)
        shown.append(choice)
    moderation = {"moderation": reply.moderation} if reply.moderation else {}
    return {**reply.head, "object": "chat.completion", "choices": shown, "usage": _usage(reply), **moderation}


def _logprobs(said: Answer, top: int | None) -> dict[str, object] | None:
    if top is None:
        return None
    told = None if said.calls else token_logprobs(said, top)
    return {"content": None, "refusal": told} if said.refused else {"content": told, "refusal": None}


def _stream(account: OpenAI, reply: _Reply, *, usage: bool, obscured: bool) -> Iterator[bytes]:
    """Server-sent events, choice by choice: the role, the answer or the calls piece by piece, the reason to
    stop; then [DONE].

    Where usage is wanted it comes last, and is null in all chunks before. `obfuscation` is a text of random
    length at the service, so that lengths tell nothing of the answer; here it depends on the answer's id.
    """
    head = {**reply.head, "object": "chat.completion.chunk"}
    tail: dict[str, object] = {"usage": None} if usage else {}
    sent = 0

    def chunk(choices: list[dict[str, object]], ending: dict[str, object]) -> bytes:
        nonlocal sent
        sent += 1
        number = account.ids.of("obfuscation", reply.head["id"], sent)
        hidden = {"obfuscation": base62(number, 4 + number % 12)} if obscured else {}
        return b"data: " + compact({**head, "choices": choices, **ending, **hidden}) + b"\n\n"

    for index, said in enumerate(reply.choices):
        for delta, logprobs in _deltas(account, reply, index):
            choice: dict[str, object] = {"index": index, "delta": delta}
            if not reply.reasons:
                choice["logprobs"] = logprobs
            choice["finish_reason"] = None if delta else _reason(reply, said.finished())
            yield chunk([choice], tail)
    if usage:
        yield chunk([], {"usage": _usage(reply.finished())})
    if reply.moderation:
        yield chunk([], {"moderation": reply.moderation})
    yield b"data: [DONE]\n\n"


def _until_whole(
    events: Iterator[bytes], note: Callable[[], None], forget: Callable[[], None]
) -> Iterator[bytes]:
    """Events of an answer that is being written; what comes of it is noted at their end.

    Where they are not read to the end, the answer is forgotten.

    What it fails with is told in an event, since the status has been sent.
    """
    try:
        yield from events
        note()
    except GeneratorExit:
        forget()
        raise
    except Refusal as refused:
        yield b"data: " + compact(refused.result.body) + b"\n\n"


def _deltas(
    account: OpenAI, reply: _Reply, index: int
) -> Iterator[tuple[dict[str, object], dict[str, object] | None]]:
    """What each chunk of a choice adds, and its log probabilities; an empty one at the end."""
    said = reply.choices[index]
    first: dict[str, object] = {"role": "assistant", "content": None if said.calls else ""}
    if not said.calls:
        yield {**first, "refusal": None}, None
        name, other = ("refusal", "content") if said.refused else ("content", "refusal")
        for word, tokens in said.told(reply.top):
            shown: dict[str, object] = {name: tokens, other: None}
            yield {name: word}, shown if tokens else None
    elif reply.tools.legacy:
        (call,) = said.calls
        yield {**first, "function_call": {"name": call.name, "arguments": ""}, "refusal": None}, None
        for piece in _pieces(call.arguments):
            yield {"function_call": {"arguments": piece}}, None
    else:
        for at, (call, shown) in enumerate(zip(said.calls, _calls(account, reply, index), strict=True)):
            begun = {"index": at, **shown, "function": {"name": call.name, "arguments": ""}}
            yield (
                ({**first, "tool_calls": [begun], "refusal": None} if at == 0 else {"tool_calls": [begun]}),
                None,
            )
            for piece in _pieces(call.arguments):
                yield {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}, None
    yield {}, None


def _pieces(arguments: str) -> list[str]:
    """Arguments as a stream sends them: of a few characters each."""
    return [arguments[at : at + 8] for at in range(0, len(arguments), 8)]
