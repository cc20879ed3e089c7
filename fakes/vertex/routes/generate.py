"""`generateContent`, `streamGenerateContent` and token counts, on publisher models and endpoints."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from fakes.google import timestamp
from fakes.ids import base62
from fakes.json_text import compact, sequence
from fakes.learners import Model
from fakes.routes import Call, Result, Routes
from fakes.timeline import EPOCH
from fakes.tokens import count
from fakes.vertex.account import Vertex
from fakes.vertex.answer import Answer, answer_of, chunks, modality, token_id, tokens_of, whole_body
from fakes.vertex.errors import invalid
from fakes.vertex.examples import content_of
from fakes.vertex.validate import ContentRequest, content_request, fields, object_of, prompt_of

__all__ = ["mount", "response_of", "streamed"]

_PLACES = (
    "/{version}/projects/{project}/locations/{location}/endpoints/{endpoint}",
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}",
    "/{version}/publishers/google/models/{model}",
)
_EVENTS = ((b"content-type", b"text/event-stream"),)
_ARRAY = ((b"content-type", b"application/json; charset=UTF-8"),)
_TRAFFIC: dict[str, object] = {"trafficType": "ON_DEMAND"}
_COUNT = frozenset({"contents", "generationConfig", "instances", "model", "systemInstruction", "tools"})


def mount(routes: Routes, project: Vertex) -> None:
    """Add the generation routes. The same request gets the same bytes, including id and time."""

    def generate(call: Call) -> Result:
        version, model = _model(project, call)
        number = project.ids.of("generate", call.request.url.raw_path, call.body)
        return Result(response_of(version, model, content_request(object_of(call)), number))

    def stream(call: Call) -> Result:
        version, model = _model(project, call)
        request = content_request(object_of(call))
        head = _head(version, project.ids.of("generate", call.request.url.raw_path, call.body))
        answers = _answers(model, request)
        last = _usage(answers, request)
        billed = {"billablePromptUsage": last.pop("billablePromptUsage"), **_TRAFFIC}
        made = ({**chunk, **head} for chunk in chunks(answers, request, (billed, _TRAFFIC, last)))
        return streamed(call, made)

    def count_tokens(call: Call) -> Result:
        _model(project, call)
        payload = fields(object_of(call), _COUNT)
        _, tokens, characters = prompt_of(
            payload.get("contents"), content_of(payload.get("systemInstruction"))[1]
        )
        details = modality(tokens)
        return Result(
            {"totalTokens": tokens, "totalBillableCharacters": characters, "promptTokensDetails": details}
        )

    def compute_tokens(call: Call) -> Result:
        _model(project, call)
        payload = fields(object_of(call), _COUNT)
        prompt_of(payload.get("contents"), "")
        return Result({"tokensInfo": [_tokens_info(content) for content in sequence(payload["contents"])]})

    for action, handler in (
        (":generateContent", generate),
        (":streamGenerateContent", stream),
        (":countTokens", count_tokens),
        (":computeTokens", compute_tokens),
    ):
        for place in _PLACES:
            routes.add("POST", place + action, handler)


def response_of(version: str, model: Model, request: ContentRequest, number: int) -> dict[str, object]:
    """A GenerateContentResponse; its id is derived from `number`."""
    answers = _answers(model, request)
    return {**whole_body(answers, request, _usage(answers, request)), **_head(version, number)}


def streamed(call: Call, made: Iterator[dict[str, object]]) -> Result:
    """Responses one by one: as server-sent events with `alt=sse`, otherwise as one JSON array."""
    kind = call.query.get("alt", "json")
    if kind == "sse":
        return Result((b"data: %b\r\n\r\n" % compact(chunk) for chunk in made), headers=_EVENTS)
    if kind != "json":
        raise invalid(f"Unsupported Output Format: {kind}. Ask with alt=sse or alt=json.")
    return Result(_array(made), headers=_ARRAY)


def _array(made: Iterator[dict[str, object]]) -> Iterator[bytes]:
    opening = b"["
    for chunk in made:
        yield opening + compact(chunk)
        opening = b"\n,\r\n"
    yield b"\n]\n"


def _model(project: Vertex, call: Call) -> tuple[str, Model]:
    """The version name and the model of the endpoint, or of the publisher's model, in the path."""
    params = call.params
    if "endpoint" in params:
        return project.served(
            f"projects/{params['project']}/locations/{params['location']}/endpoints/{params['endpoint']}"
        )
    return project.served(f"publishers/google/models/{params['model']}")


def _answers(model: Model, request: ContentRequest) -> list[Answer]:
    return [answer_of(model, request, number) for number in range(request.candidates)]


def _usage(answers: list[Answer], request: ContentRequest) -> dict[str, object]:
    answered = sum(count(answer.text) for answer in answers)
    return {
        "promptTokenCount": request.tokens,
        "promptTokensDetails": modality(request.tokens),
        "candidatesTokenCount": answered,
        "candidatesTokensDetails": modality(answered),
        "totalTokenCount": request.tokens + answered,
        "billablePromptUsage": {"textCount": request.characters},
        **_TRAFFIC,
    }


def _head(version: str, number: int) -> dict[str, object]:
    return {
        "modelVersion": version,
        "createTime": timestamp(EPOCH + number % 86_400),
        "responseId": base62(number, 22),
    }


def _tokens_info(content: object) -> dict[str, object]:
    role, text = content_of(content)
    tokens = tokens_of(text)
    return {
        "role": role,
        "tokens": [base64.b64encode(token.encode("utf-8", "surrogatepass")).decode() for token in tokens],
        "tokenIds": [str(token_id(token)) for token in tokens],
    }
