"""A model of tests that reads conversations: it says each message that it was asked, as one token."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fakes.learners import Example, Hyper, Message, Model, Reply, Run
from fakes.learners.capabilities import Decoding, NotAnswered, Said, Token, TrainingFailed, Watch
from fakes.learners.unchanging import run_of

__all__ = ["READ", "Speaker", "SpeakerLearner"]

READ = 7
"""The tokens that each conversation has for it."""


class Speaker:
    """Says each message, and then its end; or raises what it is told to. `asked` is how, each time."""

    def __init__(self, error: Callable[[], NotAnswered] | None = None) -> None:
        self.error = error
        self.asked: list[Decoding] = []

    def answer(self, *_: object, **__: object) -> Reply:
        return Reply("no conversation", -1.0)

    def reply(self, messages: Sequence[Message], decoding: Decoding) -> Said:
        self.asked.append(decoding)
        tokens = [Token(f"{each.role}:{each.text};", -0.5, (("x", -0.25),)) for each in messages]
        kept = tokens if decoding.limit is None else tokens[: decoding.limit]
        text = "".join(token.text for token in kept)
        reason = "stop" if kept == tokens else "length"
        return Said(text, reason, tuple(kept), self.count_tokens(messages), len(kept) + 1)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        del messages
        if self.error is not None:
            raise self.error()
        return READ


class SpeakerLearner:
    """Trains nothing, in steps that its watch is told of; or fails."""

    def __init__(self, model: Speaker | None = None, error: TrainingFailed | None = None) -> None:
        self.model, self.error = model or Speaker(), error

    def base(self, name: str) -> Model:
        del name
        return self.model

    def train(
        self,
        base: Model,
        examples: Sequence[Example],
        hyper: Hyper,
        validation: Sequence[Example] = (),
        *,
        watch: Watch | None = None,
    ) -> Run:
        if self.error is not None:
            raise self.error
        run = run_of(base, examples, hyper, validation)
        for step in run.steps:
            if watch is not None:
                watch.check()
                watch.total = len(run.steps)
                watch.steps.append(step)
        return Run(run.steps, run.checkpoints, tokens=1234)
