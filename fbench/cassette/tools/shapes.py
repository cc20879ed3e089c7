"""What responses are made of: the fields of JSON bodies and of events, and the types seen in each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import cast

from fbench.cassette.format.bodies import is_json
from fbench.cassette.format.events import events_of
from fbench.cassette.format.interaction import Response, type_of

__all__ = ["Fields", "fields_of", "values_of"]

Fields = dict[str, set[str]]
"""Path of a field -> the types that were seen there: `data[].id` -> `{"string"}`."""

_MAPS = frozenset(("labels", "metadata", "variables"))
"""Fields whose names are the user's own."""

_NAME = re.compile(r"[A-Za-z_$@][A-Za-z0-9_$@-]{0,47}\Z")
_LINES = re.compile(r"application/(?:jsonl|x-ndjson|json-?lines)|text/jsonl", re.IGNORECASE)


def values_of(response: Response) -> Iterator[tuple[str, object]]:
    """The JSON values of a response, each with where it stands: the body, an event by its name, a line.

    A body that is no JSON, or not what its type says, has none.
    """
    kind = type_of(response.headers)
    if kind.startswith("text/event-stream"):
        for event in events_of(response.body):
            name, data = _event(event)
            yield from _parsed(name, data)
    elif is_json(kind):
        yield from _parsed("", response.body)
    elif _LINES.match(kind):
        for line in response.body.splitlines():
            yield from _parsed("line", line)


def fields_of(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Each field of a JSON value and its type. All items of a list are `[]`, all keys of a map `{}`."""
    if isinstance(value, dict):
        yield path, "object"
        for name, inner in cast("dict[str, object]", value).items():
            known = path.rpartition(".")[2] not in _MAPS and _NAME.match(name)
            own = name if known else "{}"
            yield from fields_of(inner, f"{path}.{own}" if path else own)
    elif isinstance(value, list):
        yield path, "array"
        for inner in cast("list[object]", value):
            yield from fields_of(inner, f"{path}[]")
    else:
        yield path, _type(value)


def _type(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _event(event: bytes) -> tuple[str, bytes]:
    name, data = "event", list[bytes]()
    for line in event.splitlines():
        field, _, content = line.partition(b":")
        content = content.removeprefix(b" ")
        if field == b"event":
            name = f"event {content.decode(errors='replace')}"
        elif field == b"data":
            data.append(content)
    return name, b"\n".join(data)


def _parsed(where: str, text: bytes) -> Iterator[tuple[str, object]]:
    try:
        yield where, json.loads(text)
    except ValueError:  # such as the [DONE] that ends a stream
        return
