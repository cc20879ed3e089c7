"""What is said to a model: one text, or a conversation that ends with what the user says."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Message", "Prompt", "conversation", "messages_in", "text_in"]


class Message(NamedTuple):
    """A message of a conversation, and who says it."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt = str | tuple[Message, ...]
"""A text is one user message. A conversation may begin with a system message, then user and assistant take
turns, and it ends with the user."""


def conversation(earlier: tuple[Message, ...], prompt: str) -> Prompt:
    """What the user says after earlier messages; the text itself where there are none."""
    return (*earlier, Message("user", prompt)) if earlier else prompt


def messages_in(prompt: Prompt) -> tuple[Message, ...]:
    """The messages of a prompt in their order; at least one."""
    return (Message("user", prompt),) if isinstance(prompt, str) else prompt


def text_in(prompt: Prompt) -> str:
    """All that is said in a prompt, to count its tokens."""
    return prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)
