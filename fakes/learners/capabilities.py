"""What a learner and its models may do besides `fakes.learners.protocol`, and how the services ask for it.

A learner need not know of any of this: the services ask the functions here, which look at what it has.

- `train` may take `watch`: it tells its steps while it works, and stops between two of them (`watch_of`). One
  that was paused is called again with equal arguments. It may go on where it was, if it kept that, or anew.
- It may raise `TrainingFailed`: the job then fails with these words.
- Models may have `reply`: it reads a whole conversation, and tells the tokens that it says (`said_by`);
  and `begin_reply`, for one who reads along (`fakes.learners.saying`).
- Models may have `count_tokens`: how many tokens a conversation has for them (`tokens_read`).
- A learner may have `keep_in`: it keeps what it trained in that folder (`keep`).
- It may be `slow`: its models take so long that each request is answered in a thread of its own (`is_slow`).
- It may have `close`, which ends what it does in the background (`close`).
- It may have `identity`, a text that tells it from others, in place of a digest of its files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from inspect import signature
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple, Protocol, cast

from fakes.learners.protocol import Example, Hyper, Learner, Message, Model, Run, Step

__all__ = [
    "Decoding",
    "NotAnswered",
    "NotRead",
    "Said",
    "Token",
    "TooLong",
    "TrainingFailed",
    "TrainingPaused",
    "TrainingStopped",
    "Watch",
    "close",
    "is_slow",
    "keep",
    "reads_conversations",
    "said_by",
    "tokens_read",
    "training_of",
    "watch_of",
]


class TrainingFailed(Exception):
    """A training came to nothing for a reason that its user can change; `code` is a word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TrainingStopped(Exception):
    """A training ended between two steps, as it was asked to."""


class TrainingPaused(TrainingStopped):
    """A training ended between two steps to be called again later."""


class NotAnswered(Exception):
    """A model cannot answer now, or not this; the message says why, and what helps."""


class NotRead(NotAnswered):
    """A model cannot read these messages, whenever it is asked."""


class TooLong(NotRead):
    """A conversation of `tokens` tokens is longer than the `most` that the model reads."""

    def __init__(self, tokens: int, most: int) -> None:
        super().__init__(f"The conversation has {tokens} tokens, and the model reads {most}.")
        self.tokens, self.most = tokens, most


class Watch:
    """What is told between a service and a training in another thread.

    Attributes:
        total: how many steps there will be; 0 before the training knows.
        steps: those that are done.
    """

    def __init__(self) -> None:
        self._stop, self._pause = Event(), Event()
        self.total = 0
        self.steps: list[Step] = []

    def stop(self) -> None:
        """Asks the training to end before its next step."""
        self._stop.set()

    def pause(self) -> None:
        """Asks the training to end before its next step, and to go on when it is called again."""
        self._pause.set()

    def resume(self) -> None:
        """Takes a pause back."""
        self._pause.clear()

    def begin(self) -> None:
        """The training is called, perhaps again: it tells all its steps, those from before a pause too."""
        self.steps = []

    def check(self) -> None:
        """Goes on, or ends the training.

        Raises:
            TrainingStopped: it was asked to end; TrainingPaused if it was asked to pause.
        """
        if self._stop.is_set():
            raise TrainingStopped("The training was stopped.")
        if self._pause.is_set():
            raise TrainingPaused("The training was paused.")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How an answer is drawn.

    Attributes:
        temperature: 0 for the likeliest token each time.
        top_p: the share of the likeliest tokens that are drawn from.
        top_k: how many of the likeliest are drawn from; None for all.
        seed: decides what is drawn.
        limit: the most tokens of the answer; None for as many as the model can write.
        stops: texts at which the answer ends; it does not contain them.
        top: how many of the likeliest tokens are told with each token.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int | None = None
    seed: int = 0
    limit: int | None = None
    stops: tuple[str, ...] = ()
    top: int = 0


class Token(NamedTuple):
    """A token of an answer: its text, its logarithmic probability at temperature 1, and the likeliest ones.

    A character of several tokens is the text of the last of them; those before it have none.
    """

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


class Said(NamedTuple):
    """An answer, token by token. The texts of the tokens, joined, are its text.

    Attributes:
        text: what was said.
        reason: why it ends: "stop" or "length".
        tokens: those of the text.
        read: how many tokens the conversation had.
        written: how many the model wrote, with those of a stop.
    """

    text: str
    reason: str
    tokens: tuple[Token, ...]
    read: int
    written: int

    @property
    def logprob(self) -> float:
        """The logarithmic probability of the text."""
        return round(sum(token.logprob for token in self.tokens), 6) + 0.0


class _Replying(Protocol):
    def reply(self, messages: Sequence[Message], decoding: Decoding) -> Said: ...


def reads_conversations(model: Model) -> bool:
    """Whether a model replies to whole conversations, and not to prompts alone."""
    return _replies(type(model))


def said_by(model: Model, messages: Sequence[Message], decoding: Decoding) -> Said:
    """The reply of a model that reads conversations.

    Raises:
        NotAnswered: there is no answer to it.
    """
    return cast("_Replying", model).reply(messages, decoding)


def tokens_read(model: Model, messages: Sequence[Message]) -> int | None:
    """The tokens that a conversation has for a model; None of a model that has no tokens of its own.

    Raises:
        NotRead: it cannot read these messages.
    """
    counted: Callable[[Sequence[Message]], int] | None = getattr(model, "count_tokens", None)
    return None if counted is None else counted(messages)


def watch_of(learner: Learner) -> Watch | None:
    """A watch over a training of that learner; None where it takes none."""
    return Watch() if _is_watched(type(learner)) else None


def training_of(
    learner: Learner,
    base: Model,
    examples: Sequence[Example],
    hyper: Hyper,
    validation: Sequence[Example],
    *,
    watch: Watch | None,
) -> Callable[[], Run]:
    """A training to be done; it tells the watch of its steps, if there is one."""
    told = {} if watch is None else {"watch": watch}
    return partial(cast("Callable[..., Run]", learner.train), base, examples, hyper, validation, **told)


def keep(learner: Learner, folder: Path) -> None:
    """Has a learner keep what it trains in a folder, and find it there again, if it can."""
    kept_in: Callable[[Path], None] | None = getattr(learner, "keep_in", None)
    if kept_in is not None:
        kept_in(folder)


def is_slow(learner: Learner) -> bool:
    """Whether answers of its models take so long that others are served in the meantime."""
    return bool(getattr(learner, "slow", False))


def close(learner: Learner) -> None:
    """Has a learner end what it does in the background, if it does something there."""
    ended: Callable[[], None] | None = getattr(learner, "close", None)
    if ended is not None:
        ended()


@lru_cache(maxsize=64)
def _replies(kind: type[Model]) -> bool:
    return callable(getattr(kind, "reply", None))


@lru_cache(maxsize=64)
def _is_watched(kind: type[Any]) -> bool:
    return "watch" in signature(kind.train).parameters
