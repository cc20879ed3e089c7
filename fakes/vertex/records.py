"""Records of a Vertex AI project: tuning jobs, batches, models and endpoints. They do not use the account."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fakes.failures import Ending, FailurePhases, JobFailure
from fakes.google import timestamp
from fakes.ids import decimal
from fakes.learners import Checkpoint, Model
from fakes.learners.capabilities import TrainingFailed
from fakes.timeline import Pace, Phase
from fakes.vertex.examples import Dataset
from fakes.work import Duties, Work

__all__ = [
    "CODES",
    "TRANSITIONS",
    "AnswerRequest",
    "Batch",
    "BatchSpec",
    "CloudWork",
    "Endpoint",
    "Job",
    "JobSpec",
    "Registry",
    "Served",
    "Version",
]


@dataclass(frozen=True, slots=True)
class Served:
    """What answers: the name of the version, the base model that it is or was tuned from, and the model."""

    version: str
    base: str
    model: Model


AnswerRequest = Callable[[Served, object, bytes], dict[str, object]]
"""Answers a GenerateContentRequest as a model, under a number; raises Refusal."""

TRANSITIONS: Mapping[str, frozenset[str]] = {
    "JOB_STATE_PENDING": frozenset({"JOB_STATE_RUNNING", "JOB_STATE_FAILED", "JOB_STATE_CANCELLING"}),
    "JOB_STATE_RUNNING": frozenset(
        {
            *("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED", "JOB_STATE_FAILED"),
            *("JOB_STATE_CANCELLING", "JOB_STATE_EXPIRED"),
        }
    ),
    "JOB_STATE_CANCELLING": frozenset({"JOB_STATE_CANCELLED"}),
    "JOB_STATE_SUCCEEDED": frozenset(),
    "JOB_STATE_FAILED": frozenset(),
    "JOB_STATE_CANCELLED": frozenset(),
    "JOB_STATE_PARTIALLY_SUCCEEDED": frozenset(),
    "JOB_STATE_EXPIRED": frozenset(),
}
"""State -> the states that may follow; none if the job has ended.

States are those of JobState in the discovery document (v1beta1); a job that is cancelled is in
JOB_STATE_CANCELLING first.
"""

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

_NAME = re.compile(r"(?P<model>projects/[^/]+/locations/[^/]+/models/[^/@]+)(?:@(?P<version>[^/@]+))?")
_CANCELLING = (Phase("JOB_STATE_CANCELLING", 30), Phase("JOB_STATE_CANCELLED", 0))


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a tuned model. `name` is without the version; checkpoints count from 1."""

    name: str
    number: int
    display_name: str
    base_model: str
    labels: dict[str, str]
    created: int
    checkpoints: tuple[Checkpoint, ...]

    @property
    def full_name(self) -> str:
        """The resource name, with the version."""
        return f"{self.name}@{self.number}"

    def checkpoint(self, checkpoint_id: str | None) -> Checkpoint | None:
        """A checkpoint by its id, the last one by default; None if there is none with that id."""
        if checkpoint_id is None:
            return self.checkpoints[-1]
        ids = {str(number): each for number, each in enumerate(self.checkpoints, 1)}
        return ids.get(checkpoint_id)


@dataclass(slots=True)
class Endpoint:
    """A resource name that answers as a checkpoint, while the model is deployed to it."""

    name: str
    version: Version
    checkpoint_id: str
    checkpoint: Checkpoint
    deployed_id: str
    deployed: bool = True


@dataclass(slots=True)
class Registry:
    """All models by their names without versions, and all endpoints by their names."""

    models: dict[str, list[Version]] = field(default_factory=dict[str, list[Version]])
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])

    def find(self, name: str) -> Version | None:
        """The version with this name; the newest one if it names no version, or the alias `default`."""
        found = _NAME.fullmatch(name)
        versions = self.models.get(found["model"], []) if found else []
        if not found or not versions:
            return None
        if found["version"] in (None, "default"):
            return versions[-1]
        return next((each for each in versions if str(each.number) == found["version"]), None)

    def deployments(self, name: str) -> list[Endpoint]:
        """The endpoints to which a model (its name without version) is deployed."""
        return [each for each in self.endpoints.values() if each.deployed and each.version.name == name]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A client's request for a tuning job. `echo` holds the parts of the request that the resource shows.

    `source` is the version and its checkpoint from which training continues; None for the base model.
    """

    parent: str
    echo: dict[str, Any]
    base_model: str
    training_uri: str
    validation_uri: str | None
    epochs: int
    rate: float
    rank: int
    last_only: bool
    source: tuple[Version, Checkpoint] | None = None


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """A client's request for a batch: `echo` unchanged, the model at that time, input and output."""

    parent: str
    echo: dict[str, Any]
    served: Served
    uris: tuple[str, ...]
    prefix: str


