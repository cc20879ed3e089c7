"""The function calls with which a model answers."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from fakes.ids import base62
from fakes.json_text import mapping, parse, sequence
from fakes.structured_output import value_for
from fakes.vertex.content import ContentRequest

__all__ = ["calls_of", "said_calls"]


def calls_of(request: ContentRequest, said: str) -> tuple[dict[str, Any], ...]:
    """The function calls of an answer, as they go over the wire; none where it is a text.

    A model that has learned calls says them itself (`said_calls`). Another one calls what the prompt is about
    (`fakes.vertex.tools`), with arguments that hold what it would have said.
    """
    learned = [call for call in said_calls(said) if request.tools.named(call["name"])]
    if learned and not (request.turns.answered and not request.tools.must):
        return tuple(_named(request, index, call) for index, call in enumerate(learned))
    return tuple(
        _named(
            request, index, {"name": each.name, "args": mapping(value_for(each.schema, said, request.seed))}
        )
        for index, each in enumerate(request.tools.chosen(request.turns))
    )


def said_calls(said: str) -> list[dict[str, Any]]:
    """The calls in a text that is nothing but calls in JSON, as training teaches them; else none.

    The form is `{"functionCalls": [{"name", "args"}]}`.
    """
    if not said.startswith('{"functionCalls"'):
        return []
    try:
        found = sequence(mapping(parse(said)).get("functionCalls"))
    except ValueError:
        return []
    calls = [
        {"name": mapping(each).get("name"), "args": mapping(mapping(each).get("args"))} for each in found
    ]
    return calls if all(isinstance(call["name"], str) for call in calls) else []


def _named(request: ContentRequest, index: int, call: dict[str, Any]) -> dict[str, Any]:
    """A call with its id, where the model gives them one: those of the third generation do."""
    if request.base.startswith("gemini-2"):
        return call
    text = f"{request.turns.prompt}\0{len(request.turns.called)}\0{index}\0{call['name']}"
    number = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest())
    return {"name": call["name"], "args": call["args"], "id": base62(number, 8).lower()}
