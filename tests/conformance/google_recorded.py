"""Recorded traffic of Google's services, as requests that the fakes can be sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2

__all__ = ["MODELS", "Recorded", "fields_of", "recorded_google"]

_HOSTS = {"vertex": "aiplatform.googleapis.com", "gemini": "generativelanguage.googleapis.com"}
_CUT = "_truncated_for_this_file"
MODELS = {
    "gemini-2.0-flash": "gemini-3.1-flash-lite",
    "gemini-3-flash-preview": "gemini-3.5-flash",
    "gemini-3-pro-preview": "gemini-3.5-flash",
}
"""A recorded model -> one that there still is, and that thinks, or does not, as it did."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded call: its name (file and line), service, address, request, status and bodies."""

    name: str
    service: str
    url: str
    asked: Any
    status: int
    bodies: tuple[Any, ...]

    @property
    def streamed(self) -> bool:
        """Whether the answer came in pieces."""
        return ":streamGenerateContent" in self.url


def recorded_google(folder: Path) -> Iterator[Recorded]:
    """All recordings of Google's services under a folder of specifications, models that are gone replaced."""
    for file in ("google.jsonl", "recent.jsonl"):
        for number, line in enumerate((folder / "recorded" / file).read_text("utf-8").splitlines(), 1):
            kept = json.loads(line)
            host = httpx2.URL(kept["uri"]).host
            service = next((name for name, known in _HOSTS.items() if host.endswith(known)), None)
            if service is None:
                continue
            asked = kept.get("request") or kept["request_body"][0]
            url = re.sub(
                r"(?<=models/)[^/:]+(?=:)", lambda found: MODELS.get(found[0], found[0]), kept["uri"]
            )
            yield Recorded(f"{file}:{number}", service, url, asked, kept["status"], tuple(_bodies(kept)))


def _bodies(kept: Mapping[str, Any]) -> Iterator[Any]:
    """The bodies of a response: those events of a stream that were not cut."""
    if "body_segments" in kept:
        yield from kept["body_segments"]
    elif isinstance(body := kept["body"], str):
        for event in body.split("\r\n\r\n"):
            try:
                yield json.loads(event.removeprefix("data: "))
            except ValueError:
                continue
    else:
        yield {name: value for name, value in body.items() if name != _CUT}


def fields_of(body: object, at: str = "") -> set[str]:
    """The paths of the fields in a body, with `*` for an index; what a function is called with is its own."""
    found = {at}
    if at.endswith(("/functionCall/args", "/thoughtSignature")):
        return found
    if isinstance(body, dict):
        for name, value in cast("dict[str, object]", body).items():
            found |= fields_of(value, f"{at}/{name}")
    elif isinstance(body, list):
        for value in cast("list[object]", body):
            found |= fields_of(value, f"{at}/*")
    return found
