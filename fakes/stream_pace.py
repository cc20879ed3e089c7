"""When the pieces of a streamed answer are sent: after a time to the first token, so many tokens a second.

Only a server really waits, by the wall clock: in a process a stream comes as fast as it is read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fakes.json_text import compact, mapping, parse, sequence
from fakes.tokens import count_of

__all__ = ["StreamPace", "pace_of"]

_BEFORE = ("response.created", "response.queued", "response.in_progress")
"""The events of OpenAI's responses that come at once, before the model says anything."""


@dataclass(frozen=True, slots=True)
class StreamPace:
    """How fast a model says what is streamed.

    Attributes:
        first_token: seconds from the request to the first token.
        tokens_per_second: of all tokens after the first; None for no wait between them. Tokens are counted
            as the usage counts them (`fakes.tokens`).
    """

    first_token: float = 0.0
    tokens_per_second: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.first_token < math.inf:
            raise ValueError(f"first_token must be 0 or more seconds, got {self.first_token}.")
        rate = self.tokens_per_second
        if rate is not None and not 0 < rate < math.inf:
            raise ValueError(f"tokens_per_second must be above 0, got {rate}.")

    def schedule(self) -> Callable[[bytes], float]:
        """For one answer: takes its pieces in order, and gives the seconds after the request at which each is
        sent. A piece is sent when its last token has been said.
        """
        said = 0  # bytes

        def due(piece: bytes) -> float:
            nonlocal said
            event = _event_in(piece)
            if event.get("type") in _BEFORE:
                return 0.0
            said += sum(len(text.encode("utf-8", "surrogatepass")) for text in _texts_in(event))
            rate = self.tokens_per_second
            return self.first_token + (max(0, count_of(said) - 1) / rate if rate else 0.0)

        return due


def pace_of(paces: Mapping[str, StreamPace], model: str | None) -> StreamPace | None:
    """The pace of a model: that of the first pattern that fits its name; `*` fits any."""
    return next((pace for pattern, pace in paces.items() if fnmatchcase(model or "", pattern)), None)


def _event_in(piece: bytes) -> dict[str, Any]:
    """The JSON object in a piece: a server-sent event, or an element of a JSON array; else an empty one."""
    start, end = piece.find(b"{"), piece.rfind(b"}")
    if start < 0:
        return {}
    try:
        return mapping(parse(piece[start : end + 1]))
    except ValueError:  # a fault has garbled it
        return {}


def _texts_in(event: dict[str, Any]) -> Iterator[str]:
    """What the model says in an event of OpenAI's chat or responses, or of Google's content."""
    if str(event.get("type", "")).endswith(".delta"):
        yield _text(event.get("delta"))
    for choice in map(mapping, sequence(event.get("choices"))):
        delta = mapping(choice.get("delta"))
        yield from (_text(delta.get(name)) for name in ("content", "refusal"))
        for call in map(mapping, sequence(delta.get("tool_calls"))):
            yield _text(mapping(call.get("function")).get("arguments"))
    for candidate in map(mapping, sequence(event.get("candidates"))):
        for part in map(mapping, sequence(mapping(candidate.get("content")).get("parts"))):
            yield _text(part.get("text"))
            if "functionCall" in part:
                yield compact(part["functionCall"]).decode()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
