"""Which differences between two requests matter: by default all but those of layout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from fbench.cassette.format.bodies import canonical, is_json, key_of
from fbench.cassette.format.decoding import without_encoding
from fbench.cassette.format.reader import CassetteReader
from fbench.cassette.format.urls import steady_url

__all__ = ["EVERYTHING", "PARTS", "Matchers"]

PARTS = ("method", "scheme", "host", "port", "path", "query", "body")
"""The parts of a request, by vcrpy's names; `uri` is all but the first and the last."""
_URI = PARTS[1:-1]
_PORTS = {"http": 80, "https": 443}
_STEP = re.compile(r"\[(\d*|\*)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Matchers:
    """The parts of requests that must be equal.

    Args:
        parts: names from `PARTS`, or `uri`.
        ignored: places in JSON bodies that do not matter: `user`, `metadata.run`, `messages[].id`,
            `input[0].id`; `*` is any name. A `$.` before them may be there.

    Raises:
        ValueError: a part or a place is none.
    """

    parts: tuple[str, ...] = PARTS
    ignored: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = [part for name in self.parts for part in (_URI if name == "uri" else (name,))]
        if wrong := [name for name in named if name not in PARTS]:
            raise ValueError(f"{wrong[0]!r} is no part of a request: name any of {', '.join(PARTS)}, uri.")
        object.__setattr__(self, "parts", tuple(part for part in PARTS if part in named))
        for place in self.ignored:
            _steps(place)

    def key(self, method: str, url: str, body: bytes, content_type: str, tag: str) -> str:
        """What is equal for requests that match."""
        if "body" not in self.parts:
            body = b""
        elif self.ignored and is_json(content_type):
            body = self._without_ignored(body)
        if self.parts != PARTS:
            method = method if "method" in self.parts else ""
            url = "\n".join(self._part(url, name) for name in _URI if name in self.parts)
        else:
            url = steady_url(url)
        return key_of(method, url, canonical(body, content_type), tag)

    def index(self, reader: CassetteReader) -> dict[str, list[int]]:
        """The positions of a file's records by the key with which they are found."""
        if self is EVERYTHING:
            return reader.index
        index: dict[str, list[int]] = {}
        for position in sorted(at for positions in reader.index.values() for at in positions):
            each = without_encoding(reader.interaction(position))
            key = self.key(each.method, each.url, each.body, each.content_type, each.tag)
            index.setdefault(key, []).append(position)
        return index

    def _without_ignored(self, body: bytes) -> bytes:
        try:
            value: Any = json.loads(body)
        except ValueError:
            return body
        for place in self.ignored:
            _remove(value, _steps(place))
        return json.dumps(value).encode()

    @staticmethod
    def _part(url: str, name: str) -> str:
        parts = urlsplit(url)
        if name == "port":
            return str(parts.port or _PORTS.get(parts.scheme, ""))
        if name == "query":
            return urlsplit(steady_url(url)).query
        return {"scheme": parts.scheme, "host": parts.hostname or "", "path": parts.path}[name]


EVERYTHING = Matchers()


def _steps(place: str) -> list[str]:
    """The names on the way to a place; an empty one for all items of a list, or `[2]`."""
    path = place.removeprefix("$").removeprefix(".")
    steps: list[str] = []
    end = 0
    for found in _STEP.finditer(path):
        if path[end : found.start()] not in ("", "."):
            break
        steps.append(found[2] or f"[{found[1].replace('*', '')}]")
        end = found.end()
    if not steps or end != len(path):
        raise ValueError(f"{place!r} is no place in a body: write it as metadata.run or messages[].id.")
    return steps


def _remove(value: Any, steps: Sequence[str]) -> None:
    first, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        names: Iterable[str] = [*fields] if first == "*" else [first] if first in fields else []
        for name in names:
            if rest:
                _remove(fields[name], rest)
            else:
                del fields[name]
    elif isinstance(value, list) and first.startswith("["):
        items = cast("list[Any]", value)
        at = first[1:-1]
        places = range(len(items)) if not at else [int(at)] if int(at) < len(items) else []
        for place in reversed(places):
            if rest:
                _remove(items[place], rest)
            else:
                del items[place]
