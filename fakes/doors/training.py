"""Trainings of a server: in a thread, so that other clients need not wait for them.

The thread shares the interpreter with the server, and gives way to it often (`yielding`). The world is not
touched by it: a training is a pure function of a model and examples, and its job goes on when the server
next looks.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from fakes.learners import Run
from fakes.learners.capabilities import TrainingStopped, Watch
from fakes.learners.turns import given_up
from fakes.work import Answers, Training

__all__ = ["Trainings", "yielding"]

_LOOK = 0.02  # seconds between two looks at what has ended
_LONGEST_STEP = 60.0  # seconds that a server waits at its end
_SWITCH = 0.0005  # seconds; the interpreter's own 0.005 adds up over the system calls of a request


@contextmanager
def yielding() -> Generator[None]:
    """Threads of this process take turns more often meanwhile."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Trainings:
    """Trainings one after another, in the order in which they were begun."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Background] = SimpleQueue()
        self._open: list[_Background | _AnswersAside] = []
        self._thread: Thread | None = None

    def begin(self, train: Callable[[], Run], watch: Watch | None = None) -> Training:
        """Puts a training in the queue."""
        if self._thread is None:
            # a daemon, so that a server that is told to end does not first train to the end
            self._thread = Thread(target=self._work, name="trainings", daemon=True)
            self._thread.start()
        begun = _Background(train, watch)
        self._open.append(begun)
        self._queue.put(begun)
        return begun

    def begin_aside(
        self, turn: AbstractContextManager[object], calls: Sequence[Callable[[], Any]]
    ) -> Answers:
        """Has requests answered in turns at their world, beside all trainings."""
        begun = _AnswersAside(calls, turn)
        self._open.append(begun)
        Thread(target=begun.work, name="answers", daemon=True).start()
        return begun

    def notice(self) -> None:
        """From now on, trainings that have begun or ended by now are known to have.

        What the server does then depends on the moments at which it notices alone, and it keeps those.
        """
        for each in self._open:
            each.noticed_turn = each.turn.is_set()
            each.noticed = each.ended.is_set()
        self._open = [each for each in self._open if not each.noticed]

    async def ended(self) -> None:
        """Returns when all have ended, and lets others work in the meantime."""
        while any(not each.ended.is_set() for each in self._open):  # noqa: ASYNC110 - an event of threads
            await asyncio.sleep(_LOOK)

    def wait(self) -> None:
        """Returns when all have ended."""
        for each in self._open:
            each.ended.wait()

    def end(self) -> None:
        """Forgets all trainings, and waits until the one that stops between two steps has stopped.

        An interpreter that ends while libraries compute in a thread is aborted by some of them.
        """
        watched = [each for each in self._open if each.watch is not None and each.turn.is_set()]
        self.drop()
        for each in watched:
            each.ended.wait(_LONGEST_STEP)

    def drop(self) -> None:
        """Forgets all trainings that have not been begun: their world is no more."""
        for each in self._open:
            each.cancel()
        self._open = []

    def _work(self) -> None:
        while True:
            self._queue.get().work()


class _Background(Training):
    def __init__(self, train: Callable[[], Run], watch: Watch | None) -> None:
        super().__init__(train, watch)
        self.turn, self.ended = Event(), Event()
        self.noticed_turn = self.noticed = False
        self._wanted = True
        self._error: Exception | None = None

    def work(self) -> None:
        self.turn.set()
        if self._wanted:
            try:
                super().result()
            except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
                self._error = error
        self._train = _nothing  # the examples are not kept
        self.ended.set()

    def begun(self) -> bool:
        return self.noticed_turn

    def done(self) -> bool:
        return self.noticed

    def cancel(self) -> None:
        self._wanted = False
        super().cancel()

    def result(self) -> Run:
        """The run. It is waited for where it has not ended yet."""
        self.ended.wait()
        if self._error is not None:
            raise self._error
        if self._run is None:
            raise TrainingStopped("The training was stopped.")
        return self._run


class _AnswersAside(Answers):
    def __init__(self, calls: Sequence[Callable[[], Any]], turn: AbstractContextManager[object]) -> None:
        super().__init__(calls, at_once=True)
        self.turn, self.ended, self.watch = Event(), Event(), None
        self.noticed_turn = self.noticed = False
        self._in_turn, self._answers, self._error = turn, list[Any](), None

    def work(self) -> None:
        try:
            with self._in_turn:
                self._answers = super().result()
        except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._error: Exception | None = error
        self.ended.set()

    def done(self) -> bool:
        return self.noticed

    def result(self) -> list[Any]:
        """The answers. They are waited for where they are not all there."""
        with given_up():
            self.ended.wait()
        if self._error is not None:
            raise self._error
        return self._answers


def _nothing() -> Run:
    raise AssertionError("a training is done once")
