"""`/responses`: items in, items out, whole or streamed; kept unless `store` is false.

Shapes are those of recordings of 2025 and 2026, and the order of events that of the specification. The same
request gets the same bytes, its id included, so keeping it again changes nothing. Only the last 1,000 are
kept.
"""

from __future__ import annotations

from typing import Any

from fakes.ids import base62
from fakes.json_text import mapping, sequence
from fakes.openai.account import OpenAI
from fakes.openai.answer import Answer, Turns, Wish, answer_of, token_logprobs
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, refuse
from fakes.openai.events import events
from fakes.openai.formats import Form, form_of
from fakes.openai.items import compacted, input_items, read_items
from fakes.openai.models import Named, effort_of, fits, model_of, most_tokens, refuse_by_kind, thoughts
from fakes.openai.records import StoredResponse
from fakes.openai.routes.moderations import moderation_of
from fakes.openai.serialize import page
from fakes.openai.tables.responses import COUNTED, ITEMS, RESPONSE, RETRIEVED
from fakes.openai.tools import response_tools
from fakes.openai.values import choice, flag, integer, metadata_of, missing, number, text, wrong_type
from fakes.parameters import NOTHING
from fakes.routes import Call, Result
from fakes.timeline import EPOCH
from fakes.tokens import count

__all__ = ["mount", "respond"]

