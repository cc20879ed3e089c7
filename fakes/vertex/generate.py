"""`generateContent` and `streamGenerateContent`, on publisher models and tuned endpoints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fakes.google import invalid, not_found, object_of, timestamp
from fakes.ids import base62
from fakes.learners import Model
from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping, sequence
from fakes.timeline import EPOCH
from fakes.tokens import count, cut
from fakes.vertex.examples import content_of
from fakes.vertex.state import Vertex

__all__ = ["mount"]

_PLACES = (
    "/{version}/projects/{project}/locations/{location}/endpoints/{endpoint}",
    "/{version}/projects/{project}/locations/{location}/publishers/google/models/{model}",
    "/{version}/publishers/google/models/{model}",
)


def mount(routes: Routes, project: Vertex) -> None:
    """Adds the generation routes. The same request gets the same bytes, its id and time included."""

    def model_of(call: Call) -> tuple[str, Model]:
        params = call.params
        if "endpoint" in params:
            name = (
                f"projects/{params['project']}/locations/{params['location']}/endpoints/{params['endpoint']}"
            )
            if name not in project.endpoints:
                raise not_found(f"Endpoint `{name}` not found.")
            endpoint, job = project.endpoints[name]
            return f"{job.parent}/models/{job.model_id}@1", endpoint.checkpoint.model
        try:
            return params["model"], project.model(params["model"])
        except KeyError:
            message = f"Publisher Model `publishers/google/models/{params['model']}` was not found or your project does not have access to it."
            raise not_found(message) from None

    def answer(call: Call) -> tuple[dict[str, object], str, str, dict[str, object]]:
        version, model = model_of(call)
        asked = object_of(call)
        prompt, tokens = _prompt(asked.get("contents"))
        config = mapping(asked.get("generationConfig"))
        said = model.answer(
            prompt,
            system=content_of(asked.get("systemInstruction"))[1],
            temperature=_number(config, "temperature", 1.0),
            seed=int(_number(config, "seed", 0)),
        )
        limit = int(_number(config, "maxOutputTokens", 0))
        text = cut(said.text, limit) if limit else said.text
        number = project.ids.of("generate", call.request.url.raw_path, call.body)
        head: dict[str, object] = {
            "modelVersion": version,
            "createTime": timestamp(EPOCH + number % 86_400),
            "responseId": base62(number, 22),
        }
        answered = count(text)
        usage: dict[str, object] = {
            "promptTokenCount": tokens,
            "candidatesTokenCount": answered,
            "totalTokenCount": tokens + answered,
            "trafficType": "ON_DEMAND",
        }
        return head, text, "STOP" if text == said.text else "MAX_TOKENS", {**usage, "logprob": said.logprob}

    def generate(call: Call) -> Reply:
        head, text, reason, usage = answer(call)
        logprob = usage.pop("logprob")
        candidate = {"content": _content(text), "finishReason": reason, "avgLogprobs": logprob}
        return Reply({"candidates": [candidate], "usageMetadata": usage, **head})

    def stream(call: Call) -> Reply:
        head, text, reason, usage = answer(call)
        del usage["logprob"]
        return Reply(_stream(head, text, reason, usage), headers=((b"content-type", b"text/event-stream"),))

    for place in _PLACES:
        routes.add("POST", place + ":generateContent", generate)
    for place in _PLACES:
        routes.add("POST", place + ":streamGenerateContent", stream)


def _prompt(contents: object) -> tuple[str, int]:
    """The last user turn, and the tokens of all turns."""
    turns = sequence(contents)
    if not turns:
        raise invalid("Unable to submit request because at least one contents field is required.")
    prompt, tokens = "", 0
    for content in turns:
        role, text = content_of(content)
        if not text:
            raise invalid("Unable to submit request because it must have a text parameter.")
        tokens += count(text)
        if role == "user":
            prompt = text
    return prompt, tokens


def _number(config: dict[str, Any], name: str, default: float) -> float:
    value = config.get(name)
    if value is None:
        return default
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise invalid(f"Invalid value at 'generation_config.{name}': {value!r}")
    return value


def _content(text: str) -> dict[str, object]:
    return {"role": "model", "parts": [{"text": text}]}


def _stream(head: dict[str, object], text: str, reason: str, usage: dict[str, object]) -> Iterator[bytes]:
    """Server-sent events: the answer word by word; the last one carries the reason and the usage."""
    words = re.findall(r"\s*\S+\s*", text) or [""]
    for index, word in enumerate(words):
        last = index == len(words) - 1
        candidate: dict[str, object] = {"content": _content(word)} | (
            {"finishReason": reason} if last else {}
        )
        chunk = {"candidates": [candidate], **({"usageMetadata": usage} if last else {}), **head}
        yield b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\r\n\r\n"