class CloudWork(Work):
    """A tuning job or a batch. `error` is a google.rpc.Status once it failed or was cancelled."""

    failure_phases: ClassVar[FailurePhases] = {
        Ending.FAILS: ("JOB_STATE_RUNNING", (Phase("JOB_STATE_FAILED", 0),)),
        Ending.HANGS: ("JOB_STATE_RUNNING", ()),
        Ending.CANCELLED: ("JOB_STATE_RUNNING", _CANCELLING),
    }

    def __init__(self, begin: int, pace: Pace, duties: Duties, failure: JobFailure | None) -> None:
        super().__init__(begin, pace, duties, failure)
        self.error: dict[str, object] | None = None

    def entered(self, state: str) -> None:
        """Set the error: of a deliberate failure, or of a cancellation."""
        match state:
            case "JOB_STATE_FAILED":
                # a code that google.rpc.Code does not have is reported as UNKNOWN
                name = (self.failure and self.failure.code) or "INTERNAL"
                message = (self.failure and self.failure.message) or "Internal error encountered."
                self.error = {"code": CODES.get(name, CODES["UNKNOWN"]), "message": message}
            case "JOB_STATE_CANCELLING":
                self.error = {"code": CODES["CANCELLED"], "message": "The job was cancelled."}
            case _:
                super().entered(state)

    def training_failed(self, failed: TrainingFailed) -> None:
        """End the job with the words of its training."""
        self.fail(str(failed))

    def fail(self, message: str, field: str | None = None) -> None:
        """End the job; `field` is the wrong part of the request, for the error's details."""
        self.timeline.stop("JOB_STATE_FAILED")
        self.error = {"code": CODES["INVALID_ARGUMENT"], "message": message}
        if field:
            violation = {"field": field, "description": message}
            kind = "type.googleapis.com/google.rpc.BadRequest"
            self.error["details"] = [{"@type": kind, "fieldViolations": [violation]}]
        self.release_input()

    def cancel(self) -> bool:
        """Begin cancelling; False if the table does not allow it. The current state ends early."""
        if "JOB_STATE_CANCELLING" not in TRANSITIONS[self.state]:
            return False
        self.release_input()
        self.timeline.divert(_CANCELLING, 0, self.pace.mark())
        self.entered(self.state)
        return True


class Job(CloudWork):
    """A tuning job: its specification, its state, and its results."""

    phases = (
        Phase("JOB_STATE_PENDING", 60),
        Phase("JOB_STATE_RUNNING", 2400),
        Phase("JOB_STATE_SUCCEEDED", 0),
    )

    def __init__(
        self,
        spec: JobSpec,
        number: int,
        begin: int,
        *,
        pace: Pace,
        duties: Duties,
        failure: JobFailure | None,
    ) -> None:
        super().__init__(begin, pace, duties, failure)
        self.spec, self.id = spec, decimal(number, 19)
        self.dataset = self.validation = Dataset((), ())
        self.version: Version | None = None
        self.endpoints: list[Endpoint] = []
        self.stats: dict[str, object] | None = None

    def release_input(self) -> None:
        """Keep no examples."""
        super().release_input()
        self.dataset = self.validation = Dataset((), ())

    @property
    def name(self) -> str:
        """The resource name."""
        return f"{self.spec.parent}/tuningJobs/{self.id}"


class Batch(CloudWork):
    """A batch prediction job. `counts` is the number of lines answered, and of lines not answered.

    `answer_request` answers one of its requests; `directory` is where its answers are written.
    """

    phases = (
        Phase("JOB_STATE_PENDING", 60),
        Phase("JOB_STATE_RUNNING", 600),
        Phase("JOB_STATE_SUCCEEDED", 0),
    )
    failure_phases: ClassVar[FailurePhases] = {
        **CloudWork.failure_phases,
        Ending.EXPIRES: ("JOB_STATE_RUNNING", (Phase("JOB_STATE_EXPIRED", 0),)),
        Ending.PARTIAL: ("JOB_STATE_RUNNING", (Phase("JOB_STATE_PARTIALLY_SUCCEEDED", 0),)),
    }

    def __init__(
        self,
        spec: BatchSpec,
        number: int,
        begin: int,
        answer_request: AnswerRequest,
        *,
        pace: Pace,
        duties: Duties,
        failure: JobFailure | None,
    ) -> None:
        super().__init__(begin, pace, duties, failure)
        self.spec, self.id, self.answer_request = spec, decimal(number, 19), answer_request
        self.counts: tuple[int, int] | None = None
        self.lines: list[bytes] = []
        # the microseconds distinguish batches created in the same second
        moment = timestamp(self.timeline.begin).replace(".000000Z", f".{number % 10**6:06}Z")
        self.directory = f"{spec.prefix.rstrip('/')}/prediction-model-{moment}"

    @property
    def name(self) -> str:
        """The resource name."""
        return f"{self.spec.parent}/batchPredictionJobs/{self.id}"
