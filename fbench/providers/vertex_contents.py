"""A prompt in Vertex AI's form: a system instruction, and turns of user and model."""

from __future__ import annotations

import json
from typing import Any

from fbench.messages import Prompt, messages_in

__all__ = ["ADAPTER_RANKS", "key_of", "turns_in"]

ADAPTER_RANKS = {1: "ONE", 2: "TWO", 4: "FOUR", 8: "EIGHT", 16: "SIXTEEN", 32: "THIRTY_TWO"}
"""The ranks of adapters, and how the service calls them: ADAPTER_SIZE_ONE and so on."""

_ROLES = {"user": "user", "assistant": "model"}


def turns_in(prompt: Prompt) -> tuple[str, list[dict[str, Any]]]:
    """The system instruction, empty for none, and the turns."""
    said = messages_in(prompt)
    system = "\n\n".join(message.content for message in said if message.role == "system")
    turns = [
        {"role": _ROLES[message.role], "parts": [{"text": message.content}]}
        for message in said
        if message.role != "system"
    ]
    return system, turns


def key_of(prompt: Prompt) -> str:
    """A text that two prompts share if they are the same request: the text itself of a single message."""
    if isinstance(prompt, str):
        return prompt
    system, turns = turns_in(prompt)
    said = [[turn["role"], turn["parts"][0]["text"]] for turn in turns]
    if not system and len(said) == 1:
        return str(said[0][1])
    return json.dumps([system, *said], ensure_ascii=False)
