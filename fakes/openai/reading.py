"""What has been read of a conversation, message by message or item by item, and the turns in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fakes.learners import Message
from fakes.openai.model_answer import Turns

__all__ = ["Reading"]

_SPOKEN = {"developer": "system", "function": "tool"}


@dataclass(slots=True)
class Reading:
    """A conversation that is being read.

    `last` is the role or the type of what was read last. `calls` holds the functions that were called by the
    ids of their calls, `open` those of them that have no result yet, `done` the functions whose results are
    in `results`. `messages` holds all that was said, for models that read conversations.
    """

    system: str = ""
    user: str = ""
    last: str = ""
    tokens: int = 0
    results: list[str] = field(default_factory=list[str])
    done: list[str] = field(default_factory=list[str])
    open: dict[str, str] = field(default_factory=dict[str, str])
    calls: dict[str, str] = field(default_factory=dict[str, str])
    messages: list[Message] = field(default_factory=list[Message])

    def heard(self, role: str, text: str) -> None:
        """Note a message of the conversation: its role is that of OpenAI, or a similar one."""
        self.messages.append(Message(_SPOKEN.get(role, role), text))

    def turns(self) -> Turns:
        """The turns: the prompt is the last user message, with the results of tools behind it."""
        prompt = "\n".join([self.user, *self.results]) if self.results else self.user
        return Turns(self.system, prompt, self.tokens, tuple(self.done), tuple(self.messages))
