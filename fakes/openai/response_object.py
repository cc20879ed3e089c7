"""Answering a request for a response: what is asked, what the model says, and the object that tells both.

Shapes are those of recordings of 2025 and 2026. The same request gets the same bytes, its id included, so
keeping it again changes nothing. Only the last 1,000 are kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fakes.behaviours.models import TERSE
from fakes.ids import base62
from fakes.json_text import mapping, sequence
from fakes.learners import Message
from fakes.openai.account import OpenAI
from fakes.openai.errors import invalid
from fakes.openai.formats import Form, form_of
from fakes.openai.items import compacted, input_items, read_items
from fakes.openai.model_answer import Answer, Turns, Wish, answer_of, count_of, token_logprobs
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
from fakes.openai.records import StoredResponse
from fakes.openai.tools import response_tools
from fakes.openai.values import choice, flag, integer, metadata_of, missing, number, text, wrong_type
from fakes.tokens import count

__all__ = ["asked_of", "respond"]

_KEPT = 1000
_FEWEST_TOKENS = 16
_MOST_LOGPROBS = 20
_NO_USAGE: dict[str, Any] = {
    "image_gen": {
        "input_tokens": 0,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"image_tokens": 0, "text_tokens": 0},
        "total_tokens": 0,
    },
    "web_search": {"num_requests": 0},
}
_INCLUDED = ("message.output_text.logprobs", "reasoning.encrypted_content")


def respond(account: OpenAI, payload: dict[str, Any], key: bytes) -> StoredResponse:
    """The response that answers a request; its id comes from `key`. It is kept, where the request says so.

    Raises:
        Refusal: 404 for a model that is not there, 400 for what makes no sense.
    """
    name = payload.get("model")
    if not isinstance(name, str):
        raise missing("model")
    named = model_of(account, name)
    reasoning = mapping(payload.get("reasoning"))
    effort = effort_of(named, reasoning, "effort", "reasoning.")
    refuse_by_kind(named, payload, effort)
    items, turns = asked_of(account, payload, key)
    included, form = _included(payload), _form(payload)
    manner, thought = manner_of(account, named, turns.system, turns.prompt, 0), thoughts(effort)
    if named.base.reasoning:
        thought *= manner.times
        manner = TERSE if manner.thoughts else manner  # what it thinks is billed apart, and not told
    wish = _wish(named, payload, form, thought)
    thought = min(
        thought, payload.get("max_output_tokens") or thought
    )  # thoughts come first, up to the limit
    used_up = wish.limit == 0
    if payload.get("truncation") != "auto":
        fits(named, turns.tokens, "input")
    shown = _shown(payload, named, effort)
    wish = wish._replace(top=shown["top_logprobs"] if included.logprobs else 0)
    moderation = moderation_of(payload.get("moderation"))
    drawn = account.draws.draw(None, "response", key)
    said, key = answer_of(named.model, turns, drawn.seed, wish, manner), drawn.named(key)
    made = account.ids.of("response", key)
    output = [
        *_thinking(
            account,
            key,
            thought,
            sealed=included.thoughts,
            told=turns.prompt if shown["reasoning"]["summary"] else "",
        ),
        *(
            []
            if used_up
            else _output(account, key, said, shown["top_logprobs"] if included.logprobs else None)
        ),
    ]
    if named.base.reasoning >= 2 and output[-1]["type"] == "message":
        output[-1]["phase"] = "final_answer"
    cut = said.reason == "length" or used_up
    created = account.date.epoch + made % 86_400
    asked = count_of(named.model, turns, wish.tools) if said.read is None else said.read
    read, written = min(asked, named.base.context), said.tokens + thought
    response: dict[str, Any] = {
        "id": f"resp_{base62(made, 32)}",
        "object": "response",
        "created_at": created,
        "completed_at": None if cut else created + 1,
        "status": "incomplete" if cut else "completed",
        "billing": {"payer": "developer"},
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "model": named.name,
        "moderation": moderation,
        "output": [*output, *_compaction(account, payload, key, turns)],
        **shown,
        "usage": _usage(read, written, thought, cached=read if payload.get("prompt_cache_options") else 0),
    }
    stored = StoredResponse(response, items, "queued" if response["background"] else "done")
    if response["store"]:
        _keep(account, stored)
    return stored


def asked_of(account: OpenAI, payload: dict[str, Any], key: bytes) -> tuple[list[dict[str, Any]], Turns]:
    """The items of the conversation, and the turns that they come to, under `instructions`."""
    instructions, before = text(payload, "instructions"), _earlier(account, payload)

    def kept() -> dict[str, dict[str, Any]]:
        return {item["id"]: item for stored in account.responses.values() for item in stored.all_items()}

    items = input_items(payload.get("input"), kept, account.ids, key)
    turns = read_items([*before, *items], account.files, len(before))
    if instructions:
        turns = turns._replace(
            system=turns.system or instructions,
            tokens=turns.tokens + count(instructions),
            messages=(Message("system", instructions), *turns.messages),
        )
    return [*before, *items], turns


def _earlier(account: OpenAI, payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of the response that this one goes on from. Refusal: 400, it is not kept."""
    response_id = payload.get("previous_response_id")
    if response_id is None:
        return []
    earlier = account.responses.get(response_id) if isinstance(response_id, str) else None
    if earlier is None:
        raise invalid(
            f"Previous response with id '{response_id}' not found.",
            "previous_response_id",
            "previous_response_not_found",
        )
    return earlier.all_items()


