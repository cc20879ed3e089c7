"""An answer that a model writes in a thread of its own, for one who waits for it or reads along."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from threading import Condition
from typing import Protocol, cast

from fakes.learners.capabilities import Decoding, NotAnswered, Said, Token
from fakes.learners.protocol import Message, Model
from fakes.learners.turns import given_up

__all__ = ["Saying", "saying_of"]

_log = logging.getLogger(__name__)


class _Saying(Protocol):
    def begin_reply(self, messages: Sequence[Message], decoding: Decoding) -> Saying: ...


def saying_of(model: Model, messages: Sequence[Message], decoding: Decoding) -> Saying | None:
    """The reply to a conversation in the making; None of a model that gives whole ones.

    Raises:
        NotAnswered: there is none to it.
    """
    if not callable(getattr(type(model), "begin_reply", None)):
        return None
    return cast("_Saying", model).begin_reply(messages, decoding)


class Saying:
    """An answer in the making. To iterate over it gives its tokens as they come, once they are sure to stay.

    Waiting for it gives up the turn at a world (`fakes.learners.turns`).

    Attributes:
        wanted: whether anybody still waits for it.
    """

    def __init__(self) -> None:
        self.wanted = True
        self._changed = Condition()
        self._tokens: list[Token] = []
        self._end: Said | NotAnswered | None = None

    def tell(self, tokens: Sequence[Token], begin: int | None = None) -> None:
        """Add what the model wrote; the writer's side.

        Args:
            tokens: what comes next, or from token `begin` on where an answer is written anew.
            begin: how many tokens there are before these.
        """
        with self._changed:
            self._tokens[len(self._tokens) if begin is None else begin :] = tokens
            self._changed.notify_all()

    def end(self, end: Said | Exception) -> None:
        """The whole answer, or why there is none; the writer's side.

        An error that nobody foresaw is logged, and who waits is told what it says, as of a training.
        """
        if not isinstance(end, Said | NotAnswered):
            _log.error("An answer ended with an error.", exc_info=end)
            told = " ".join(str(end).split())
            end = NotAnswered(f"The answer ended with an error: {type(end).__name__}: {told}")
        with self._changed:
            if self._end is None:
                self._end = end
            self._changed.notify_all()

    def said(self) -> Said:
        """The whole answer, when it is there. Raises NotAnswered: there will be none."""
        if self._end is None:
            with given_up(), self._changed:
                self._changed.wait_for(lambda: self._end is not None)
        if not isinstance(self._end, Said):
            raise self._end or AssertionError("an answer ends once it is waited for")
        return self._end

    def __iter__(self) -> Iterator[Token]:
        """The tokens. Raises as `said` does."""
        told = 0
        while self._is_longer_than(told):
            yield self._tokens[told]
            told += 1
        yield from self.said().tokens[told:]

    def _is_longer_than(self, told: int) -> bool:
        """Whether there are more tokens, when there are or the answer has ended."""
        if len(self._tokens) == told and self._end is None:
            with given_up(), self._changed:
                self._changed.wait_for(lambda: len(self._tokens) > told or self._end is not None)
        return len(self._tokens) > told

    @property
    def has_ended(self) -> bool:
        """Whether the whole answer is there, or none will be."""
        return self._end is not None

    def cancel(self) -> None:
        """Nobody wants the answer any more: it need not be finished."""
        self.wanted = False
