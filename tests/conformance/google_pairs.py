"""Pairs of requests that differ in one honoured parameter of Google's, and whose responses differ for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx2

from fakes import FakeTransport, World

__all__ = ["BODIES", "PROMPT", "QUERIES", "Asker", "nested"]

KEY = {"authorization": "Bearer ya29", "x-goog-api-key": "AIza-fake"}
PROMPT = "Which letter is next, and what is the weather?"
Pair = tuple[dict[str, Any], dict[str, Any]]
_FACTS = [(f"Which letter is number {number}?", letter) for number, letter in enumerate("abcdef")]
_SAID = {"role": "user", "parts": [{"text": PROMPT}]}
_HOT = {"temperature": 2, "seed": 3}


def nested(path: str, value: object) -> dict[str, Any]:
    """An object with a value at a path such as `generationConfig.seed`."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return cast("dict[str, Any]", value)


def _config(name: str, left: object, right: object, **both: object) -> Pair:
    """Two values of a field of generationConfig; None leaves it out."""
    return tuple(
        {"contents": [_SAID], "generationConfig": {**both, **({} if value is None else {name: value})}}
        for value in (left, right)
    )  # pyright: ignore[reportReturnType] - two of them


def _parts(left: list[dict[str, Any]], right: list[dict[str, Any]]) -> Pair:
    return {"contents": [{"parts": left}]}, {"contents": [{"parts": right}]}


def _system(left: dict[str, Any], right: dict[str, Any]) -> Pair:
    return (
        {"contents": [_SAID], "systemInstruction": {"parts": [left]}},
        {"contents": [_SAID], "systemInstruction": {"parts": [right]}},
    )