def _wish(named: Named, payload: dict[str, Any], form: Form, thought: int) -> Wish:
    limit = integer(payload, "max_output_tokens", _FEWEST_TOKENS)
    most_tokens(named, limit, "max_output_tokens")
    return Wish(
        temperature=number(payload, "temperature", 2, 1.0),
        top_p=number(payload, "top_p", 1, 1.0),
        limit=None if limit is None else max(0, limit - thought),
        form=form,
        tools=response_tools(payload),
    )


def _form(payload: dict[str, Any]) -> Form:
    said = [payload.get("instructions"), payload.get("input")]
    return form_of(mapping(payload.get("text")).get("format"), "text.format", said)


class _Included(NamedTuple):
    """What is to be included that is not by itself."""

    logprobs: bool
    thoughts: bool


def _included(payload: dict[str, Any]) -> _Included:
    """What is to be included that is not by itself. Refusal: 400 for what belongs to other tools."""
    value = payload.get("include")
    asked = sequence(value)
    if value is not None and not isinstance(value, list):
        raise wrong_type("include", "an array of strings", value)
    for at, each in enumerate(asked):
        choice({f"include[{at}]": each}, f"include[{at}]", _INCLUDED)
    return _Included(*(name in asked for name in _INCLUDED))


def _shown(payload: dict[str, Any], named: Named, effort: str | None) -> dict[str, Any]:
    """What a response repeats of its request, or has by itself."""
    form = mapping(mapping(payload.get("text")).get("format")) or {"type": "text"}
    if form.get("type") == "json_schema":
        form = {"description": None, "strict": False, **form}
    tools = [
        {"description": None, "strict": True, **mapping(tool)} for tool in sequence(payload.get("tools"))
    ]
    background, store = flag(payload, "background"), flag(payload, "store", default=True)
    if background and not store:
        raise invalid("Background mode requires 'store' to be true.", "background")
    return {
        "background": background,
        "frequency_penalty": 0.0,
        "instructions": payload.get("instructions"),
        "max_output_tokens": payload.get("max_output_tokens"),
        "max_tool_calls": integer(payload, "max_tool_calls", 1),
        "metadata": metadata_of(payload) or {},
        "parallel_tool_calls": flag(payload, "parallel_tool_calls", default=True),
        "presence_penalty": 0.0,
        "previous_response_id": payload.get("previous_response_id"),
        "prompt_cache_key": text(payload, "prompt_cache_key"),
        "prompt_cache_retention": choice(payload, "prompt_cache_retention", ("in_memory", "24h")),
        "reasoning": _reasoning(mapping(payload.get("reasoning")), named.base.reasoning, effort),
        "safety_identifier": text(payload, "safety_identifier", 64),
        "service_tier": "default",
        "store": store,
        "temperature": number(payload, "temperature", 2, 1.0),
        "text": {"format": form, "verbosity": _verbosity(mapping(payload.get("text")), named)},
        "tool_choice": payload.get("tool_choice") or "auto",
        "tools": tools,
        "top_logprobs": integer(payload, "top_logprobs", 0, _MOST_LOGPROBS) or 0,
        "top_p": number(payload, "top_p", 1, 1.0),
        "truncation": choice(payload, "truncation", ("auto", "disabled")) or "disabled",
        "user": text(payload, "user"),
        **({"tool_usage": _NO_USAGE} if named.base.reasoning >= 3 else {}),
    }


