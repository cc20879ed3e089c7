"""`generateContent` and `streamGenerateContent`, on publisher models and tuned endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fakes.google import timestamp
from fakes.ids import base62
from fakes.learners import Model
from fakes.routes import Call, Reply, Routes
from fakes.shape import compact, mapping, sequence
from fakes.timeline import EPOCH
from fakes.tokens import count, cut, pieces
from fakes.vertex.asked import whole
from fakes.vertex.errors import failed_precondition, invalid, not_found
from fakes.vertex.examples import content_of
from fakes.vertex.state import Vertex
from fakes.vertex.wire import object_of

__all__ = ["mount"]

_PLACES = (
    "/{version}/projects/{project}/locations/{location}/endpoints/{endpoint}",
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}",
    "/{version}/publishers/google/models/{model}",
)
_EVENTS = ((b"content-type", b"text/event-stream"),)
_TRAFFIC: dict[str, object] = {"trafficType": "ON_DEMAND"}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was said, why it ended, its log-probability (nats), and what the response says around it."""

    text: str
    reason: str
    logprob: float
    usage: dict[str, object]
    head: dict[str, object]


def mount(routes: Routes, project: Vertex) -> None:
    """Adds the generation routes. The same request gets the same bytes, its id and time included."""

    def generate(call: Call) -> Reply:
        answer = _answer(project, call)
        candidate: dict[str, object] = {
            "content": _content(answer.text),
            "finishReason": answer.reason,
            "avgLogprobs": answer.logprob / max(1, count(answer.text)),
            "score": answer.logprob,
        }
        return Reply({"candidates": [candidate], "usageMetadata": answer.usage, **answer.head})

    def stream(call: Call) -> Reply:
        if call.query.get("alt") != "sse":
            raise invalid("Only streams of server-sent events are served: ask with ?alt=sse.")
        return Reply(_stream(_answer(project, call)), headers=_EVENTS)

    for place in _PLACES:
        routes.add("POST", place + ":generateContent", generate)
    for place in _PLACES:
        routes.add("POST", place + ":streamGenerateContent", stream)


def _answer(project: Vertex, call: Call) -> _Answer:
    version, model = _model(project, call)
    asked = object_of(call)
    prompt, tokens = _prompt(asked.get("contents"))
    config = mapping(asked.get("generationConfig"))
    said = model.answer(
        prompt,
        system=content_of(asked.get("systemInstruction"))[1],
        temperature=_temperature(config),
        seed=_integer(config, "seed"),
    )
    limit = _integer(config, "maxOutputTokens")
    text = cut(said.text, limit) if limit > 0 else said.text
    number = project.ids.of("generate", call.request.url.raw_path, call.body)
    answered = count(text)
    usage: dict[str, object] = {
        "promptTokenCount": tokens,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}],
        "candidatesTokenCount": answered,
        "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": answered}],
        "totalTokenCount": tokens + answered,
        **_TRAFFIC,
    }
    head: dict[str, object] = {
        "modelVersion": version,
        "createTime": timestamp(EPOCH + number % 86_400),
        "responseId": base62(number, 22),
    }
    return _Answer(text, "STOP" if text == said.text else "MAX_TOKENS", said.logprob, usage, head)


def _model(project: Vertex, call: Call) -> tuple[str, Model]:
    """The version name and the model of the endpoint, or of the publisher's model, that was asked."""
    params = call.params
    if "endpoint" in params:
        name = f"projects/{params['project']}/locations/{params['location']}/endpoints/{params['endpoint']}"
        if (endpoint := project.registry.endpoints.get(name)) is None:
            raise not_found(f"Endpoint `{name}` not found.")
        if not endpoint.deployed:
            raise failed_precondition(f"Endpoint `{name}` has no deployed model.")
        return endpoint.version.full_name, endpoint.checkpoint.model
    try:
        return params["model"], project.model(params["model"])
    except KeyError:
        raise not_found(
            f"Publisher Model `publishers/google/models/{params['model']}` was not found or your project "
            "does not have access to it."
        ) from None


def _prompt(contents: object) -> tuple[str, int]:
    """The last user turn, and the tokens of all turns."""
    turns = sequence(contents)
    if not turns:
        raise invalid("Unable to submit request because at least one contents field is required.")
    prompt, tokens = "", 0
    for content in turns:
        role, text = content_of(content)
        if role not in ("user", "model"):
            raise invalid("Please use a valid role: user, model.")
        if not text:
            raise invalid("Unable to submit request because it must have a text parameter.")
        tokens += count(text)
        if role == "user":
            prompt = text
    return prompt, tokens


def _temperature(config: dict[str, Any]) -> float:
    value = config.get("temperature")
    value = 1.0 if value is None else value
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 2:
        raise invalid(f"Invalid value at 'generation_config.temperature': {value!r}")
    return float(value)


def _integer(config: dict[str, Any], name: str) -> int:
    """A whole number; 0 where it is missing."""
    value = config.get(name)
    return (
        0
        if value is None
        else whole(value, invalid(f"Invalid value at 'generation_config.{name}': {value!r}"))
    )


def _content(text: str) -> dict[str, object]:
    return {"role": "model", "parts": [{"text": text}]}


def _stream(answer: _Answer) -> Iterator[bytes]:
    """Server-sent events: the answer word by word; the last one carries the reason and the usage."""

    def event(text: str, candidate: dict[str, object], usage: dict[str, object]) -> bytes:
        candidate = {"content": _content(text), **candidate}
        return (
            b"data: "
            + compact({"candidates": [candidate], "usageMetadata": usage, **answer.head})
            + b"\r\n\r\n"
        )

    *words, last = pieces(answer.text) or [""]
    for word in words:
        yield event(word, {}, _TRAFFIC)
    yield event(last, {"finishReason": answer.reason}, answer.usage)
