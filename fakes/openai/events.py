"""The events of a streamed response, in the order of the specification."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as counter
from typing import Any

from fakes.ids import Ids, base62
from fakes.json_text import compact
from fakes.tokens import pieces

__all__ = ["events"]


def events(response: dict[str, Any], ids: Ids | None, after: int = -1) -> Iterator[bytes]:
    """A finished response as server-sent events, one by one: those with a number above `after`.

    created (and queued, of one that is made in the background), in_progress, then each item: added, its
    pieces, done; last completed, or incomplete where the answer was cut. Each event has a number, from 0.
    With `ids` each piece has an `obfuscation`, which hides its length.
    """
    for number, kind, fields in _numbered(response, ids):
        if number > after:
            body = {"type": kind, "sequence_number": number, **fields}
            yield b"event: " + kind.encode() + b"\ndata: " + compact(body) + b"\n\n"


def _numbered(response: dict[str, Any], ids: Ids | None) -> Iterator[tuple[int, str, dict[str, Any]]]:
    numbers = counter()
    background = response["background"]
    first = "queued" if background else "in_progress"
    begun: dict[str, Any] = {**response, "status": first, "output": [], "usage": None}
    begun |= {"completed_at": None, "incomplete_details": None, "service_tier": "auto"}
    del begun["billing"]
    yield next(numbers), "response.created", {"response": begun}
    if background:
        yield next(numbers), "response.queued", {"response": begun}
    yield next(numbers), "response.in_progress", {"response": {**begun, "status": "in_progress"}}
    for index, item in enumerate(response["output"]):
        for kind, fields in _of_item(item):
            number = next(numbers)
            hidden: dict[str, Any] = {}
            if ids and kind.endswith(".delta"):
                code = ids.of("obfuscation", response["id"], number)
                hidden = {"obfuscation": base62(code, 4 + code % 12)}
            yield number, kind, {"output_index": index, **fields, **hidden}
    if response["status"] in ("completed", "incomplete"):
        yield next(numbers), f"response.{response['status']}", {"response": response}


def _of_item(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of an item of the output."""
    match item["type"]:
        case "message":
            yield "response.output_item.added", {"item": {**item, "status": "in_progress", "content": []}}
            for at, part in enumerate(item["content"]):
                yield from _of_part(part, {"item_id": item["id"], "content_index": at})
        case "function_call":
            yield "response.output_item.added", {"item": {**item, "status": "in_progress", "arguments": ""}}
            where, arguments = {"item_id": item["id"]}, item["arguments"]
            for at in range(0, len(arguments), 8):
                delta = arguments[at : at + 8]
                yield "response.function_call_arguments.delta", {**where, "delta": delta}
            whole = {**where, "name": item["name"], "arguments": arguments}
            yield "response.function_call_arguments.done", whole
        case "reasoning":
            yield "response.output_item.added", {"item": {**item, "summary": []}}
            for at, part in enumerate(item["summary"]):
                yield from _of_summary(part, {"item_id": item["id"], "summary_index": at})
        case _:
            yield "response.output_item.added", {"item": item}
    yield "response.output_item.done", {"item": item}


def _of_summary(part: dict[str, Any], where: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a part of a summary."""
    yield "response.reasoning_summary_part.added", {**where, "part": {**part, "text": ""}}
    for word in pieces(part["text"]):
        yield "response.reasoning_summary_text.delta", {**where, "delta": word}
    yield "response.reasoning_summary_text.done", {**where, "text": part["text"]}
    yield "response.reasoning_summary_part.done", {**where, "part": part}


def _of_part(part: dict[str, Any], where: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of a text in a message, or of a refusal in its place."""
    if part["type"] == "refusal":
        yield "response.content_part.added", {**where, "part": {**part, "refusal": ""}}
        for word in pieces(part["refusal"]):
            yield "response.refusal.delta", {**where, "delta": word}
        yield "response.refusal.done", {**where, "refusal": part["refusal"]}
        yield "response.content_part.done", {**where, "part": part}
        return
    yield "response.content_part.added", {**where, "part": {**part, "text": "", "logprobs": []}}
    tokens = [each["token"] for each in part["logprobs"]]
    for at, word in enumerate(tokens or pieces(part["text"])):
        logprobs = [_short(each) for each in part["logprobs"][at : at + 1]]
        yield "response.output_text.delta", {**where, "delta": word, "logprobs": logprobs}
    whole = [_short(each) for each in part["logprobs"]]
    yield "response.output_text.done", {**where, "text": part["text"], "logprobs": whole}
    yield "response.content_part.done", {**where, "part": part}


def _short(logprob: dict[str, Any]) -> dict[str, Any]:
    """A log probability as events have it: without bytes."""
    tops = [{name: top[name] for name in ("token", "logprob")} for top in logprob["top_logprobs"]]
    return {"token": logprob["token"], "logprob": logprob["logprob"], "top_logprobs": tops}
