"""Reading a conversation: what is answered is its last user message, under its last system message."""

from __future__ import annotations

from typing import NamedTuple

from fakes.openai.errors import invalid
from fakes.shape import mapping, sequence
from fakes.tokens import count

__all__ = ["CHAT_ROLES", "Turns", "turns_of"]

CHAT_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class Turns(NamedTuple):
    """The last system message, the last user message, and the tokens of all messages."""

    system: str
    prompt: str
    tokens: int


def turns_of(messages: object, param: str = "messages", roles: tuple[str, ...] = CHAT_ROLES) -> Turns:
    """The turns in a list of messages that a request calls `param`.

    Raises:
        Refusal: 400, there is no message, or one without a known role or without text.
    """
    turns = sequence(messages)
    if not turns:
        raise invalid(f"[] is too short - '{param}'", param)
    said, tokens = {"system": "", "user": ""}, 0
    for index, message in enumerate(map(mapping, turns)):
        role, text = message.get("role"), _text(message.get("content"))
        if role not in roles:
            supported = ", ".join(repr(known) for known in roles)
            raise invalid(
                f"Invalid value: {role!r}. Supported values are: {supported}.",
                f"{param}[{index}].role",
                "invalid_value",
            )
        if text is None:
            raise invalid(f"Invalid value for 'content' of '{param}[{index}]'.", f"{param}[{index}].content")
        tokens += count(text)
        said["system" if role == "developer" else role] = text
    return Turns(said["system"], said["user"], tokens)


def _text(content: object) -> str | None:
    """The text of a message: a string, or its parts that have one."""
    if isinstance(content, str):
        return content
    texts = [mapping(part).get("text") for part in sequence(content)]
    return "".join(text for text in texts if isinstance(text, str)) if texts else None
