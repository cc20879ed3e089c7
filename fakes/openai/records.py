"""Records of an OpenAI account: files, fine-tuning jobs, batches and more. They do not use the account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple

from fakes.failures import Ending, FailurePhases, JobFailure
from fakes.ids import Ids, base62
from fakes.learners import Checkpoint, Example, Hyper, Model, Step
from fakes.learners.capabilities import TrainingFailed
from fakes.timeline import Pace, Phase
from fakes.work import Duties, Work

__all__ = [
    "AnswerRequest",
    "Batch",
    "BatchError",
    "BatchRequest",
    "Event",
    "File",
    "Job",
    "JobInput",
    "JobSpec",
    "Method",
    "Permission",
    "StoredCompletion",
    "StoredResponse",
    "Upload",
]

Method = Literal["supervised", "dpo"]
"""The fine-tuning methods of the models in the catalogue."""

AnswerRequest = Callable[[str, dict[str, Any], bytes], tuple[int, Any]]
"""Answers a request: from endpoint, body and the bytes for its id, to the HTTP status and the JSON body."""


@dataclass(slots=True)
class File:
    """An uploaded file, or one that a job made. `failure` is set where it is never ready.

    `seconds` is after how long the client wants it to expire; it is told, and never happens: no wall clock
    runs in a fake.
    """

    id: str
    filename: str
    purpose: str
    content: bytes
    created_at: int
    failure: JobFailure | None = None
    seconds: int | None = None


@dataclass(slots=True)
class Upload:
    """A file that arrives in parts: `size` is the announced size in bytes."""

    id: str
    filename: str
    purpose: str
    size: int
    created_at: int
    status: str = "pending"
    parts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    file: File | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """The permission of a project to use a checkpoint."""

    id: str
    project_id: str
    created_at: int


@dataclass(slots=True)
class StoredCompletion:
    """A chat completion object, the messages that it answers, and its metadata."""

    completion: dict[str, Any]
    messages: list[Any]
    metadata: dict[str, str]


@dataclass(slots=True)
class StoredResponse:
    """A response object, and the items that it answers, those of earlier responses before it included.

    `state` is "queued" where it is made in the background and nobody has looked at it yet; else "done".
    """

    response: dict[str, Any]
    items: list[dict[str, Any]]
    state: str = "done"

    def all_items(self) -> list[dict[str, Any]]:
        """The items of the conversation up to here, the answer's included."""
        return [*self.items, *self.response["output"]]


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a job's log; `data` holds metrics if there are any."""

    id: str
    created_at: int
    message: str
    level: str = "info"
    kind: str = "message"
    data: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A client's request for a job; the service chooses hyperparameters that are left out."""

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
class JobInput:
    """The input of a validated job: the base model, the examples, and the final hyperparameters."""

    base: Model
    examples: list[Example]
    validation: list[Example]
    hyper: Hyper


class Job(Work):
    """A fine-tuning job: its specification, its state, and its results."""

    phases = (
        Phase("validating_files", 30),
        Phase("queued", 60),
        Phase("running", 1800),
        Phase("succeeded", 0),
    )
    failure_phases: ClassVar[FailurePhases] = {
        Ending.FAILS: ("running", (Phase("failed", 0),)),
        Ending.HANGS: ("running", ()),
        Ending.CANCELLED: ("running", (Phase("cancelled", 0),)),
        Ending.NEVER_READY: ("validating_files", ()),
    }

    def __init__(
        self,
        job_id: str,
        spec: JobSpec,
        *,
        begin: int,
        seed: int,
        ids: Ids,
        pace: Pace,
        duties: Duties,
        failure: JobFailure | None,
    ) -> None:
        super().__init__(begin, pace, duties, failure)
        self.id, self.spec, self.seed = job_id, spec, seed
        self.input: JobInput | None = None
        self.trained_tokens: int | None = None
        self.fine_tuned_model: str | None = None
        self.checkpoints: dict[str, Checkpoint] = {}
        self.result_files: list[str] = []
        self.error: dict[str, object] | None = None
        self.events: list[Event] = []
        self.steps_told: list[Step] = []
        self.steps_planned = 0
        self._ids = ids

    def entered(self, state: str) -> None:
        """Log the state, and apply a deliberate failure."""
        match state:
            case "running":
                self.log("Fine-tuning job started")
            case "failed" if self.failure:
                self.fail(
                    self.failure.code or "server_error",
                    self.failure.message or "The job failed due to an internal error.",
                )
            case "cancelled":
                self.log("Fine-tuning job cancelled")
            case _:
                super().entered(state)

    def fail(self, code: str, message: str, param: str | None = None) -> None:
        """End the job if it has not ended, with a reason; `param` is the part of the request at fault."""
        self.timeline.stop("failed")
        self.error = {"code": code, "message": message, "param": param}
        self.log(message, level="error")
        self.release_input()

    def release_input(self) -> None:
        """Keep no examples; the hyperparameters are shown."""
        super().release_input()
        if self.input is not None:
            self.input = JobInput(self.input.base, [], [], self.input.hyper)

    def training_failed(self, failed: TrainingFailed) -> None:
        """End the job with the words of its training."""
        self.fail(failed.code, str(failed))

    def log(self, message: str, *, level: str = "info", at: int | None = None, **data: object) -> None:
        """Add a line to the job's log, by default of the moment at which the state was entered."""
        number = self._ids.of("event", self.id, len(self.events))
        kind = "metrics" if data else "message"
        moment = self.timeline.now if at is None else at
        self.events.append(Event(f"ftevent-{base62(number, 24)}", moment, message, level, kind, data or None))

    def observe(self, *, glance: bool = False) -> None:
        """Move on as far as the pace says, and tell the steps that the training has done by now."""
        super().observe(glance=glance)
        if self.state == "running" and self.training is not None and self.training.watch is not None:
            watch = self.training.watch
            self.log_steps(watch.steps[:], watch.total)

    def log_steps(self, steps: Sequence[Step], total: int) -> None:
        """Add the metrics of the steps that are not told yet; `steps` are those from the first on.

        Where a training tells its steps while it works, they are of the moment at which it began to, so that
        a server that was begun anew tells the same.
        """
        watched = self.training is not None and self.training.watch is not None
        at = self.timeline.entered("running") if watched else None
        self.steps_planned = total
        for step in steps[len(self.steps_told) :]:
            self.steps_told.append(step)
            self.log(
                f"Step {step.number}/{total}: training loss={step.loss:.2f}",
                at=at,
                step=step.number,
                total_steps=total,
                train_loss=step.loss,
                train_mean_token_accuracy=step.accuracy,
            )

    def cancel(self) -> None:
        """End the job in its current state; its training stops."""
        self.timeline.stop("cancelled")
        self.log("Fine-tuning job cancelled")
        self.release_input()

    def pause(self) -> None:
        """Pause the job and its training: neither an observation nor the clock moves it."""
        if self.training is not None:
            self.training.pause()
        self.timeline.hold()
        self.log("Fine-tuning job paused")

    def resume(self) -> None:
        """Continue the job in the phase in which it was paused, and its training at the step."""
        if self.training is not None:
            self.training.resume()
        self.timeline.release(self.pace.mark())
        self.log("Fine-tuning job resumed")


