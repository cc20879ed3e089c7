"""Reading the items of a request for a response: what is asked last, and after which calls of functions."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fakes.ids import Ids, base62
from fakes.json_text import compact, is_mapping, parse, sequence
from fakes.learners import Message
from fakes.openai.content import content_of
from fakes.openai.errors import invalid, refuse
from fakes.openai.model_answer import Turns
from fakes.openai.reading import Reading
from fakes.openai.records import File
from fakes.openai.tools import Function, called
from fakes.openai.values import choice, listed, missing, wrong_type
from fakes.tokens import count

__all__ = ["compacted", "input_items", "read_items"]

ROLES = ("assistant", "system", "developer", "user")
_INPUT = ("input_text", "input_image", "input_file")
_OUTPUT = ("output_text", "refusal")
_PASSED = ("reasoning",)
"""Items that a request gives back as they came: nothing in them is for the client to read or to change."""


def input_items(
    given: object, kept: Callable[[], Mapping[str, dict[str, Any]]], ids: Ids, key: bytes
) -> list[dict[str, Any]]:
    """The items of `input`, each with an id, as they are kept and listed.

    `kept` gives the items of earlier responses by id, where a request names one by its id alone.

    Raises:
        Refusal: 400 where it is neither a text nor items; 404 for a reference to an item that is not there.
    """
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    elif given is None:
        raise missing("input")
    found: list[dict[str, Any]] = []
    for at, item in enumerate(listed(given, "input")):
        path = f"input[{at}]"
        if not is_mapping(item):
            raise wrong_type(path, "an object", item)
        if item.get("type") == "item_reference" or (set(item) == {"id"}):
            name = item.get("id")
            if not isinstance(name, str) or (known := kept().get(name)) is None:
                raise refuse(404, f"Item with id '{name}' not found.", param="input")
            found.append(known)
            continue
        number = ids.of("item", key, at)
        found.append(_normal(item, path, base62(number, 32)))
    return found


def _normal(item: dict[str, Any], path: str, code: str) -> dict[str, Any]:
    """An item as the service keeps it."""
    kind = item.get("type", "message")
    if kind == "message":
        role = choice(item, "role", ROLES, f"{path}.")
        if role is None:
            raise missing(f"{path}.role")
        content: object = item.get("content")
        if isinstance(content, str):
            part: dict[str, object] = {"type": "input_text", "text": content}
            if role == "assistant":
                part |= {"type": "output_text", "annotations": [], "logprobs": []}
            content = [part]
        named = {"id": f"msg_{code}", "type": "message", "status": "completed"}
        return {**named, **item, "content": content, "role": role}
    known = ("message", "function_call", "function_call_output", "item_reference", "compaction", *_PASSED)
    choice(item, "type", known, f"{path}.")
    return {"id": f"{_PREFIXES.get(kind, 'item')}_{code}", "status": "completed", **item}


_PREFIXES = {"function_call": "fc", "function_call_output": "fco", "reasoning": "rs", "compaction": "cmp"}


def read_items(items: Sequence[dict[str, Any]], files: Mapping[str, File], new: int) -> Turns:
    """The turns of a conversation's items, of which those from `new` on are the request's.

    Raises:
        Refusal: 400, an item without text, an output without its call, or a call without its output.
    """
    reading = Reading()
    for index, item in enumerate(items):
        path = f"input[{index - new}]" if index >= new else "input"
        match item.get("type"):
            case "message":
                _message(reading, item, path, files)
            case "function_call":
                _call(reading, item, path)
            case "function_call_output":
                _output(reading, item, path, files)
            case "compaction":
                _compaction(reading, item, path)
            case _:
                reading.tokens += count(str(item.get("encrypted_content") or "")) // 8
        reading.last = item["type"]
    if reading.open:
        missing = next(iter(reading.open))
        raise invalid(f"No tool output found for function call {missing}.", "input")
    return reading.turns()


def _message(reading: Reading, item: dict[str, Any], path: str, files: Mapping[str, File]) -> None:
    role = item["role"]
    kinds = _OUTPUT if role == "assistant" else _INPUT
    text, tokens = content_of(item.get("content"), f"{path}.content", kinds, files)
    reading.tokens += tokens
    reading.heard(role, text)
    if role == "user" and reading.last == "function_call_output":
        reading.results.append(text)  # clients send so what a tool gave that is no text
    elif role == "user":
        reading.user = text
        reading.results, reading.done = [], []
    elif role != "assistant":
        reading.system = text


def _call(reading: Reading, item: dict[str, Any], path: str) -> None:
    for name in ("call_id", "name", "arguments"):
        if not isinstance(item.get(name), str):
            raise invalid(
                f"Missing required parameter: '{path}.{name}'.",
                f"{path}.{name}",
                "missing_required_parameter",
            )
    reading.calls[item["call_id"]] = reading.open[item["call_id"]] = item["name"]
    reading.heard("assistant", called([Function(item["name"], item["arguments"])]))
    reading.tokens += count(item["name"] + item["arguments"])


def _output(reading: Reading, item: dict[str, Any], path: str, files: Mapping[str, File]) -> None:
    call_id = item.get("call_id")
    if call_id is None:
        raise missing(f"{path}.call_id")
    if not isinstance(call_id, str) or call_id not in reading.calls:
        raise invalid(f"No tool call found for function call output with call_id {call_id}.", "input")
    text, tokens = content_of(item.get("output"), f"{path}.output", _INPUT, files)
    reading.open.pop(call_id, None)
    reading.done.append(reading.calls[call_id])
    reading.results.append(text)
    reading.heard("tool", text)
    reading.tokens += tokens


def compacted(turns: Turns) -> str:
    """A conversation in short, for the client to keep: what is in it is for this service alone to read."""
    return b64encode(compact([turns.system, turns.prompt])).decode()


def _compaction(reading: Reading, item: dict[str, Any], path: str) -> None:
    try:
        texts = sequence(parse(b64decode(str(item.get("encrypted_content")), validate=True)))
        reading.system, reading.user = (str(text) for text in texts)
    except (NotBase64, ValueError):
        raise invalid(
            f"The encrypted content of '{path}' could not be verified.", f"{path}.encrypted_content"
        ) from None
    reading.messages = [
        Message(role, text) for role, text in (("system", reading.system), ("user", reading.user)) if text
    ]
    reading.tokens += count(reading.system + reading.user)
    reading.results, reading.done = [], []