def _verbosity(asked: dict[str, Any], named: Named) -> str:
    """How long answers are to be: models that think can be told, and repeat it."""
    wanted = choice(asked, "verbosity", ("low", "medium", "high"), "text.") or "medium"
    if wanted != "medium" and not named.base.reasoning:
        raise invalid(
            f"Unsupported value: 'text.verbosity' does not support '{wanted}' with this model. "
            "Supported values are: 'medium'.",
            "text.verbosity",
            "unsupported_value",
        )
    return wanted


def _reasoning(asked: dict[str, Any], kind: int, effort: str | None) -> dict[str, Any]:
    """What a response tells of how its model thought; later models tell more."""
    summary = choice(asked, "summary", ("auto", "concise", "detailed"), "reasoning.")
    context = choice(asked, "context", ("auto", "current_turn", "all_turns"), "reasoning.")
    for name, value in (("summary", summary), ("context", context)):
        if value and not kind:
            message = f"Unsupported parameter: 'reasoning.{name}' is not supported with this model."
            raise invalid(message, f"reasoning.{name}", "unsupported_parameter")
    if context in (None, "auto"):
        context = "all_turns" if kind >= 3 else "current_turn"
    shown: dict[str, Any] = {"effort": effort, "summary": summary}
    return shown | ({"context": context} if kind else {}) | ({"mode": "standard"} if kind >= 3 else {})


def _code(account: OpenAI, kind: str, key: bytes, at: int = 0) -> str:
    """What makes an id of that kind one of its own."""
    return base62(account.ids.of(kind, key, at) if at else account.ids.of(kind, key), 32)


def _thinking(account: OpenAI, key: bytes, thought: int, *, sealed: bool, told: str) -> list[dict[str, Any]]:
    """The item for what was thought: sealed, where it is to be sent back; a summary is of what is `told`."""
    if not thought:
        return []
    item: dict[str, Any] = {
        "id": f"rs_{_code(account, 'reasoning', key)}",
        "type": "reasoning",
        "summary": [],
        "content": [],
    }
    if told:
        item["summary"] = [{"type": "summary_text", "text": f"**Thinking about the question**\n\n{told}"}]
    if sealed:
        item["encrypted_content"] = f"gAAAAA{_code(account, 'thoughts', key)}"
    return [item]


def _output(account: OpenAI, key: bytes, said: Answer, top: int | None) -> list[dict[str, Any]]:
    """The items of an answer: calls of functions, or a message, with log probabilities where `top` is set."""
    if said.calls:
        whole = "incomplete" if said.reason == "length" else "completed"
        return [
            {
                "id": f"fc_{_code(account, 'function', key, at + 1)}",
                "type": "function_call",
                "status": whole if at == len(said.calls) - 1 else "completed",
                "arguments": call.arguments,
                "call_id": f"call_{_code(account, 'call', key, at + 1)[:24]}",
                "name": call.name,
            }
            for at, call in enumerate(said.calls)
        ]
    logprobs = [] if top is None else token_logprobs(said, top)
    part: dict[str, Any] = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": logprobs}
    if said.refused:
        part = {"type": "refusal", "refusal": said.text}
    message: dict[str, Any] = {
        "id": f"msg_{_code(account, 'message', key)}",
        "type": "message",
        "status": "incomplete" if said.reason == "length" else "completed",
        "role": "assistant",
        "content": [part],
    }
    return [message]


def _compaction(account: OpenAI, payload: dict[str, Any], key: bytes, turns: Turns) -> list[dict[str, Any]]:
    """A conversation that has become longer than is wanted, in short: for the client to send in its place."""
    for at, asked in enumerate(sequence(payload.get("context_management"))):
        path = f"context_management[{at}]."
        if choice(mapping(asked), "type", ("compaction",), path) is None:
            raise missing(f"{path}type")
        least = integer(mapping(asked), "compact_threshold", 1000, at=path)
        if least is not None and turns.tokens > least:
            name = f"cmp_{base62(account.ids.of('compaction', key), 32)}"
            return [{"id": name, "type": "compaction", "encrypted_content": compacted(turns)}]
    return []


def _usage(read: int, written: int, thought: int, *, cached: int) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": cached},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": read + written,
    }


def _keep(account: OpenAI, stored: StoredResponse) -> None:
    kept, name = account.responses, stored.response["id"]
    kept.pop(name, None)
    kept[name] = stored
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]
