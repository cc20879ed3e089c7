"""A model of open weights that answers: the base model, or a checkpoint of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fakes.learners.capabilities import Decoding, Said
from fakes.learners.protocol import Message, Reply
from fakes.learners.saying import Saying

__all__ = ["LocalModel"]


@dataclass(frozen=True, eq=False)
class LocalModel:
    """A model, by the folder of its checkpoint.

    Attributes:
        name: of the base model, as the service calls it.
        put: has an answer written with the weights of a checkpoint.
        tokens: those of a conversation.
        folder: of the checkpoint; None for the base model.
        trained: what tells the checkpoint from others.
    """

    name: str
    put: Callable[[Path | None, Sequence[Message], Decoding], Saying] = field(repr=False)
    tokens: Callable[[Sequence[Message]], Sequence[int]] = field(repr=False)
    folder: Path | None = None
    trained: str = ""

    def answer(
        self,
        prompt: str,
        *,
        system: str = "",
        temperature: float = 0.0,
        seed: int = 0,
        top_p: float = 1.0,
        top_k: int | None = None,
    ) -> Reply:
        """Reply to one user message; `logprob` is that of all tokens at temperature 1.

        Raises:
            NotAnswered: the message is longer than the model reads, its template does not take it, or memory
                ran out.
        """
        asked = Message("user", prompt)
        messages = (Message("system", system), asked) if system else (asked,)
        said = self.reply(messages, Decoding(temperature, top_p, top_k, seed))
        return Reply(said.text, said.logprob)

    def reply(self, messages: Sequence[Message], decoding: Decoding) -> Said:
        """Reply to a conversation, token by token. Raises NotAnswered as `answer` does."""
        return self.begin_reply(messages, decoding).said()

    def begin_reply(self, messages: Sequence[Message], decoding: Decoding) -> Saying:
        """Begin to reply to a conversation. NotRead: it is too long, or its template does not take it."""
        return self.put(self.folder, messages, decoding)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The tokens of a conversation. NotRead: the template does not take it."""
        return len(self.tokens(messages))
