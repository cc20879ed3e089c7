"""Reading the messages of a chat: what is asked last, under which system message, and after which calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes.json_text import is_mapping, mapping, sequence
from fakes.learners import Message
from fakes.openai.content import content_of
from fakes.openai.errors import invalid
from fakes.openai.model_answer import Turns
from fakes.openai.reading import Reading
from fakes.openai.records import File
from fakes.openai.tools import Function, called
from fakes.openai.values import choice, listed, missing, text, wrong_type
from fakes.routes import Refusal
from fakes.tokens import count

__all__ = ["CHAT_ROLES", "read_chat"]

CHAT_ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_PARTS = {
    "user": ("text", "image_url", "input_audio", "file"),
    "assistant": ("text", "refusal"),
}
_PLAIN = ("text",)
_NAME = re.compile(r"[^\s<|\\/>]+")
_LONGEST_NAME = 64


def read_chat(messages: object, files: Mapping[str, File]) -> Turns:
    """The turns of a chat.

    Raises:
        Refusal: 400, there is no message, one without a known role or without text, a tool's result that
            answers no call, or a call without its result.
    """
    if (plain := _plain(messages)) is not None:
        return plain
    reading = Reading()
    for index, message in enumerate(listed(messages, "messages")):
        path = f"messages[{index}]"
        if not is_mapping(message):
            raise wrong_type(path, "an object", message)
        role = message.get("role")
        if reading.open and role != "tool":
            raise _unanswered(reading.open, index)
        match role:
            case "user" | "system" | "developer":
                _said(reading, message, role, path, files)
            case "assistant":
                _answered(reading, message, path, files)
            case "tool":
                _result(reading, message, index, files)
            case "function":
                _function_result(reading, message, path)
            case _:
                raise _no_role(role, path)
        reading.last = role
    if reading.open:
        raise _unanswered(reading.open, len(sequence(messages)))
    return reading.turns()


def _plain(messages: object) -> Turns | None:
    """The turns of a chat of user and system alone, in texts, as nearly all are; None for any other."""
    said, tokens = {"user": "", "system": ""}, 0
    items = sequence(messages)
    for message in items:
        if not is_mapping(message) or len(message) != 2:
            return None
        role, content = message.get("role"), message.get("content")
        if type(content) is not str or (role != "user" and role != "system"):  # noqa: PLR1714 - it may be unhashable
            return None
        said[role] = content
        tokens += count(content)
    if not items:
        return None
    asked = items[0]["role"] if len(items) == 2 else "user"
    usual = len(items) == 1 or (asked == "system" and items[1]["role"] == "user")
    whole = () if usual else tuple(Message(each["role"], each["content"]) for each in items)
    return Turns(said["system"], said["user"], tokens, (), whole)


def _no_role(role: object, path: str) -> Refusal:
    if role is None:
        return missing(f"{path}.role")
    known = ", ".join(repr(each) for each in CHAT_ROLES[:-1])
    return invalid(
        f"Invalid value: {role!r}. Supported values are: {known}, and 'developer'.",
        f"{path}.role",
        "invalid_value",
    )


def _unanswered(calls: dict[str, str], index: int) -> Refusal:
    return invalid(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
        f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(calls)}",
        f"messages.[{index}].role",
    )


def _named(message: dict[str, Any], path: str) -> int:
    """The tokens of the name of who speaks. Refusal: 400, it is none."""
    name = text(message, "name", _LONGEST_NAME, f"{path}.")
    if name is None:
        return 0
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid '{path}.name': string does not match pattern. Expected a string that matches the "
            f"pattern '^{_NAME.pattern}$'.",
            f"{path}.name",
            "invalid_value",
        )
    return count(name)


def _said(reading: Reading, message: dict[str, Any], role: str, path: str, files: Mapping[str, File]) -> None:
    content = message.get("content")
    if isinstance(content, str):
        said, tokens = content, count(content)
    elif "content" not in message:
        raise missing(f"{path}.content")
    else:
        said, tokens = content_of(content, f"{path}.content", _PARTS.get(role, _PLAIN), files)
    reading.tokens += tokens + _named(message, path)
    reading.heard(role, said)
    if role != "user":
        reading.system = said
    elif reading.last in ("tool", "function"):
        reading.results.append(said)  # clients send so what a tool gave that is no text
    else:
        reading.user = said
        reading.results, reading.done = [], []


def _answered(reading: Reading, message: dict[str, Any], path: str, files: Mapping[str, File]) -> None:
    calls, content = message.get("tool_calls"), message.get("content")
    older, refusal = message.get("function_call"), message.get("refusal")
    reading.calls = {}
    reading.tokens += _named(message, path)
    for at, call in enumerate(sequence(calls)):
        if choice(mapping(call), "type", ("function",), f"{path}.tool_calls[{at}].") is None:
            raise missing(f"{path}.tool_calls[{at}].type")
        call_id, function = mapping(call).get("id"), mapping(mapping(call).get("function"))
        name, arguments = function.get("name"), function.get("arguments")
        for key, value in (("id", call_id), ("function.name", name), ("function.arguments", arguments)):
            if not isinstance(value, str):
                raise wrong_type(f"{path}.tool_calls[{at}].{key}", "a string", value)
        reading.calls[str(call_id)] = str(name)
        reading.tokens += count(f"{name}{arguments}")
    if calls == []:
        listed(calls, f"{path}.tool_calls")
    reading.open = dict(reading.calls)
    if is_mapping(older):
        reading.tokens += count(f"{older.get('name')}{older.get('arguments')}")
    if isinstance(refusal, str):
        reading.tokens += count(refusal)
    said = ""
    if content is not None or not (calls or older or refusal):
        said, tokens = content_of(content, f"{path}.content", _PARTS["assistant"], files)
        reading.tokens += tokens
    reading.heard("assistant", said or _as_learned(message) or str(refusal or ""))


def _as_learned(message: dict[str, Any]) -> str:
    """The calls of a message as a text, as they are learned from a training file."""
    older = message.get("function_call")
    given = (
        [older]
        if is_mapping(older)
        else [mapping(each).get("function") for each in sequence(message.get("tool_calls"))]
    )
    made = [mapping(each) for each in given]
    return (
        called([Function(str(each.get("name")), str(each.get("arguments"))) for each in made]) if made else ""
    )


def _result(reading: Reading, message: dict[str, Any], index: int, files: Mapping[str, File]) -> None:
    path, call_id = f"messages[{index}]", message.get("tool_call_id")
    if not reading.calls:
        raise invalid(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
            "'tool_calls'.",
            f"messages.[{index}].role",
        )
    if call_id is None:
        raise missing(f"{path}.tool_call_id")
    if not isinstance(call_id, str):
        raise wrong_type(f"{path}.tool_call_id", "a string", call_id)
    if call_id not in reading.calls:
        raise invalid(
            f"Invalid parameter: 'tool_call_id' of '{call_id}' not found in 'tool_calls' of previous "
            "message.",
            f"messages.[{index}].tool_call_id",
        )
    said, tokens = content_of(message.get("content"), f"{path}.content", _PLAIN, files)
    reading.open.pop(call_id, None)
    reading.done.append(reading.calls[call_id])
    reading.results.append(said)
    reading.heard("tool", said)
    reading.tokens += tokens


def _function_result(reading: Reading, message: dict[str, Any], path: str) -> None:
    reading.tokens += _named(message, path)
    name, content = message.get("name"), message.get("content")
    if name is None:
        raise missing(f"{path}.name")
    said = content if isinstance(content, str) else ""
    reading.done.append(str(name))
    reading.results.append(said)
    reading.heard("tool", said)
    reading.tokens += count(said)
