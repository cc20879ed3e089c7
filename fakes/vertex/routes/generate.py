"""`generateContent`, `streamGenerateContent` and token counts, on publisher models and endpoints."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from fakes.google import timestamp
from fakes.ids import base62
from fakes.json_text import compact, sequence
from fakes.routes import Call, Result, Routes
from fakes.vertex.account import Vertex
from fakes.vertex.answers import Answer, count_of
from fakes.vertex.candidates import answered
from fakes.vertex.content import ContentRequest, check_config, prompt_turns
from fakes.vertex.content_response import (
    Form,
    chunks,
    modality,
    token_id,
    tokens_of,
    usage_of,
    whole_body,
)
from fakes.vertex.content_tables import COMPUTE, COUNT, GENERATE, GENERATION
from fakes.vertex.errors import invalid
from fakes.vertex.reading import STANDARD, STREAMED, Takes, read_message
from fakes.vertex.records import Served
from fakes.vertex.tools import functions_of
from fakes.vertex.turns import all_of

__all__ = ["mount", "response_of", "streamed"]

_PLACES = (
    "/{version}/projects/{project}/locations/{location}/endpoints/{endpoint}",
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}",
    "/{version}/publishers/google/models/{model}",
)
_EVENTS = ((b"content-type", b"text/event-stream"),)
_ARRAY = ((b"content-type", b"application/json; charset=UTF-8"),)
_TRAFFIC: dict[str, object] = {"trafficType": "ON_DEMAND"}
# the global endpoint was seen to tell less than the regional ones
_REGIONAL = Form(first_index=False, average=True, score=True, measured=True, call_message=False)
_GLOBAL = Form(first_index=False, average=True, score=False, measured=True, call_message=False)


def mount(routes: Routes, project: Vertex) -> None:
    """Add the generation routes. Equal requests get equal bytes, id and time included, unless drawn anew."""

    def generate(call: Call) -> Result:
        served = _served(project, call)
        request, answers, number = answered(project, served, call.sent, "generateContent", _place(call))
        made = number, project.date.epoch
        return Result(response_of(served, request, answers, made, regional=_is_regional(call)))

    def stream(call: Call) -> Result:
        served = _served(project, call)
        request, answers, number = answered(project, served, call.sent, "streamGenerateContent", _place(call))
        head = _head(served.version, number, project.date.epoch)
        regional = _is_regional(call)

        def usage(said: list[Answer], first: bool, last: bool) -> dict[str, object]:
            billed = _billed(request) if first and regional else {}
            return {**(_usage(said, request) if last else {}), **billed, **_TRAFFIC}

        made = chunks(answers, request, usage, _form(regional))
        return streamed(call, ({**chunk, **head} for chunk in made))

    def count_tokens(call: Call) -> Result:
        served = _served(project, call)
        # of no effect, and yet refused where it makes no sense
        config = read_message(call.sent.get("generationConfig", {}), GENERATION, "generationConfig")
        check_config(config, served.base)
        turns = prompt_turns(call.sent)
        tokens = count_of(served.model, turns, functions_of(call.sent.get("tools")))
        return Result(
            {
                "totalTokens": tokens,
                "totalBillableCharacters": turns.characters,
                "promptTokensDetails": modality(tokens),
            }
        )

    def compute_tokens(call: Call) -> Result:
        _served(project, call)
        prompt_turns(call.sent)
        return Result({"tokensInfo": [_tokens_info(content) for content in sequence(call.sent["contents"])]})

    for action, handler, takes in (
        (":generateContent", generate, Takes(STANDARD, GENERATE)),
        (":streamGenerateContent", stream, Takes(STREAMED, GENERATE)),
        (":countTokens", count_tokens, Takes(STANDARD, COUNT)),
        (":computeTokens", compute_tokens, Takes(STANDARD, COMPUTE)),
    ):
        for place in _PLACES:
            routes.add("POST", place + action, handler, takes)


def response_of(
    served: Served, request: ContentRequest, answers: list[Answer], made: tuple[int, int], *, regional: bool
) -> dict[str, object]:
    """A GenerateContentResponse; `made` is the number that names it, and the first moment of its day."""
    usage = {**_usage(answers, request), **(_billed(request) if regional else {}), **_TRAFFIC}
    return {**whole_body(answers, request, usage, _form(regional)), **_head(served.version, *made)}


def streamed(call: Call, made: Iterator[dict[str, object]]) -> Result:
    """Responses one by one: as server-sent events with `alt=sse`, otherwise as one JSON array."""
    kind = call.asked.get("alt") or call.asked.get("$alt", "json").partition(";")[0]
    if kind == "sse":
        return Result((b"data: %b\r\n\r\n" % compact(chunk) for chunk in made), headers=_EVENTS)
    if kind != "json":
        raise invalid(f"Unsupported Output Format: {kind}. Ask with alt=sse or alt=json.")
    return Result(_array(made), headers=_ARRAY)


def _array(made: Iterator[dict[str, object]]) -> Iterator[bytes]:
    """One JSON array. Nothing follows its bracket: google-api-core takes nothing there."""
    opening = b"["
    for chunk in made:
        yield opening + compact(chunk)
        opening = b"\n,\r\n"
    yield b"\n]"


def _served(project: Vertex, call: Call) -> Served:
    """What answers at the endpoint, or as the publisher's model, in the path."""
    params = call.params
    if "endpoint" in params:
        return project.endpoint(
            f"projects/{params['project']}/locations/{params['location']}/endpoints/{params['endpoint']}"
        )
    return project.published(call.request.url.path.partition("/")[2].partition("/")[2].rpartition(":")[0])


def _place(call: Call) -> tuple[str, bytes, bytes]:
    """What makes a request another than the next one: its kind, its path and its body."""
    return "generate", call.request.url.raw_path, call.body


def _is_regional(call: Call) -> bool:
    return call.params.get("location", "global") != "global"


def _form(regional: bool) -> Form:
    return _REGIONAL if regional else _GLOBAL


def _usage(answers: list[Answer], request: ContentRequest) -> dict[str, object]:
    usage = usage_of(answers, request)
    said = sum(each.tokens for each in answers)
    return usage | ({"candidatesTokensDetails": modality(said)} if said else {})


def _billed(request: ContentRequest) -> dict[str, object]:
    return {"billablePromptUsage": {"textCount": request.turns.characters}}


def _head(version: str, number: int, epoch: int) -> dict[str, object]:
    return {
        "modelVersion": version,
        "createTime": timestamp(epoch + number % 86_400),
        "responseId": base62(number, 22),
    }


def _tokens_info(content: dict[str, Any]) -> dict[str, object]:
    tokens = tokens_of(all_of(content))
    return {
        "role": content.get("role") or "user",
        "tokens": [base64.b64encode(token.encode("utf-8", "surrogatepass")).decode() for token in tokens],
        "tokenIds": [str(token_id(token)) for token in tokens],
    }