_KEPT = 1000
_FEWEST_TOKENS = 16
_MOST_LOGPROBS = 20
_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)
_INCLUDED = ("message.output_text.logprobs", "reasoning.encrypted_content")


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the routes of responses."""
    responses, path = _Responses(account), "/responses/{response_id}"
    # before the templates that would take their last part for an id
    endpoints.add_json("POST", "/responses/input_tokens", responses.count, query=NOTHING, body=COUNTED)
    endpoints.add_json("POST", "/responses", responses.create, query=NOTHING, body=RESPONSE)
    endpoints.add("GET", path, responses.retrieve, query=RETRIEVED)
    endpoints.add("DELETE", path, responses.delete, query=NOTHING)
    endpoints.add("POST", path + "/cancel", responses.cancel, query=NOTHING)
    endpoints.add("GET", path + "/input_items", responses.items, query=ITEMS)


def respond(account: OpenAI, payload: dict[str, Any], key: bytes) -> dict[str, Any]:
    """The response object that answers a request; its id comes from `key`.

    Raises:
        Refusal: 404 for a model that is not there, 400 for what makes no sense.
    """
    return _respond(account, payload, key).response


class _Responses:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call, payload: dict[str, Any]) -> Result:
        stream = flag(payload, "stream")
        if payload.get("stream_options") is not None and not stream:
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            raise invalid(message, "stream_options")
        stored = _respond(self._account, payload, call.body)
        if stream:
            options = mapping(payload.get("stream_options"))
            obscured = flag(options, "include_obfuscation", default=True, at="stream_options.")
            return Result(self._events(stored, obscured=obscured), headers=_EVENTS)
        return Result(_waiting(stored.response) if stored.state == "queued" else stored.response)

    def retrieve(self, call: Call) -> Result:
        """Reading a response that is made in the background is an observation: it is finished by then."""
        stored = self._kept(call)
        if stored.state == "queued":
            stored.state = "done"
        if call.query.get("stream") == "true":
            if not stored.response["background"]:
                raise invalid("Only responses created in background mode can be streamed again.", "stream")
            after = (
                integer({"after": _whole(call, "starting_after")}, "after")
                if "starting_after" in call.query
                else -1
            )
            obscured = call.query.get("include_obfuscation", "true") != "false"
            return Result(self._events(stored, obscured=obscured, after=after or 0), headers=_EVENTS)
        return Result(stored.response)

    def delete(self, call: Call) -> Result:
        name = self._kept(call).response["id"]
        del self._account.responses[name]
        return Result({"id": name, "object": "response.deleted", "deleted": True})

    def cancel(self, call: Call) -> Result:
        """Ends what is made in the background and was not looked at yet; what has ended stays as it is."""
        stored = self._kept(call)
        if not stored.response["background"]:
            raise invalid("Cannot cancel a synchronous response.")
        if stored.state == "queued":
            stored.state = "done"
            ended = {"status": "cancelled", "completed_at": None, "output": [], "usage": None}
            stored.response |= ended
        return Result(stored.response)

    def items(self, call: Call) -> Result:
        """The items that the response answers, the newest first where no order is asked for."""
        stored = self._kept(call)
        order = choice(dict(call.query), "order", ("asc", "desc")) or "desc"
        shown = stored.items if order == "asc" else stored.items[::-1]
        found = page(call, shown, lambda item: item["id"], dict)
        first, last = (shown[at]["id"] if shown else None for at in (0, -1))
        return Result({"first_id": first, "last_id": last, **mapping(found)})

    def count(self, call: Call, payload: dict[str, Any]) -> Result:
        """The tokens that a request would be billed for."""
        _, turns = _asked(self._account, payload, call.body)
        tools = response_tools(payload)
        offered = sum(count(each.name) + count(str(each.schema)) for each in tools.functions)
        return Result({"object": "response.input_tokens", "input_tokens": turns.tokens + offered})

    def _events(self, stored: StoredResponse, *, obscured: bool, after: int = -1) -> Any:
        return events(stored.response, self._account.ids if obscured else None, after)

    def _kept(self, call: Call) -> StoredResponse:
        name = call.params["response_id"]
        if (stored := self._account.responses.get(name)) is None:
            raise refuse(404, f"Response with id '{name}' not found.")
        return stored


def _whole(call: Call, name: str) -> object:
    digits = call.query[name]
    return int(digits) if digits.isdigit() else digits


def _respond(account: OpenAI, payload: dict[str, Any], key: bytes) -> StoredResponse:
    name = payload.get("model")
    if not isinstance(name, str):
        raise missing("model")
    named = model_of(account, name)
    reasoning = mapping(payload.get("reasoning"))
    effort = effort_of(named, reasoning, "effort", "reasoning.")
    refuse_by_kind(named, payload, effort)
    items, turns = _asked(account, payload, key)
    included, form = _included(payload), _form(payload)
    wish, thought = _wish(named, payload, form, thoughts(effort)), thoughts(effort)
    if payload.get("truncation") != "auto":
        fits(named, turns.tokens, "input")
    shown = _shown(payload, named, effort)
    moderation = moderation_of(payload.get("moderation"))
    said = answer_of(named.model, turns, 0, wish)
    made = account.ids.of("response", key)
    output = _output(account, key, said, named, effort, included, shown["top_logprobs"])
    cut = said.reason == "length"
    created = EPOCH + made % 86_400
    written = said.tokens + thought
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
        "usage": _usage(min(turns.tokens, named.base.context), written, thought),
    }
    stored = StoredResponse(response, items, "queued" if response["background"] else "done")
    if response["store"]:
        _keep(account, stored)
    return stored


def _asked(account: OpenAI, payload: dict[str, Any], key: bytes) -> tuple[list[dict[str, Any]], Turns]:
    """The items that are asked with, and the turns that they and those before come to, under `instructions`."""
    instructions, before = text(payload, "instructions"), _earlier(account, payload)

    def kept() -> dict[str, dict[str, Any]]:
        return {item["id"]: item for stored in account.responses.values() for item in stored.all_items()}

    items = input_items(payload.get("input"), kept, account.ids, key)
    turns = read_items([*before, *items], account.files, len(before))
    if instructions:
        turns = turns._replace(system=turns.system or instructions, tokens=turns.tokens + count(instructions))
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


def _included(payload: dict[str, Any]) -> tuple[str, ...]:
    """What is to be included that is not by itself. Refusal: 400 for what belongs to tools that are not here."""
    value = payload.get("include")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise wrong_type("include", "an array of strings", value)
    for at, each in enumerate(sequence(value)):
        choice({f"include[{at}]": each}, f"include[{at}]", _INCLUDED)
    return tuple(sequence(value))


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
        "reasoning": {"effort": effort, "summary": mapping(payload.get("reasoning")).get("summary")},
        "safety_identifier": text(payload, "safety_identifier", 64),
        "service_tier": "default",
        "store": store,
        "temperature": number(payload, "temperature", 2, 1.0),
        "text": {"format": form, "verbosity": mapping(payload.get("text")).get("verbosity") or "medium"},
        "tool_choice": payload.get("tool_choice") or "auto",
        "tools": tools,
        "top_logprobs": integer(payload, "top_logprobs", 0, _MOST_LOGPROBS) or 0,
        "top_p": number(payload, "top_p", 1, 1.0),
        "truncation": choice(payload, "truncation", ("auto", "disabled")) or "disabled",
        "user": text(payload, "user"),
    }


def _output(
    account: OpenAI,
    key: bytes,
    said: Answer,
    named: Named,
    effort: str | None,
    included: tuple[str, ...],
    top: int,
) -> list[dict[str, Any]]:
    """The items of an answer: what was thought, then calls of functions, or a message."""

    def code(kind: str, at: int = 0) -> str:
        return base62(account.ids.of(kind, key, at) if at else account.ids.of(kind, key), 32)

    thinking: list[dict[str, Any]] = []
    if named.base.reasoning and thoughts(effort):
        thinking = [{"id": f"rs_{code('reasoning')}", "type": "reasoning", "summary": []}]
        if "reasoning.encrypted_content" in included:
            thinking[0]["encrypted_content"] = f"gAAAAA{code('thoughts')}"
    if said.calls:
        whole = "incomplete" if said.reason == "length" else "completed"
        return thinking + [
            {
                "id": f"fc_{code('function', at + 1)}",
                "type": "function_call",
                "status": whole if at == len(said.calls) - 1 else "completed",
                "arguments": call.arguments,
                "call_id": f"call_{code('call', at + 1)[:24]}",
                "name": call.name,
            }
            for at, call in enumerate(said.calls)
        ]
    logprobs = token_logprobs(said, top) if "message.output_text.logprobs" in included else []
    message: dict[str, Any] = {
        "id": f"msg_{code('message')}",
        "type": "message",
        "status": "incomplete" if said.reason == "length" else "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": said.text, "annotations": [], "logprobs": logprobs}],
    }
    return [*thinking, message]


def _compaction(account: OpenAI, payload: dict[str, Any], key: bytes, turns: Turns) -> list[dict[str, Any]]:
    """A conversation that has become longer than is wanted, in short: for the client to send in its place."""
    for at, asked in enumerate(sequence(payload.get("context_management"))):
        path = f"context_management[{at}]."
        choice(mapping(asked), "type", ("compaction",), path)
        least = integer(mapping(asked), "compact_threshold", 1000, at=path)
        if least is not None and turns.tokens > least:
            name = f"cmp_{base62(account.ids.of('compaction', key), 32)}"
            return [{"id": name, "type": "compaction", "encrypted_content": compacted(turns)}]
    return []


def _usage(read: int, written: int, thought: int) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": read + written,
    }


def _waiting(response: dict[str, Any]) -> dict[str, Any]:
    """A response that is made in the background, before it is."""
    later = {
        "status": "queued",
        "completed_at": None,
        "output": [],
        "usage": None,
        "incomplete_details": None,
    }
    return {**response, **later, "service_tier": "auto"}


def _keep(account: OpenAI, stored: StoredResponse) -> None:
    kept, name = account.responses, stored.response["id"]
    kept.pop(name, None)
    kept[name] = stored
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]