class BatchError(NamedTuple):
    """An error with its field and line (from 1); as the specification's BatchError."""

    code: str
    message: str
    param: str | None
    line: int | None


class BatchRequest(NamedTuple):
    """A request of a batch: the client's id for it, and its body."""

    custom_id: str
    body: dict[str, Any]


class Batch(Work):
    """A batch: requests from a file, answered after some time.

    validating -> in_progress -> finalizing -> completed; failed if the file is bad; cancelling -> cancelled
    if the client asks for it; expired only by a deliberate failure. These are the specification's statuses.

    Attributes:
        answer_request: answers one of its requests.
        times: when each state was entered, in Unix seconds.
        counts: total, completed and failed requests.
        errors: errors of the file, if any.
    """

    phases = (
        Phase("validating", 60),
        Phase("in_progress", 600),
        Phase("finalizing", 60),
        Phase("completed", 0),
    )
    failure_phases: ClassVar[FailurePhases] = {
        # `failed` is the specification's status for a file that was found bad, so it follows on `validating`
        Ending.FAILS: ("validating", (Phase("failed", 0),)),
        Ending.HANGS: ("in_progress", ()),
        Ending.CANCELLED: ("in_progress", (Phase("cancelling", 60), Phase("cancelled", 0))),
        Ending.NEVER_READY: ("validating", ()),
        Ending.EXPIRES: ("in_progress", (Phase("finalizing", 60), Phase("expired", 0))),
        Ending.PARTIAL: ("in_progress", (Phase("finalizing", 60), Phase("completed", 0))),
    }

    def __init__(
        self,
        batch_id: str,
        endpoint: str,
        source: File,
        metadata: dict[str, str] | None,
        answer_request: AnswerRequest,
        *,
        begin: int,
        pace: Pace,
        duties: Duties,
        failure: JobFailure | None,
    ) -> None:
        super().__init__(begin, pace, duties, failure)
        self.id, self.endpoint, self.source, self.metadata = batch_id, endpoint, source, metadata
        self.answer_request = answer_request
        self.times = {"validating": begin}
        self.counts = {"total": 0, "completed": 0, "failed": 0}
        self.errors: list[BatchError] = []
        self.model: str | None = None
        self.usage: dict[str, Any] | None = None
        self.output: File | None = None
        self.output_seconds: int | None = None
        self.error_file: File | None = None
        self.requests: list[BatchRequest] = []

    def entered(self, state: str) -> None:
        """Save the time; apply a deliberate failure, and drop the requests of a cancelled batch."""
        if state == "failed" and self.failure:
            message = self.failure.message or "The batch failed due to an internal error."
            self.errors = [BatchError(self.failure.code or "server_error", message, None, None)]
        elif state == "cancelling":
            if self.failure is None or self.failure.answered is None:
                self.requests = []
        else:
            super().entered(state)
        self.times[self.state] = self.timeline.now  # it may have failed by now

    def cancel(self) -> bool:
        """Begin cancelling; False if nothing can be cancelled. Unanswered requests stay unanswered."""
        if self.state not in ("validating", "in_progress"):
            return False
        self.timeline.divert((Phase("cancelling", 60), Phase("cancelled", 0)), 1, self.pace.mark())
        self.times["cancelling"] = self.timeline.now
        self.requests = []
        if self.answers is not None:
            self.answers.cancel()
        return True
