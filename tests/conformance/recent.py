"""Recordings of 2025 and 2026, sent to the fake OpenAI again, with the models and ids that there are here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

from fakes.json_text import is_mapping, mapping, sequence
from fakes.openai.catalogue import OPENAI
from tests.conformance.calls import Caller, Exchange
from tests.conformance.recorded import Recording, recording
from tests.conformance.worlds import a_world

__all__ = ["REASONS", "fields", "reason_against", "recent", "replayed"]

_FUNCTIONS = ("function",)
_ITEMS = ("message", "reasoning", "function_call", "function_call_output", "item_reference", "compaction")


def recent(folder: Path) -> list[Recording]:
    """All recordings of OpenAI's endpoints."""
    lines = (folder / "recorded" / "recent.jsonl").read_text("utf-8").splitlines()
    numbers = [at for at, line in enumerate(lines, 1) if "api.openai.com" in json.loads(line)["uri"]]
    return [recording(folder, f"recent.jsonl:{number}") for number in numbers]


def _other_tools(body: Mapping[str, Any]) -> bool:
    kinds = [mapping(tool).get("type") for tool in sequence(body.get("tools"))]
    items = [mapping(item).get("type", "message") for item in sequence(body.get("input"))]
    return any(kind not in _FUNCTIONS for kind in kinds) or any(item not in _ITEMS for item in items)


def _deferred(body: Mapping[str, Any]) -> bool:
    return any(mapping(tool).get("defer_loading") for tool in sequence(body.get("tools")))


REASONS: dict[str, Callable[[str, Mapping[str, Any]], bool]] = {
    "nothing is searched, drawn or run: functions are the only tools": lambda _, body: _other_tools(body),
    "tools are not searched, so none is loaded later": lambda _, body: _deferred(body),
    "there are no conversations: the specification has no such endpoint": lambda path, body: (
        path.startswith("/conversations") or "conversation" in body
    ),
    "o1 took no system message; these models are gone": lambda _, body: str(body.get("model")).startswith(
        "o1"
    ),
}
"""Why a recorded request is not answered as it was; with what tells that it is one of these."""


def reason_against(recorded: Recording) -> str | None:
    """Why a request cannot be answered as it was; None where it has to be."""
    path, body = recorded.exchange.path, mapping(recorded.asked)
    return next((why for why, holds in REASONS.items() if holds(path, body)), None)


def _model(name: str) -> str:
    """The model here that stands for a recorded one: the same, or one of its kind."""
    if name in OPENAI.models:
        return name
    thinks = re.match(r"o\d|gpt-[5-9]", name)
    return "gpt-5" if thinks else "gpt-4.1" if name.startswith("gpt-4.") else "gpt-4o"


def replayed(recorded: Recording) -> Exchange:
    """The response of a fresh world, in which there is one of everything, to a recorded request."""
    call = Caller()
    setting = a_world(call)
    exchange, body = recorded.exchange, deepcopy(recorded.asked)
    path = re.sub(
        r"/(file|batch|resp)[-_]\w+", lambda found: f"/{setting.named(_THINGS[found[1]])}", exchange.path
    )
    if exchange.method == "GET" and path.startswith("/responses/"):
        kept = exchange.json
        asked = {"model": _model(kept["model"]), "input": "hi", "background": kept["background"]}
        path = f"/responses/{call('openai', 'POST', '/responses', asked).json['id']}"
    if exchange.method != "POST" or path.endswith("/cancel"):
        return call("openai", exchange.method, path + recorded.query)
    if path == "/files":
        return call("openai", "POST", path, files={"file": ("a.csv", b"a,b")}, data={"purpose": "assistants"})
    if path == "/batches":
        asked = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
        return call("openai", "POST", path, {**asked, "input_file_id": setting.names["requests"]})
    if isinstance(body.get("model"), str):
        body["model"] = _model(body["model"])
    for thing in _objects(body):
        if isinstance(thing.get("file_id"), str):
            thing["file_id"] = setting.names["file"]
    return call("openai", "POST", path + recorded.query, body)


_THINGS = {"file": "file", "batch": "batch", "resp": "response"}


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if is_mapping(value):
        yield value
    for inner in value.values() if is_mapping(value) else sequence(value):
        yield from _objects(inner)


def fields(exchange: Exchange) -> set[str]:
    """The fields in all bodies of a response; an item of a list stands by its `type`, an event too."""
    found: set[str] = set()

    def walk(value: object, at: str) -> None:
        found.add(at)
        if is_mapping(value):
            for name, inner in value.items():
                walk(inner, f"{at}/{name}")
        elif isinstance(value, list):
            for inner in cast("list[object]", value):
                kind = mapping(inner).get("type")
                walk(inner, f"{at}/*[{kind}]" if kind else f"{at}/*")

    for body in exchange.bodies():
        event = mapping(body).get("type") if exchange.streamed else None
        walk(body, f"[{event}]" if event else "")
    return found
