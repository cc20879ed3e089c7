"""Finds the content of a body: prompts, answers, examples and tool calls.

Content is what an experiment is about, so it is stored unchanged: unlike in the rest of a body, a field name
or a position does not make text in it a secret. Supported are chat completions, responses, generated content,
their streams, batches and training files, as JSON, JSON lines or events. Attached files and pictures are not
content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

__all__ = ["JsonNode", "change_apart", "content_spans", "documents_in", "string_literals"]

_START = re.compile(r"^(?:\ufeff|data:[ ]?)?[ \t]*(?=[{\[])", re.MULTILINE)
_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SCALAR = re.compile(r"[^\s,\]}]+")
_DECODER = json.JSONDecoder(strict=False)
_CUT = "\0"
"""Replaces content while the rest is changed: no JSON text has this character outside a string."""

_TURN = frozenset(["content", "parts", "tool_calls", "function_call", "refusal"])
_ANSWERS = frozenset(["message", "delta", "text", "content", "finish_reason", "finishReason"])
_ASKED = frozenset(["input", "instructions", "prompt", "system"])
_STREAMED = frozenset(["delta", "text", "refusal", "arguments", "part", "item"])
_STREAMS = ("response.", "content_block")
_SYSTEM = ("systemInstruction", "system_instruction")
_ATTACHED = frozenset(
    [
        *("image_url", "file", "file_url", "file_data", "input_audio", "source"),
        *("fileData", "inlineData", "inline_data"),
    ]
)


class JsonNode(NamedTuple):
    """A JSON value and its position. `value` is its content; in a string, escapes are not decoded."""

    start: int
    end: int
    value: dict[str, JsonNode] | list[JsonNode] | str | None


def content_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each JSON value in a body that is entirely content, in order and without overlap."""
    return [span for document in documents_in(text) for span in _regions(document)]


def documents_in(text: str) -> list[JsonNode]:
    """The JSON values of a body: one, or those of its lines or events."""
    found: list[JsonNode] = []
    end = 0
    for start in _START.finditer(text):
        if start.end() < end:
            continue
        try:
            _, end = _DECODER.raw_decode(text, start.end())
            found.append(_node(text, start.end()))
        except RecursionError:
            break
        except ValueError:
            end = 0
    return found


def change_apart(text: str, outside: Callable[[str], str], inside: Callable[[str], str]) -> str:
    """A body with one change applied to what is not content, and another to each text in its content."""
    spans = content_spans(text)
    if not spans or _CUT in text:
        return outside(text)
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    rest = outside(_CUT.join(pieces[::2])).split(_CUT)
    if len(rest) != len(spans) + 1:  # the change removed a mark, so content and the rest are not separate
        return outside(text)
    said = [_STRING.sub(lambda found: _changed(found, inside), piece) for piece in pieces[1::2]]
    return "".join(piece for pair in zip(rest, [*said, ""], strict=True) for piece in pair)


def string_literals(piece: str) -> Iterator[tuple[int, str]]:
    """The texts in a piece of content, each with the position of its string."""
    for found in _STRING.finditer(piece):
        yield found.start(1), _plain(found)


def _changed(found: re.Match[str], inside: Callable[[str], str]) -> str:
    plain = _plain(found)
    if (clean := inside(plain)) == plain:
        return found[0]
    return json.dumps(clean, ensure_ascii="\\u" in found[1])


def _plain(found: re.Match[str]) -> str:
    return _DECODER.decode(found[0]) if "\\" in found[1] else found[1]


def _regions(node: JsonNode) -> Iterator[tuple[int, int]]:
    inner = node.value
    if isinstance(inner, list):
        for each in inner:
            yield from _regions(each)
    elif isinstance(inner, dict):
        whole = _is_turn(inner)
        for name, each in inner.items():
            if (whole and name != "role") or _is_said(name, each, inner):
                yield from _said(name, each)
            else:
                yield from _regions(each)


def _said(name: str, node: JsonNode) -> Iterator[tuple[int, int]]:
    """The parts of a value that are content: all but attachments."""
    if name in _ATTACHED:
        return
    pieces: list[tuple[int, int]] = []
    if isinstance(node.value, dict):
        members = node.value.items()
    elif isinstance(node.value, list):
        members = [("", each) for each in node.value]
    else:
        yield node.start, node.end
        return
    wholes = [
        _is_whole(inner, each, pieces) for inner, each in members
    ]  # all of them, to collect their pieces
    yield from [(node.start, node.end)] if all(wholes) else pieces


def _is_whole(name: str, node: JsonNode, pieces: list[tuple[int, int]]) -> bool:
    """Whether a value has no attachment; its content is added to the pieces."""
    found = list(_said(name, node))
    pieces += found
    return found == [(node.start, node.end)]


def _is_turn(members: Mapping[str, JsonNode]) -> bool:
    """Whether an object is a message or a turn of a conversation, or a message of a response."""
    if "role" in members:
        return not _TURN.isdisjoint(members)
    return "parts" in members and isinstance(members["parts"].value, list)


def _is_said(name: str, node: JsonNode, members: Mapping[str, JsonNode]) -> bool:
    """Whether a member of an object is content, by its name and the other members."""
    if name in ("choices", "candidates"):
        return isinstance(node.value, list) and any(
            isinstance(each.value, dict) and not _ANSWERS.isdisjoint(each.value) for each in node.value
        )
    if name in _STREAMED and _word(members, "type").startswith(_STREAMS):
        return True
    if name in _ASKED:
        return "model" in members or _is_pair(members)
    return (
        name in _SYSTEM
        or (name == "completion" and _is_pair(members))
        or (name == "output" and _word(members, "object") == "response")
    )


def _is_pair(members: Mapping[str, JsonNode]) -> bool:
    return "prompt" in members and "completion" in members


def _word(members: Mapping[str, JsonNode], name: str) -> str:
    found = members.get(name)
    return found.value if found is not None and isinstance(found.value, str) else ""


def _node(text: str, at: int) -> JsonNode:
    """The value that begins at a position of a valid JSON text."""
    if text[at] == '"':
        found = _matched(_STRING, text, at)
        return JsonNode(at, found.end(), found[1])
    if text[at] not in "{[":
        return JsonNode(at, _matched(_SCALAR, text, at).end(), None)
    members: dict[str, JsonNode] = {}
    items: list[JsonNode] = []
    is_list = text[at] == "["
    place = _skip(text, at + 1)
    while text[place] not in "}]":
        name = ""
        if not is_list:
            found = _matched(_STRING, text, place)
            name, place = found[1], _skip(text, _skip(text, found.end()) + 1)
        node = _node(text, place)
        if is_list:
            items.append(node)
        else:
            members[name] = node
        place = _skip(text, node.end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return JsonNode(at, place + 1, items if is_list else members)


def _skip(text: str, at: int) -> int:
    return _matched(_SPACE, text, at).end()


def _matched(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    found = pattern.match(text, at)
    if found is None:
        raise ValueError(f"no JSON at {at}")
    return found
