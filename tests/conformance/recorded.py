"""Recorded traffic, and the fields of a body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2

from tests.conformance.calls import Exchange

__all__ = ["RECORDED", "Recording", "fields_of", "recording"]

RECORDED = (
    *(f"openai.jsonl:{line}" for line in range(1, 16)),
    *(f"google.jsonl:{line}" for line in range(1, 5)),
)
"""The names of all recordings: file and line."""

_SERVICES = {
    "api.openai.com": "openai",
    "us-central1-aiplatform.googleapis.com": "vertex",
    "generativelanguage.googleapis.com": "gemini",
}
_CUT = "_truncated_for_this_file"
_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    dict: "object",
    list: "array",
}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded call: what was asked, and the exchange that it was."""

    name: str
    query: str
    asked: Any
    exchange: Exchange


def recording(folder: Path, name: str) -> Recording:
    """The recording of that name under a folder of specifications."""
    file, _, line = name.partition(":")
    lines = (folder / "recorded" / file).read_text("utf-8").splitlines()
    kept = json.loads(lines[int(line) - 1])
    kind = kept["headers"].get("content-type", "application/json").partition(";")[0]
    if kept["status"] >= 400:
        kind = "application/json"  # the one recorded error of a stream says text/event-stream, and is JSON
    url = httpx2.URL(kept["uri"])
    service = _SERVICES[url.host]
    exchange = Exchange(
        service,
        kept["method"],
        url.path.removeprefix("/v1") if service == "openai" else url.path,
        kept["status"],
        kind,
        httpx2.Headers(kept["headers"]),
        _content(kept, kind),
        None,
    )
    asked = kept.get("request_body") or kept.get("request")
    return Recording(name, f"?{url.query.decode()}" if url.query else "", asked, exchange)


def _content(kept: dict[str, Any], kind: str) -> bytes:
    if isinstance(body := kept.get("body"), str):
        if kind != "text/event-stream":
            return body.encode()
        return b"".join(event.encode() + b"\n\n" for event in body.split("\n\n") if _whole(event))
    bodies = kept.get("body_segments") or [{key: value for key, value in kept["body"].items() if key != _CUT}]
    if kind == "text/event-stream":
        return b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in bodies)
    return json.dumps(bodies[0]).encode()


def _whole(event: str) -> bool:
    """Whether an event can be read: long ones were cut in the recordings."""
    data = event.rpartition("data: ")[2].strip()
    try:
        json.loads(data)
    except ValueError:
        return data == "[DONE]"
    return True


def fields_of(exchange: Exchange) -> Mapping[str, frozenset[str]]:
    """The fields in all bodies of a response, as JSON pointers with `*` for an index, and their types."""
    found: dict[str, set[str]] = {}

    def walk(value: object, at: str) -> None:
        found.setdefault(at, set()).add(_KINDS[type(value)])
        if isinstance(value, dict):
            for name, inner in cast("dict[str, object]", value).items():
                walk(inner, f"{at}/{re.sub('/', '~1', name)}")
        elif isinstance(value, list):
            for inner in cast("list[object]", value):
                walk(inner, f"{at}/*")

    for body in exchange.bodies():
        walk(body, "")
    return {at: frozenset(kinds) for at, kinds in found.items()}
