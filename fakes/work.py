"""The common base of jobs and batches of both vendors: they go through states in their own time."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from fakes.failures import FailurePhases, JobFailure, apply_failure
from fakes.learners import Run
from fakes.learners.capabilities import TrainingFailed, Watch
from fakes.learners.turns import all_at_once
from fakes.timeline import Pace, Phase, Timeline

__all__ = ["Answers", "BeginAnswers", "BeginTraining", "Duties", "NewestFirst", "Training", "Work"]

T = TypeVar("T")
Duties = Mapping[str, Callable[[Any], None]]
"""State -> the account's action for a job or batch that enters it."""


class Training:
    """A training that has been called for; this one is done when its result is asked for.

    A server does it in the meantime (`fakes.doors.training`), so that nobody waits for it.
    """

    def __init__(self, train: Callable[[], Run], watch: Watch | None = None) -> None:
        self._train, self.watch = train, watch
        self._run: Run | None = None

    def begun(self) -> bool:
        """Whether it is its turn, or was."""
        return True

    def done(self) -> bool:
        """Whether the result can be had without waiting for others."""
        return True

    def result(self) -> Run:
        """What came of it. Raises what the learner raised."""
        if self._run is None:
            if self.watch is not None:
                self.watch.begin()
            self._run = self._train()
        return self._run

    def failure(self) -> TrainingFailed | None:
        """Why it came to nothing, for the words of a job; None where it did not."""
        try:
            self.result()
        except TrainingFailed as failed:
            return failed
        return None

    def pause(self) -> None:
        """It goes no further until `resume`; others go on meanwhile."""
        if self.watch is not None:
            self.watch.pause()

    def resume(self) -> None:
        """It goes on when it is its turn again."""
        if self.watch is not None:
            self.watch.resume()

    def cancel(self) -> None:
        """Nobody wants the result any more: it need not go on."""
        if self.watch is not None:
            self.watch.stop()


BeginTraining = Callable[[Callable[[], Run], Watch | None], Training]
"""Has a training done, at once or in the meantime."""


class Answers:
    """The answers to all requests of a batch, which are made when they are asked for.

    A server makes those of a slow model in the meantime (`fakes.doors.training`).

    Args:
        calls: one for each request.
        at_once: whether all are put at once, to a model that answers several in the time of one.
    """

    def __init__(self, calls: Sequence[Callable[[], Any]], *, at_once: bool = False) -> None:
        self._calls, self._at_once = calls, at_once
        self._wanted = True

    def done(self) -> bool:
        """Whether they can be had without waiting for others."""
        return True

    def result(self) -> list[Any]:
        """The answers, in the order of the requests; None for each that was not made before a `cancel`."""
        calls = [partial(self._answer, call) for call in self._calls]
        return all_at_once(calls) if self._at_once else [call() for call in calls]

    def cancel(self) -> None:
        """Nobody wants the result any more."""
        self._wanted = False

    def _answer(self, call: Callable[[], Any]) -> Any:
        return call() if self._wanted else None


BeginAnswers = Callable[[Sequence[Callable[[], Any]]], Answers]
"""Has requests answered by a slow model, at once or in the meantime."""


class Work:
    """A job or a batch that goes through states.

    A subclass sets the states it goes through in `phases`, and in `failure_phases` how a deliberate failure
    changes them. Actions on entering a state are in `entered`, or, if only the account can perform them, in
    `duties`.

    Args:
        begin: the time of its creation, in Unix seconds.
        pace: what moves it on.
        duties: the account's actions when a state is entered.
        failure: the deliberate failure that applies to it, if any.
    """

    phases: ClassVar[Sequence[Phase]]
    failure_phases: ClassVar[FailurePhases]

    def __init__(self, begin: int, pace: Pace, duties: Duties, failure: JobFailure | None = None) -> None:
        phases = apply_failure(self.phases, failure, self.failure_phases)
        self.timeline = Timeline(begin, phases, pace.mark())
        self.failure = failure
        self.training: Training | None = None
        self.answers: Answers | None = None
        self._needing = ""
        self.pace, self._duties = pace, duties

    @property
    def state(self) -> str:
        """The current state."""
        return self.timeline.state

    def observe(self, *, glance: bool = False) -> None:
        """Move on as far as the pace says for an observation; a glance is an observation in a list."""
        self.move(glance=glance)

    def move(self, *, glance: bool = False) -> int:
        """Move on as far as the pace says, and not past what a state that is entered begins to wait for.

        Returns: by how many phases.
        """
        moved = 0
        for _ in range(self.pace.steps(self.timeline, glance=glance)):
            if self.timeline.waits:
                break
            self.step()
            moved += 1
        return moved

    def step(self) -> None:
        """Move on by one phase, and perform the action of the state that is entered.

        A training that failed is told by `training_failed` in place of the state that needs it.
        """
        if self.training is not None and self.timeline.following == self._needing:
            failed = self.training.failure()
            if failed is not None:
                self.training = None
                self.training_failed(failed)
                return
        before = self.state
        if self.timeline.step() and self.state != before:
            self.entered(self.state)
        if self.timeline.ended:
            self.release_input()

    def needs(self, training: Training, state: str, *, begins: str = "") -> None:
        """Does not enter a state, by its pace, before a training is done.

        Nor the state `begins` before it is the training's turn, where its progress is watched.
        """
        self.training, self._needing = training, state
        self.timeline.gates[state] = training.done
        if begins and training.watch is not None:
            self.timeline.gates[begins] = training.begun

    def release_input(self) -> None:
        """It has ended, and keeps nothing that only its training needed; one that is not done stops."""
        if self.training is not None:
            self.training.cancel()
            self.training = None

    def training_failed(self, failed: TrainingFailed) -> None:
        """End with these words; a work without trainings has none that fail."""
        raise failed

    def entered(self, state: str) -> None:
        """Perform the action of a state that is entered."""
        if (duty := self._duties.get(state)) is not None:
            duty(self)


class NewestFirst(Generic[T]):
    """A list in the order in which services show it: newest first, and by name for equal times.

    Its order is maintained when items are added, so that a page takes the same time for any length of the
    list.
    """

    def __init__(self) -> None:
        self._places: list[tuple[int, str]] = []
        self._things: dict[tuple[int, str], T] = {}

    def add(self, made: int, name: str, thing: T) -> None:
        """Add an item that was created at a time, in Unix seconds, with a unique name."""
        place = (-made, name)
        insort(self._places, place)
        self._things[place] = thing

    def remove(self, made: int, name: str) -> None:
        """Remove an item that was added with these arguments. KeyError if there is none."""
        del self._things[-made, name]
        self._places.remove((-made, name))

    def __iter__(self) -> Iterator[T]:
        return (self._things[place] for place in self._places)