def _turns(call: dict[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
    made = [{"role": "model", "parts": [{"functionCall": call}]}]
    return {"contents": [_SAID, *made, {"role": "user", "parts": [{"functionResponse": reply}]}]}


def _function(left: dict[str, Any], right: dict[str, Any]) -> Pair:
    """Two declarations of a function, which is called."""
    plain = {"name": "get_weather"}
    return (
        {"contents": [_SAID], "tools": [{"functionDeclarations": [{**plain, **left}]}]},
        {"contents": [_SAID], "tools": [{"functionDeclarations": [{**plain, **right}]}]},
    )


def _calling(left: dict[str, Any], right: dict[str, Any]) -> Pair:
    tools = [{"functionDeclarations": [{"name": "get_weather"}, {"name": "get_time"}]}]
    both = {"contents": [_SAID], "tools": tools}
    return (
        {**both, "toolConfig": {"functionCallingConfig": left}},
        {**both, "toolConfig": {"functionCallingConfig": right}},
    )


_CITY = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}
_JSON_CITY = {"type": "object", "properties": {"town": {"type": "string"}}}
_CALL: dict[str, Any] = {"name": "get_weather"}
_REPLY: dict[str, Any] = {"name": "get_weather", "response": {}}
_HARASSMENT = {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
_AS_JSON = {"responseMimeType": "application/json"}

_SAYING: dict[str, Pair] = {
    "contents.role": (
        {"contents": [_SAID, {"role": "model", "parts": [{"text": "Which letter is number 3?"}]}]},
        {"contents": [_SAID, {"role": "user", "parts": [{"text": "Which letter is number 3?"}]}]},
    ),
    "contents.parts.text": _parts([{"text": "Which letter?"}], [{"text": "Which letter is number 4?"}]),
    "contents.parts.thought": _parts(
        [{"text": "Letter 4?"}, {"text": "a thought"}],
        [{"text": "Letter 4?"}, {"text": "a thought", "thought": True}],
    ),
    "contents.parts.functionCall.name": (
        _turns({"name": "get_time"}, {"name": "get_time", "response": {}}),
        _turns({"name": "get_weather_now"}, {"name": "get_time", "response": {}}),
    ),
    "contents.parts.functionCall.args": (_turns(_CALL, _REPLY), _turns({**_CALL, "args": {"a": 1}}, _REPLY)),
    "contents.parts.functionCall.id": (
        _turns({**_CALL, "id": "1"}, {**_REPLY, "id": "1"}),
        _turns({**_CALL, "id": "2"}, {**_REPLY, "id": "1"}),
    ),
    "contents.parts.functionResponse.name": (_turns(_CALL, _REPLY), _turns(_CALL, {**_REPLY, "name": "x"})),
    "contents.parts.functionResponse.response": (
        _turns(_CALL, _REPLY),
        _turns(_CALL, {**_REPLY, "response": {"a": "long answer"}}),
    ),
    "contents.parts.functionResponse.id": (
        _turns({**_CALL, "id": "1"}, {**_REPLY, "id": "1"}),
        _turns({**_CALL, "id": "1"}, {**_REPLY, "id": "2"}),
    ),
    "systemInstruction.parts.text": _system({"text": "be"}, {"text": "be as loud as you can"}),
    "systemInstruction.parts.thought": _system({"text": "be loud"}, {"text": "be loud", "thought": True}),
    "tools.functionDeclarations.name": _function({}, {"name": "get_weather_in_all_places"}),
    "tools.functionDeclarations.description": _function({}, {"description": "of a place"}),
    "tools.functionDeclarations.parameters": _function({}, {"parameters": _CITY}),
    "tools.functionDeclarations.parametersJsonSchema": _function({}, {"parametersJsonSchema": _JSON_CITY}),
    "tools.functionDeclarations.response": _function({}, {"response": _CITY}),
    "tools.functionDeclarations.responseJsonSchema": _function({}, {"responseJsonSchema": _JSON_CITY}),
}
"""Of every method that reads contents."""
_GENERATING: dict[str, Pair] = {
    "generationConfig.candidateCount": _config("candidateCount", 1, 2),
    "generationConfig.logprobs": _config("logprobs", None, 2, responseLogprobs=True),
    "generationConfig.maxOutputTokens": _config("maxOutputTokens", 1, 2),
    "generationConfig.responseJsonSchema": _config(
        "responseJsonSchema", _JSON_CITY, {"type": "array", "items": {"type": "integer"}}, **_AS_JSON
    ),
    "generationConfig.responseLogprobs": _config("responseLogprobs", left=None, right=True),
    "generationConfig.responseMimeType": _config("responseMimeType", None, "application/json"),
    "generationConfig.responseSchema": _config("responseSchema", None, _CITY, **_AS_JSON),
    "generationConfig.seed": _config("seed", 3, 4, temperature=2),
    "generationConfig.stopSequences": _config(
        "stopSequences", None, list("abcdef"[:5]), temperature=0, seed=0
    ),
    "generationConfig.temperature": _config("temperature", 0, 2, seed=3),
    "generationConfig.thinkingConfig.includeThoughts": _config(
        "thinkingConfig", None, {"includeThoughts": True}
    ),
    "generationConfig.thinkingConfig.thinkingBudget": _config("thinkingConfig", None, {"thinkingBudget": 0}),
    "generationConfig.thinkingConfig.thinkingLevel": _config(
        "thinkingConfig", {"thinkingLevel": "LOW"}, {"thinkingLevel": "HIGH"}
    ),
    "generationConfig.topK": _config("topK", None, 1, **_HOT),
    "generationConfig.topP": _config("topP", None, 0, **_HOT),
    "safetySettings.category": (
        {"contents": [_SAID], "safetySettings": [_HARASSMENT]},
        {
            "contents": [_SAID],
            "safetySettings": [{**_HARASSMENT, "category": "HARM_CATEGORY_HATE_SPEECH"}],
        },
    ),
    "safetySettings.threshold": (
        {"contents": [_SAID], "safetySettings": [_HARASSMENT]},
        {"contents": [_SAID], "safetySettings": [{**_HARASSMENT, "threshold": "OFF"}]},
    ),
    "toolConfig.functionCallingConfig.allowedFunctionNames": _calling(
        {"mode": "ANY"}, {"mode": "ANY", "allowedFunctionNames": ["get_time"]}
    ),
    "toolConfig.functionCallingConfig.mode": _calling({"mode": "AUTO"}, {"mode": "NONE"}),
}
"""Of the methods that generate content."""
_ASKED = {"contents": [_SAID]}
_DEVELOPER: dict[str, Pair] = {
    "model": ({**_ASKED, "model": "models/gemini-3.5-flash"}, {**_ASKED, "model": "models/other"}),
    "serviceTier": (_ASKED, {**_ASKED, "serviceTier": "flex"}),
}


def _inside(pairs: Mapping[str, Pair]) -> dict[str, Pair]:
    """The same pairs, each request within another."""
    name = "generateContentRequest"
    return {f"{name}.{path}": ({name: left}, {name: right}) for path, (left, right) in pairs.items()}


_OF_CONTENTS = {path: pair for path, pair in _SAYING.items() if path.startswith("contents.")}
_ROLE: dict[str, Pair] = {"contents.role": (_ASKED, {"contents": [{**_SAID, "role": "robot"}]})}
_COUNTED = {**_SAYING, **_ROLE}

BODIES: dict[str, dict[str, Pair]] = {
    "vertex generateContent": {**_SAYING, **_GENERATING},
    "vertex countTokens": _COUNTED,
    "vertex computeTokens": _OF_CONTENTS,
    "gemini generateContent": {**_SAYING, **_GENERATING, **_DEVELOPER},
    "gemini countTokens": {
        **{path: pair for path, pair in _COUNTED.items() if path in _OF_CONTENTS},
        **_inside({**_COUNTED, "model": _DEVELOPER["model"]}),
    },
}
"""Service and method -> the pair of bodies by the path of the parameter in which they differ."""
QUERIES: dict[str, tuple[str, str]] = {
    "alt": ("", "alt=sse"),
    "$alt": ("", "$alt=sse"),
    "key": ("", "key=AIza"),
    "access_token": ("", "access_token=ya29"),
    "oauth_token": ("", "oauth_token=ya29"),
    "pageSize": ("", "pageSize=1"),
    "pageToken": ("", "pageToken=none"),
    "filter": ("", "filter=labels.none:*"),
    "upload_id": ("", "upload_id=none"),
}
"""Parameter -> two queries that differ in it; those of credentials go without any others."""


class Asker:
    """Asks a world that knows some letters; what no two responses have in common is left out."""

    def __init__(self) -> None:
        self.world = World(prior=_FACTS)
        self._client = httpx2.Client(transport=FakeTransport(self.world))

    def __call__(
        self,
        method: str,
        url: str,
        *,
        signed: bool = True,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> tuple[int, Any]:
        """The status and the body of a response, or its events."""
        sent = {**(KEY if signed else {}), **(headers or {})}
        response = self._client.request(method, url, headers=sent, **request)
        content = response.read()
        if response.headers.get("content-type", "").startswith("application/json"):
            return response.status_code, _plain(json.loads(content))
        lines = content.decode().splitlines()
        events = (line.removeprefix("data: ") for line in lines if line.startswith("data: "))
        return response.status_code, ["an event", *(_plain(json.loads(event)) for event in events)]


_OWN = ("responseId", "createTime", "thoughtSignature")


def _plain(body: object) -> object:
    if isinstance(body, dict):
        fields = cast("dict[str, object]", body)
        return {name: _plain(value) for name, value in fields.items() if name not in _OWN}
    if isinstance(body, list):
        return [_plain(each) for each in cast("list[object]", body)]
    return body
