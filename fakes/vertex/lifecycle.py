"""The states of a job on Vertex AI, and which may follow which.

States are those of JobState in the discovery document (v1beta1); a job that is cancelled winds up in
JOB_STATE_CANCELLING first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fakes.fates import Bends, End, Fate, bend
from fakes.pace import Pace
from fakes.timeline import Phase, Timeline

__all__ = ["CODES", "TRANSITIONS", "Work"]

TRANSITIONS: Mapping[str, frozenset[str]] = {
    "JOB_STATE_PENDING": frozenset({"JOB_STATE_RUNNING", "JOB_STATE_FAILED", "JOB_STATE_CANCELLING"}),
    "JOB_STATE_RUNNING": frozenset({"JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLING"}),
    "JOB_STATE_CANCELLING": frozenset({"JOB_STATE_CANCELLED"}),
    "JOB_STATE_SUCCEEDED": frozenset(),
    "JOB_STATE_FAILED": frozenset(),
    "JOB_STATE_CANCELLED": frozenset(),
}
"""State -> the states that may be seen next; none where all is over."""

CODES: Mapping[str, int] = {
    "CANCELLED": 1,
    "UNKNOWN": 2,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
}
"""The codes of a google.rpc.Status with which a job may end, by their names in google.rpc.Code."""

_WINDING_UP = 30
_ENDING = (Phase("JOB_STATE_CANCELLING", _WINDING_UP), Phase("JOB_STATE_CANCELLED", 0))
_BENDS: Bends = {
    End.FAILS: ("JOB_STATE_RUNNING", (Phase("JOB_STATE_FAILED", 0),)),
    End.HANGS: ("JOB_STATE_RUNNING", ()),
    End.CANCELLED: ("JOB_STATE_RUNNING", _ENDING),
}


class Work:
    """A job on its way through the states.

    Args:
        begin: when it was created, in Unix seconds.
        phases: where it goes if nothing happens.
        pace: what moves it on.
        duties: what is to be done on entering a state.
        fate: what becomes of it on purpose, if anything does.

    `error` is a google.rpc.Status once the job failed or was cancelled.
    """

    def __init__(
        self,
        begin: int,
        phases: Sequence[Phase],
        pace: Pace,
        duties: Mapping[str, Callable[[], None]],
        fate: Fate | None = None,
    ) -> None:
        self._phases = bend(phases, fate, _BENDS)
        self.timeline = Timeline(begin, self._phases, pace.mark())
        self.error: dict[str, object] | None = None
        self._pace, self._fate = pace, fate
        self._duties = {
            "JOB_STATE_FAILED": self._break_off,
            "JOB_STATE_CANCELLING": self._wind_up,
            **duties,
        }

    @property
    def state(self) -> str:
        """The state now."""
        return self.timeline.state

    def observe(self, *, glance: bool = False) -> None:
        """Is looked at, and moves on as far as the pace says; a glance sees it in a list."""
        for _ in range(self._pace.steps(self.timeline, glance=glance)):
            self.step()

    def step(self) -> None:
        """Moves on by one phase, and does what that phase is for."""
        before = self.state
        if self.timeline.step() and self.state != before and (duty := self._duties.get(self.state)):
            duty()

    def fail(self, message: str, field: str | None = None) -> None:
        """Ends the job; `field` is the part of the request that was wrong, told in the error's details."""
        self.timeline.stop("JOB_STATE_FAILED")
        self.error = {"code": CODES["INVALID_ARGUMENT"], "message": message}
        if field:
            violation = {"field": field, "description": message}
            kind = "type.googleapis.com/google.rpc.BadRequest"
            self.error["details"] = [{"@type": kind, "fieldViolations": [violation]}]

    def cancel(self) -> bool:
        """Begins to wind up; False where the table does not allow that."""
        if "JOB_STATE_CANCELLING" not in TRANSITIONS[self.state]:
            return False
        states = [phase.state for phase in self._phases]
        lived = self._phases[: states.index(self.state)]
        # the state it is in now is cut short, as one that fails is
        self._phases = (*lived, Phase(self.state, 0), *_ENDING)
        self.timeline = Timeline(self.timeline.begin, self._phases)
        for _ in range(len(lived) + 1):
            self.timeline.step()
        self.timeline.mark = self._pace.mark()
        self._wind_up()
        return True

    def _wind_up(self) -> None:
        self.error = {"code": CODES["CANCELLED"], "message": "The job was cancelled."}

    def _break_off(self) -> None:
        """Fails as its fate says. A code that google.rpc.Code does not have is told as UNKNOWN."""
        name = (self._fate and self._fate.code) or "INTERNAL"
        message = (self._fate and self._fate.message) or "Internal error encountered."
        self.error = {"code": CODES.get(name, CODES["UNKNOWN"]), "message": message}
