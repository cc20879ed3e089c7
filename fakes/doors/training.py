"""Trainings of a server: in a thread, so that other clients need not wait for them.

The thread shares the interpreter with the server, and gives way to it often (`yielding`). The world is not
touched by it: a training is a pure function of a model and examples, and its job goes on when the server
next looks.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from fakes.learners import Run
from fakes.learners.capabilities import TrainingFailed, TrainingPaused, TrainingStopped, Watch
from fakes.learners.turns import given_up
from fakes.work import Answers, Training

__all__ = ["Trainings", "yielding"]

_LOOK = 0.02  # seconds between two looks at what has ended
_LONGEST_STEP = 60.0  # seconds that a server waits at its end
_SWITCH = 0.0005  # seconds; the interpreter's own 0.005 adds up over the system calls of a request

_log = logging.getLogger(__name__)


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
    """Trainings one after another, in the order in which they were begun.

    One that is paused gives its place up, and has the last one when it goes on.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Background | None] = SimpleQueue()
        self._open: list[_Background | _AnswersAside] = []
        self._thread: Thread | None = None
        self._current: _Background | None = None
        self._ends = False

    def begin(self, train: Callable[[], Run], watch: Watch | None = None) -> Training:
        """Puts a training in the queue."""
        if self._thread is None:
            # a daemon, so that a server that is told to end does not first train to the end
            self._thread = Thread(target=self._work, name="trainings", daemon=True)
            self._thread.start()
        begun = _Background(train, watch, self._queue)
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
        """Returns when all have ended that are not paused, and lets others work in the meantime."""
        while any(not each.rests.is_set() for each in self._open):  # noqa: ASYNC110 - an event of threads
            await asyncio.sleep(_LOOK)

    def wait(self) -> None:
        """Returns when all have ended that are not paused."""
        for each in self._open:
            each.rests.wait()

    def end(self, *, resumable: bool = False) -> None:
        """Forgets all trainings, and waits until the one that stops between two steps has stopped.

        An interpreter that ends while libraries compute in a thread is aborted by some of them.

        Args:
            resumable: whether they are paused rather than stopped, so that a server that is begun anew goes
                on with them.
        """
        self._ends = True
        current = self._current
        if resumable:
            for each in self._open:
                each.pause()
            self._open = []
        self.drop()
        self._queue.put(None)
        if self._thread is not None and (current is None or current.watch is not None):
            self._thread.join(_LONGEST_STEP)

    def drop(self) -> None:
        """Forgets all trainings: their world is no more."""
        for each in self._open:
            each.cancel()
        self._open = []

    def _work(self) -> None:
        while (training := self._queue.get()) is not None:
            self._current = training
            if self._ends:
                return
            training.work()
            self._current = training = None  # nor is a finished one kept


class _Background(Training):
    def __init__(
        self, train: Callable[[], Run], watch: Watch | None, queue: SimpleQueue[_Background | None]
    ) -> None:
        super().__init__(train, watch)
        self.turn, self.ended = Event(), Event()
        self.rests = Event()  # it has ended, or is paused and has left its place to others
        self.noticed_turn = self.noticed = False
        self._queue, self._lock = queue, Lock()
        self._wanted, self._paused = True, False
        self._error: TrainingFailed | None = None

    def work(self) -> None:
        if self._leaves_place():
            return
        self.turn.set()
        # one that is cancelled is called too where it is watched: it removes what it kept of a pause
        if self._wanted or self.watch is not None:
            try:
                super().result()
            except TrainingPaused:
                if not self._leaves_place():  # it is to go on already
                    self._queue.put(self)
                return
            except TrainingFailed as failed:
                self._error = failed
            except Exception as error:  # noqa: BLE001 - whatever it is, the job fails, and the server goes on
                if self._wanted:
                    _log.exception("A training ended with an error.")
                told = " ".join(str(error).split())
                self._error = TrainingFailed(
                    "server_error", f"The training ended with an error: {type(error).__name__}: {told}"
                )
        self._train = _nothing  # the examples are not kept
        self.ended.set()
        self.rests.set()

    def begun(self) -> bool:
        return self.noticed_turn

    def done(self) -> bool:
        return self.noticed

    def pause(self) -> None:
        with self._lock:
            self._paused = True
            super().pause()

    def resume(self) -> None:
        with self._lock:
            self._paused = False
            super().resume()
            self._take_place()

    def cancel(self) -> None:
        with self._lock:
            self._wanted = False
            super().cancel()
            self._take_place()

    def result(self) -> Run:
        """The run. It is waited for where it has not ended yet."""
        self.ended.wait()
        if self._run is not None:
            return self._run
        if self._error is None or not self._wanted:
            raise TrainingStopped("The training was stopped.")
        raise self._error

    def _leaves_place(self) -> bool:
        """Whether it is paused: then it has left its place."""
        with self._lock:
            if self._paused and self._wanted:
                self.rests.set()
                return True
            return False

    def _take_place(self) -> None:
        """Has the last place again, if it left its own."""
        if self.rests.is_set() and not self.ended.is_set():
            self.rests.clear()
            self._queue.put(self)


class _AnswersAside(Answers):
    def __init__(self, calls: Sequence[Callable[[], Any]], turn: AbstractContextManager[object]) -> None:
        super().__init__(calls, at_once=True)
        self.turn, self.ended = Event(), Event()
        self.rests = self.ended
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

    def pause(self) -> None:
        """A server that is begun anew has them answered anew."""
        self.cancel()

    def result(self) -> list[Any]:
        """The answers. They are waited for where they are not all there."""
        with given_up():
            self.ended.wait()
        if self._error is not None:
            raise self._error
        return self._answers


def _nothing() -> Run:
    raise AssertionError("a training is done once")
