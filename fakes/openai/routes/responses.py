"""`/responses`: text in, text out, whole or streamed; stored unless `store` is false.

Formats and the order of events follow the specification; none of this was recorded. The same request gets the
same bytes, including its id, so storing it again changes nothing. Only the last 1,000 are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as counter
from typing import Any

from fakes.ids import base62
from fakes.json_text import compact, mapping
from fakes.openai.account import OpenAI
from fakes.openai.answer import Answer, Turns, answer_of, turns_of
from fakes.openai.catalogue import find
from fakes.openai.errors import invalid, no_model, refuse
from fakes.openai.validate import flag, integer, metadata_of, number, object_of, text_only
from fakes.routes import Call, Result, Routes
from fakes.timeline import EPOCH
from fakes.tokens import count, pieces

__all__ = ["mount", "respond"]

_KEPT = 1000


_ROLES = ("user", "assistant", "system", "developer")


_FEWEST_TOKENS = 16


_EVENTS = ((b"content-type", b"text/event-stream; charset=utf-8"),)


def mount(routes: Routes, account: OpenAI) -> None:
    """Add the routes of responses."""

    def create(call: Call) -> Result:
        payload = object_of(call)
        response = respond(account, payload, call.body)
        if flag(payload, "stream"):
            return Result(_events(response), headers=_EVENTS)
        return Result(response)

    def retrieve(call: Call) -> Result:
        return Result(_kept(account, call))

    def delete(call: Call) -> Result:
        del account.responses[_kept(account, call)["id"]]
        return Result(b"")

    routes.add("POST", "/responses", create)
    routes.add("GET", "/responses/{response_id}", retrieve)
    routes.add("DELETE", "/responses/{response_id}", delete)


def respond(account: OpenAI, payload: dict[str, Any], key: bytes) -> dict[str, Any]:
    """The response object that answers a request; its id is derived from `key`.

    Raises:
        Refusal: 404 for a model that does not exist, 400 for an invalid request.
    """
    name = payload.get("model")
    if not isinstance(name, str):
        raise invalid("Missing required parameter: 'model'.", "model", "missing_required_parameter")
    model = account.model(name)
    if model is None:
        raise no_model(name)
    turns = _turns(payload)
    text_only(mapping(payload.get("text")).get("format"), "text.format")
    limit, temperature = (
        integer(payload, "max_output_tokens", _FEWEST_TOKENS),
        number(payload, "temperature", 2, 1.0),
    )
    top_p, metadata, store = (
        number(payload, "top_p", 1, 1.0),
        metadata_of(payload),
        flag(payload, "store", default=True),
    )
    earlier = _earlier(account, payload)
    said = answer_of(model, turns, temperature, 0, limit=limit)
    made, base = account.ids.of("response", key), find(name)
    created = EPOCH + made % 86_400
    cut = said.reason == "length"
    read = turns.tokens + (earlier["usage"]["total_tokens"] if earlier else 0)
    response: dict[str, Any] = {
        "id": f"resp_{base62(made, 32)}",
        "object": "response",
        "created_at": created,
        "completed_at": None if cut else created + 1,
        "status": "incomplete" if cut else "completed",
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "instructions": payload.get("instructions"),
        "max_output_tokens": limit,
        "metadata": metadata or {},
        "model": base.id if base else name,
        "output": [_message(account, key, said)],
        "parallel_tool_calls": True,
        "previous_response_id": earlier["id"] if earlier else None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": store,
        "temperature": temperature,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": top_p,
        "truncation": "disabled",
        "usage": _usage(read, count(said.text)),
    }
    if store:
        _keep(account, response)
    return response


def _turns(payload: dict[str, Any]) -> Turns:
    """The turns to answer: `input`, a text or messages; `instructions`, unless it has a system message."""
    given, instructions = payload.get("input"), payload.get("instructions")
    if instructions is not None and not isinstance(instructions, str):
        raise invalid(
            f"Invalid type for 'instructions': expected a string, but got {instructions!r}.", "instructions"
        )
    listed = [{"role": "user", "content": given}] if isinstance(given, str) else given
    turns = turns_of(listed, "input", _ROLES)
    if not instructions:
        return turns
    return Turns(turns.system or instructions, turns.prompt, turns.tokens + count(instructions))


def _earlier(account: OpenAI, payload: dict[str, Any]) -> dict[str, Any] | None:
    """The response that this one continues; its tokens count again. Refusal: 400, it is not stored."""
    response_id = payload.get("previous_response_id")
    if response_id is None:
        return None
    earlier = account.responses.get(response_id) if isinstance(response_id, str) else None
    if earlier is None:
        raise invalid(
            f"Previous response with id '{response_id}' not found.",
            "previous_response_id",
            "previous_response_not_found",
        )
    return earlier


def _message(account: OpenAI, key: bytes, said: Answer) -> dict[str, Any]:
    return {
        "id": f"msg_{base62(account.ids.of('message', key), 32)}",
        "type": "message",
        "status": "incomplete" if said.reason == "length" else "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}],
    }


def _usage(read: int, written: int) -> dict[str, Any]:
    return {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + written,
    }


def _keep(account: OpenAI, response: dict[str, Any]) -> None:
    kept = account.responses
    kept.pop(response["id"], None)
    kept[response["id"]] = response
    if len(kept) > _KEPT:
        del kept[next(iter(kept))]


def _kept(account: OpenAI, call: Call) -> dict[str, Any]:
    response_id = call.params["response_id"]
    response = account.responses.get(response_id)
    if response is None:
        raise refuse(404, f"Response with id '{response_id}' not found.")
    return response


def _events(response: dict[str, Any]) -> Iterator[bytes]:
    """A finished response as server-sent events, one by one, in the order of the specification.

    created, in_progress, then for the one message: item added, part added, a delta for each word, text done,
    part done, item done; last completed, or incomplete if the answer was cut. Each event has a number,
    from 0.
    """
    numbers = counter()

    def event(kind: str, **fields: object) -> bytes:
        body = {"type": kind, "sequence_number": next(numbers), **fields}
        return b"event: " + kind.encode() + b"\ndata: " + compact(body) + b"\n\n"

    begun: dict[str, object] = {**response, "status": "in_progress", "output": []}
    del begun["usage"]
    begun |= {"completed_at": None, "incomplete_details": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(response["output"]):
        empty: dict[str, object] = {**item, "status": "in_progress", "content": []}
        yield event("response.output_item.added", output_index=index, item=empty)
        for at, part in enumerate(item["content"]):
            where = {"item_id": item["id"], "output_index": index, "content_index": at}
            yield event("response.content_part.added", **where, part={**part, "text": ""})
            for word in pieces(part["text"]):
                yield event("response.output_text.delta", **where, delta=word, logprobs=[])
            yield event("response.output_text.done", **where, text=part["text"], logprobs=[])
            yield event("response.content_part.done", **where, part=part)
        yield event("response.output_item.done", output_index=index, item=item)
    yield event(f"response.{response['status']}", response=response)
