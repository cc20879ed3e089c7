"""What jobs and batches of both vendors have in common: they go through states in their own time."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from fakes.failures import FailurePhases, JobFailure, apply_failure
from fakes.learners import Run
from fakes.timeline import Pace, Phase, Timeline

__all__ = ["BeginTraining", "Duties", "NewestFirst", "Training", "Work"]

T = TypeVar("T")
Duties = Mapping[str, Callable[[Any], None]]
"""State -> what the account does for a job or batch that enters it."""


class Training:
    """A training that has been called for; this one is done when its result is asked for.

    A server does it in the meantime (`fakes.doors.training`), so that nobody waits for it.
    """

    def __init__(self, train: Callable[[], Run]) -> None:
        self._train = train

    def done(self) -> bool:
        """Whether the result can be had without waiting for others."""
        return True

    def result(self) -> Run:
        """What came of it. Raises what the learner raised."""
        return self._train()


BeginTraining = Callable[[Callable[[], Run]], Training]
"""Has a training done, at once or in the meantime."""


class Work:
    """A job or a batch on its way through its states.

    A kind of work says in `phases` which states it goes through, and in `failure_phases` how a failure on
    purpose changes them. What has to be done on entering a state is in `entered`, or, where only the account
    can do it, in `duties`.

    Args:
        begin: when it was created, in Unix seconds.
        pace: what moves it on.
        duties: what the account does when a state is entered.
        failure: the failure on purpose that happens to it, if one does.
    """

    phases: ClassVar[Sequence[Phase]]
    failure_phases: ClassVar[FailurePhases]

    def __init__(self, begin: int, pace: Pace, duties: Duties, failure: JobFailure | None = None) -> None:
        phases = apply_failure(self.phases, failure, self.failure_phases)
        self.timeline = Timeline(begin, phases, pace.mark())
        self.failure = failure
        self.training: Training | None = None
        self.pace, self._duties = pace, duties

    @property
    def state(self) -> str:
        """The current state."""
        return self.timeline.state

    def observe(self, *, glance: bool = False) -> None:
        """Moves on as far as the pace says for an observation; a glance is one in a list."""
        for _ in range(self.pace.steps(self.timeline, glance=glance)):
            self.step()

    def step(self) -> None:
        """Moves on by one phase, and does what is due in the state that is entered."""
        before = self.state
        if self.timeline.step() and self.state != before:
            self.entered(self.state)

    def needs(self, training: Training, state: str) -> None:
        """Does not enter a state, by its pace, before a training is done."""
        self.training = training
        self.timeline.gate = state, training.done

    def entered(self, state: str) -> None:
        """Does what is due in a state, on entering it."""
        if (duty := self._duties.get(state)) is not None:
            duty(self)


class NewestFirst(Generic[T]):
    """A list in the order in which services show it: newest first, and by name where two are of one moment.

    It is kept in order as things are added, so that a page costs the same whatever the length of the list.
    """

    def __init__(self) -> None:
        self._places: list[tuple[int, str]] = []
        self._things: dict[tuple[int, str], T] = {}

    def add(self, made: int, name: str, thing: T) -> None:
        """Adds a thing that was made at a moment, in Unix seconds, under a name that no other has."""
        place = (-made, name)
        insort(self._places, place)
        self._things[place] = thing

    def remove(self, made: int, name: str) -> None:
        """Removes a thing that was added so. KeyError if there is none."""
        del self._things[-made, name]
        self._places.remove((-made, name))

    def __iter__(self) -> Iterator[T]:
        return (self._things[place] for place in self._places)
