"""Where questions are put: a thread answers them, those to one checkpoint together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Condition, Thread
from typing import Any, NamedTuple, Protocol

from fakes.learners.capabilities import NotAnswered, Said
from fakes.learners.local.chat import Chat
from fakes.learners.local.gate import Gate
from fakes.learners.local.loading import is_out_of_memory, release_memory
from fakes.learners.local.options import Options
from fakes.learners.local.together import AnswerBatch, Forward
from fakes.learners.local.writing import Draft, Question
from fakes.learners.saying import Saying

__all__ = ["Answering", "Desk"]

_GATHER = 0.005  # seconds without another question after which those that are there are answered
_RELEASE = 5.0  # seconds between two times at which memory is given back
_IDLE = 1.0  # seconds after which a thread without questions ends
_CLOSED = "The model is no longer served."
_TOO_LARGE = (
    "The memory of this machine does not hold this answer. Ask less at once, or serve a smaller model."
)
_LONGEST_STEP = 60.0  # seconds that the end of the desk is waited for


class Answering(Protocol):
    """The weights of a network that answers."""

    def at(self, folder: Path | None) -> AbstractContextManager[Any]:
        """The network with a saved checkpoint, or the base one."""
        ...


class _Put(NamedTuple):
    question: Question
    saying: Saying


class Desk:
    """Answers questions in a thread of its own.

    Questions that are put while others are answered join them after a step, up to so many at once. Each
    step has its turn at the network, so trainings go on in between.

    Args:
        forward: calls the network.
        chat: the tokenizer.
        weights: the network with its checkpoints.
        gate: the turn at it.
        options: how many answers are written together.
    """

    def __init__(
        self, forward: Forward, chat: Chat, weights: Answering, gate: Gate, *, options: Options
    ) -> None:
        self._forward, self._chat, self._weights, self._gate = forward, chat, weights, gate
        self._at_once, self._tokens_at_once = options.answers_at_once, options.tokens_at_once
        self._changed = Condition()  # of a lock that one thread may take twice
        self._waiting: deque[_Put] = deque()
        self._sayings: dict[Draft, Saying] = {}
        self._batches: dict[Path | None, list[AnswerBatch]] = {}
        self._thread: Thread | None = None
        self._closed = False
        self._released = 0.0

    def put(self, question: Question) -> Saying:
        """Have a question answered."""
        saying = Saying()
        if question.most < 1:
            saying.end(Said("", "length", (), len(question.tokens), 0))
            return saying
        with self._changed:
            if self._closed:
                saying.end(NotAnswered(_CLOSED))
                return saying
            self._waiting.append(_Put(question, saying))
            if self._thread is None:
                self._thread = Thread(target=self._work, name="answers", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return saying

    def close(self) -> None:
        """Answer no more; who waits is told so. Returns when the step that is under way is done."""
        with self._changed:
            self._closed = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.join(_LONGEST_STEP)

    def _work(self) -> None:
        while self._take():
            try:
                for folder in list(self._batches):
                    for batch in list(self._batches[folder]):
                        self._step(folder, batch)
                    self._join(folder)
            except Exception as error:  # noqa: BLE001 - who waits is told, and later questions are answered
                self._end_all(NotAnswered(_TOO_LARGE) if is_out_of_memory(error) else error)
            if not self._batches and time.monotonic() > self._released + _RELEASE:
                release_memory()
                self._released = time.monotonic()

    def _take(self) -> bool:
        """Begin with questions that wait, as far as there is room; False when there is nothing to do."""
        with self._changed:
            if not self._batches:
                if not self._waiting and not self._closed:
                    self._changed.wait(_IDLE)
                while not self._closed and 0 < len(self._waiting) < self._at_once:
                    if not self._changed.wait(_GATHER):
                        break
            if self._closed or not (self._batches or self._waiting):
                self._thread = None
                self._end_all(NotAnswered(_CLOSED))
                return False
            taken: dict[Path | None, list[_Put]] = {}
            for put in self._next():
                taken.setdefault(put.question.folder, []).append(put)
        for folder, puts in taken.items():
            drafts = [Draft(self._forward.torch, self._chat, each.question) for each in puts]
            self._sayings |= dict(zip(drafts, (each.saying for each in puts), strict=True))
            self._batches.setdefault(folder, []).append(AnswerBatch(self._forward, drafts))
        return True

    def _next(self) -> list[_Put]:
        """The questions for which there is room beside those that are being answered, in their order."""
        taken: list[_Put] = []
        tokens = sum(len(draft.question.tokens) for draft in self._sayings)
        while self._waiting and len(self._sayings) + len(taken) < self._at_once:
            tokens += len(self._waiting[0].question.tokens)
            if tokens > self._tokens_at_once and (self._sayings or taken):
                break
            taken.append(self._waiting.popleft())
        return taken

    def _end_all(self, why: Exception) -> None:
        with self._changed:
            left = [*self._sayings.values(), *(each.saying for each in self._waiting)]
            self._sayings, self._batches = {}, {}
            self._waiting.clear()
        for saying in left:
            saying.end(why)

    def _step(self, folder: Path | None, batch: AnswerBatch) -> None:
        unwanted = [each for each in batch.drafts if not self._sayings[each].wanted]
        batch.keep([at for at, each in enumerate(batch.drafts) if each not in unwanted])
        for draft in unwanted:
            del self._sayings[draft]
        if not batch.drafts:
            return
        try:
            with self._gate.turn(), self._weights.at(folder) as network:
                ended = batch.step(network)
        except Exception as error:  # noqa: BLE001 - who waits for an answer is told
            self._failed(folder, batch, error)
            return
        for draft in (*batch.drafts, *ended):
            self._sayings[draft].tell(*draft.sure())
        for draft in ended:
            self._sayings.pop(draft).end(draft.said())

    def _failed(self, folder: Path | None, batch: AnswerBatch, error: Exception) -> None:
        """Answer fewer at once where memory ran out; else, or where it was one, say so to who waits."""
        drafts = batch.drafts
        self._batches[folder].remove(batch)
        if not is_out_of_memory(error):
            self._refuse(drafts, error)
            return
        if self._forward.torch.cuda.is_available():
            self._forward.torch.cuda.empty_cache()
        if len(drafts) == 1:
            self._refuse(drafts, NotAnswered(_TOO_LARGE))
            return
        self._at_once = max(1, len(drafts) // 2)
        with self._changed:
            begun = [_Put(each.question, self._sayings.pop(each)) for each in drafts]
            self._waiting.extendleft(reversed(begun))

    def _refuse(self, drafts: Sequence[Draft], error: Exception) -> None:
        for draft in drafts:
            self._sayings.pop(draft).end(error)

    def _join(self, folder: Path | None) -> None:
        """Go on with the batches of a checkpoint as one where that can be, and leave out those that ended."""
        kept: list[AnswerBatch] = []
        for batch in self._batches[folder]:
            if batch.drafts and not (kept and kept[0].join(batch)):
                kept.append(batch)
        if kept:
            self._batches[folder] = kept
        else:
            del self._batches[folder]
