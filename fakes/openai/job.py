"""A fine-tuning job of OpenAI's: what was asked for, the way it goes, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fakes.fates import Bends, End, Fate
from fakes.ids import base62
from fakes.learners import Checkpoint, Example, Hyper, Model
from fakes.openai.examples import Method
from fakes.timeline import Phase, Timeline

if TYPE_CHECKING:
    from fakes.openai.state import File, OpenAI

__all__ = ["BENDS", "PHASES", "Event", "Job", "Order", "Ready"]

PHASES = (
    Phase("validating_files", 30),
    Phase("queued", 60),
    Phase("running", 1800),
    Phase("succeeded", 0),
)
BENDS: Bends = {
    End.FAILS: ("running", (Phase("failed", 0),)),
    End.HANGS: ("running", ()),
    End.CANCELLED: ("running", (Phase("cancelled", 0),)),
    End.NEVER_READY: ("validating_files", ()),
}
"""The way a job goes, and how its fate may bend it."""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a job's log; `data` holds metrics where there are any."""

    id: str
    created_at: int
    message: str
    level: str = "info"
    kind: str = "message"
    data: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for; hyperparameters that are left out are for the service to decide."""

    model: str
    training: File
    validation: File | None
    hyperparameters: dict[str, float]
    seed: int | None
    suffix: str | None
    metadata: dict[str, str] | None
    method: Method = "supervised"
    integrations: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """What a validated job trains: the base model, the examples, and the hyperparameters decided on."""

    base: Model
    examples: list[Example]
    validation: list[Example]
    hyper: Hyper


@dataclass(slots=True)
class Job:
    """A fine-tuning job: what was asked for, where it is, and what came of it.

    `fate` is what becomes of it on purpose, if anything does.
    """

    account: OpenAI
    id: str
    order: Order
    seed: int
    timeline: Timeline
    fate: Fate | None = None
    ready: Ready | None = None
    trained_tokens: int | None = None
    fine_tuned_model: str | None = None
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict[str, Checkpoint])
    result_files: list[str] = field(default_factory=list[str])
    error: dict[str, object] | None = None
    events: list[Event] = field(default_factory=list[Event])

    def observe(self, *, glance: bool = False) -> None:
        """Is looked at, and moves on as far as the world's pace says; a glance sees it in a list."""
        for _ in range(self.account.pace.steps(self.timeline, glance=glance)):
            self.step()

    def step(self) -> None:
        """Moves on by one phase, and does what that phase is for."""
        before = self.timeline.state
        if not self.timeline.step() or self.timeline.state == before:
            return
        match self.timeline.state:
            case "queued":
                self.account.validate(self)
            case "running":
                self.say("Fine-tuning job started")
            case "succeeded" if self.ready:
                self.account.train(self, self.ready)
            case "failed" if self.fate:
                self.fail(
                    self.fate.code or "server_error",
                    self.fate.message or "The job failed due to an internal error.",
                )
            case "cancelled":
                self.say("Fine-tuning job cancelled")
            case _:
                pass

    def fail(self, code: str, message: str, param: str | None = None) -> None:
        """Ends the job where it has not ended, and says why; `param` is the part of the request at fault."""
        self.timeline.stop("failed")
        self.error = {"code": code, "message": message, "param": param}
        self.say(message, level="error")

    def say(self, message: str, *, level: str = "info", **data: object) -> None:
        """Adds a line to the job's log."""
        number = self.account.ids.of("event", self.id, len(self.events))
        kind = "metrics" if data else "message"
        self.events.append(
            Event(f"ftevent-{base62(number, 24)}", self.timeline.now, message, level, kind, data or None)
        )

    def cancel(self) -> None:
        """Ends the job where it is."""
        self.timeline.stop("cancelled")
        self.say("Fine-tuning job cancelled")

    def pause(self) -> None:
        """Holds the job where it is: neither a look nor the clock moves it."""
        self.timeline.hold()
        self.say("Fine-tuning job paused")

    def resume(self) -> None:
        """Lets the job go on with the phase that it was paused in."""
        self.timeline.release(self.account.pace.mark())
        self.say("Fine-tuning job resumed")
