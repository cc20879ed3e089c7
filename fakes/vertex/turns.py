"""The turns of a conversation: who said what, and which function calls were answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fakes.json_text import compact, is_mapping, mapping, sequence
from fakes.learners import Message
from fakes.tokens import count
from fakes.vertex.errors import invalid, invalid_value, out_of_tokens

__all__ = ["Turns", "all_of", "learned_calls", "read_turns", "text_of"]

_MOST_TOKENS = 1_048_576
_DENSE = 1.9
"""Characters a token in numbers, code and most scripts: by so many a prompt is counted that may be too long,
since one that passes here must not be too long for the service."""
_DATA = ("text", "functionCall", "functionResponse")
_LEARN_MORE = "Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
_AFTER_USER = (
    "Please ensure that function call turn comes immediately after a user turn or after a function "
    "response turn."
)
_AFTER_CALL = "Please ensure that function response turn comes immediately after a function call turn."
_AS_MANY = (
    "Please ensure that the number of function response parts is equal to the number of function call "
    "parts of the function call turn."
)


@dataclass(frozen=True, slots=True)
class Turns:
    """The last text of the user, the system instruction, and the size of all that was said.

    `characters` are those that are billed: all but spaces. `called` are the names of the functions that were
    called since that text, `answered` is True where the last turn answers such a call, and `failed` are the
    functions that it says failed at the first call; `replied` is what it answers, as JSON. `messages` are all
    turns, without the system instruction.
    """

    prompt: str
    system: str
    tokens: int
    characters: int
    called: tuple[str, ...] = ()
    answered: bool = False
    failed: tuple[str, ...] = ()
    replied: str = ""
    messages: tuple[Message, ...] = ()

    def conversation(self) -> tuple[Message, ...]:
        """The system instruction and all turns, for a model that reads conversations."""
        return (Message("system", self.system), *self.messages) if self.system else self.messages


def read_turns(
    contents: Sequence[dict[str, Any]],
    system: dict[str, Any],
    more: str = "",
    *,
    limited: bool = True,
    blank: bool = False,
) -> Turns:
    """The turns of a request, whose contents and system instruction have been read by their tables.

    `more` is what else the model reads, such as the declarations of functions; `limited` refuses what is more
    than it reads, and `blank` takes a turn whose text is empty.

    Raises:
        Refusal: 400 where a turn is empty or of an unknown role, a function call goes unanswered, an answer
            has no call, or all is too long.
    """
    instruction = text_of(system, "systemInstruction")
    if not contents:
        raise invalid(
            f"Unable to submit request because at least one contents field is required. {_LEARN_MORE}"
        )
    reader = _Reader(blank=blank)
    for index, content in enumerate(contents):
        reader.read(content, f"contents[{index}]")
    if reader.open:
        raise invalid(_AS_MANY)
    said = [instruction, more, *reader.said]
    tokens = sum(map(count, said))
    if limited and (most := max(tokens, math.ceil(sum(map(len, said)) / _DENSE))) > _MOST_TOKENS:
        raise out_of_tokens(most, _MOST_TOKENS)
    characters = sum(len("".join(each.split())) for each in said)
    called = tuple(reader.called)
    failed = tuple(name for name in reader.failed if called.count(name) == 1)
    return Turns(
        reader.prompt,
        instruction,
        tokens,
        characters,
        called,
        reader.answered,
        failed,
        reader.replied,
        tuple(reader.messages),
    )


class _Reader:
    """Reads turn after turn. `open` are the function calls of the turn before, which this one answers."""

    def __init__(self, *, blank: bool) -> None:
        self._blank = blank
        self.prompt, self.before, self.answered, self.replied = "", "", False, ""
        self.said: list[str] = []
        self.messages: list[Message] = []
        self.called: list[str] = []
        self.failed: list[str] = []
        self.open: list[dict[str, Any]] = []

    def read(self, content: dict[str, Any], at: str) -> None:
        """The next turn; 400 where it cannot follow those before."""
        role = content.get("role") or "user"
        if role not in ("user", "model"):
            raise invalid("Please use a valid role: user, model.")
        parts, text = _parts(content, at), text_of(content, at)
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        replies = [part["functionResponse"] for part in parts if "functionResponse" in part]
        if not (text or calls or replies or (self._blank and any("text" in part for part in parts))):
            raise invalid(
                "Unable to submit request because it must have a text parameter. Add a text parameter and "
                f"try again. {_LEARN_MORE}"
            )
        if calls and (role == "user" or self.before in ("", "model")):
            raise invalid(_AFTER_USER)
        if replies and (role == "model" or not self.open):
            raise invalid(_AFTER_CALL)
        if self.open:
            _match(self.open, replies)
        self.said += [text, *map(_written, (*calls, *replies))]
        if role == "user" and text:
            self.prompt = text
            self.called = self.called if replies else []
        self.called += [str(each["name"]) for each in calls]
        self.failed = [str(each["name"]) for each in replies if "error" in mapping(each.get("response"))]
        self.replied = "\n".join(_written(mapping(each.get("response"))) for each in replies)
        self.messages += _messages_of(role, text, calls, self.replied)
        self.open, self.before, self.answered = calls, role, bool(replies)


def _messages_of(role: str, text: str, calls: Sequence[dict[str, Any]], replied: str) -> list[Message]:
    """A turn as messages: calls as they are learned, and what came of them as that of a tool."""
    if role == "model":
        return [Message("assistant", learned_calls(calls) if calls else text)]
    answered = [Message("tool", replied)] if replied else []
    return [*answered, Message("user", text)] if text or not answered else answered


def text_of(content: object, at: str = "") -> str:
    """The joined texts of a Content, without what the model thought. Refuses a text that is none."""
    texts: list[str] = []
    for index, part in enumerate(sequence(mapping(content).get("parts"))):
        text = mapping(part).get("text", "")
        if not isinstance(text, str):
            raise invalid_value(f"{at}.parts[{index}].text", text, "TYPE_STRING")
        texts += [] if mapping(part).get("thought") is True else [text]
    return "".join(texts)


def all_of(content: dict[str, Any]) -> str:
    """What is said in a turn, and the function calls and answers in it."""
    functions = [part[name] for part in content["parts"] for name in _DATA[1:] if name in part]
    return text_of(content) + "".join(map(_written, functions))


def learned_calls(calls: Sequence[dict[str, Any]]) -> str:
    """Function calls as the text that a model learns, and says again (`fakes.vertex.calls`)."""
    plain = [{"name": call.get("name"), "args": mapping(call.get("args"))} for call in calls]
    return compact({"functionCalls": plain}).decode("utf-8", "surrogatepass")


def _written(function: dict[str, Any]) -> str:
    return compact(function).decode("utf-8", "surrogatepass")


def _parts(content: dict[str, Any], at: str) -> list[dict[str, Any]]:
    """The parts of a turn, each of which says one thing."""
    parts: list[dict[str, Any]] = sequence(content.get("parts"))
    if not parts:
        raise invalid(
            "Unable to submit request because it must include at least one parts field, which describes the "
            f"prompt input. {_LEARN_MORE}"
        )
    for index, part in enumerate(parts):
        where, data = f"{at}.parts[{index}]", [name for name in _DATA if name in part]
        if len(data) > 1:
            raise invalid(
                f"Invalid value at '{where}' (oneof), oneof field 'data' is already set. Cannot set "
                f"'{data[1]}'"
            )
        for name, inside in (("functionCall", "args"), ("functionResponse", "response")):
            if name in part:
                _check_function(part[name], f"{where}.{name}", inside)
    return parts


def _check_function(fields: dict[str, Any], at: str, inside: str) -> None:
    for name in ("name", "id"):
        if not isinstance(fields.get(name, ""), str):
            raise invalid_value(f"{at}.{name}", fields[name], "TYPE_STRING")
    if not fields.get("name"):
        raise invalid(f"Unable to submit request because {at}.name is empty. Add a name and try again.")
    if not is_mapping(fields.get(inside, {})):
        raise invalid_value(f"{at}.{inside}", fields[inside], "type.googleapis.com/google.protobuf.Struct")


def _match(calls: list[dict[str, Any]], replies: list[dict[str, Any]]) -> None:
    """Refuses answers that are not those to the calls of the turn before, by id where there is one."""
    if len(calls) != len(replies):
        raise invalid(_AS_MANY)
    ids = {each["id"] for each in calls if "id" in each}
    answered = {each["id"] for each in replies if "id" in each}
    if sorted(each["name"] for each in calls) != sorted(each["name"] for each in replies):
        raise invalid(_AFTER_CALL)
    if ids and answered and ids != answered:
        raise invalid(_AFTER_CALL)
