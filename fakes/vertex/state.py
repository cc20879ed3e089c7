"""What a Vertex AI project holds: tuning jobs, and the endpoints that serve what came out of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fakes.ids import Ids, decimal
from fakes.learners import Checkpoint, Example, Hyper, Learner, Model
from fakes.pace import Pace
from fakes.storage.state import Storage
from fakes.timeline import EPOCH, Phase, Timeline
from fakes.tokens import count
from fakes.vertex.catalogue import MODELS
from fakes.vertex.examples import BadExamples, read

__all__ = ["Endpoint", "Job", "Order", "Vertex"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A resource name that answers as a checkpoint."""

    name: str
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. `echo` is what the resource shows of the request, as it came."""

    parent: str
    echo: dict[str, Any]
    base_model: str
    training_uri: str
    validation_uri: str | None
    epochs: int
    rate: float
    last_only: bool


@dataclass(slots=True)
class Job:
    """A tuning job: what was asked for, where it is, and what came of it."""

    project: Vertex
    order: Order
    id: str
    timeline: Timeline
    examples: list[Example] = field(default_factory=list[Example])
    validation: list[Example] = field(default_factory=list[Example])
    error: str | None = None
    model_id: str | None = None
    endpoints: list[Endpoint] = field(default_factory=list[Endpoint])
    totals: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The resource name."""
        return f"{self.order.parent}/tuningJobs/{self.id}"

    def observe(self, *, glance: bool = False) -> None:
        """Is looked at, and moves on as far as the world's pace says; a glance sees it in a list."""
        for _ in range(self.project.pace.steps(self.timeline, glance=glance)):
            self.step()

    def step(self) -> None:
        """Moves on by one phase, and does what that phase is for."""
        if not self.timeline.step():
            return
        match self.timeline.state:
            case "JOB_STATE_RUNNING":
                self.project.validate(self)
            case "JOB_STATE_SUCCEEDED":
                self.project.train(self)
            case _:
                pass


class Vertex:
    """The project. Ids are content-derived; times follow from the jobs themselves."""

    def __init__(self, ids: Ids, learner: Learner, seed: int, storage: Storage, pace: Pace) -> None:
        self.ids, self.learner, self.seed, self.storage = ids, learner, seed, storage
        self.pace = pace
        self.jobs: dict[str, Job] = {}
        self.endpoints: dict[str, tuple[Endpoint, Job]] = {}
        self._bases: dict[str, Model] = {}

    def add_job(self, order: Order) -> Job:
        """Creates a job in its first state, JOB_STATE_PENDING."""
        number = self.ids.create("tuningJob", order.parent, json.dumps(order.echo, sort_keys=True))
        phases = (
            Phase("JOB_STATE_PENDING", 60),
            Phase("JOB_STATE_RUNNING", 2400),
            Phase("JOB_STATE_SUCCEEDED", 0),
        )
        job = Job(self, order, decimal(number, 19), Timeline(EPOCH + number % 3600, phases, self.pace.mark()))
        self.jobs[job.name] = job
        return job

    def validate(self, job: Job) -> None:
        """Reads the datasets, and ends the job where one is missing or bad."""
        try:
            job.examples = self._read(job.order.training_uri)
            job.validation = self._read(uri) if (uri := job.order.validation_uri) else []
        except BadExamples as bad:
            job.timeline.stop("JOB_STATE_FAILED")
            job.error = str(bad)

    def train(self, job: Job) -> None:
        """Trains, and deploys the last checkpoint, or all of them, to endpoints."""
        order = job.order
        # the wire has no seed for a tuning job: each has an order of examples of its own
        seed = self.ids.of("order", job.name) % 2**31
        hyper = Hyper(epochs=order.epochs, rate=order.rate, seed=seed)
        run = self.learner.train(self.model(order.base_model), job.examples, hyper, job.validation)
        kept = run.checkpoints[-1:] if order.last_only else run.checkpoints
        for checkpoint in kept:
            number = decimal(self.ids.of("endpoint", job.name, checkpoint.step), 19)
            endpoint = Endpoint(f"{order.parent}/endpoints/{number}", checkpoint)
            job.endpoints.append(endpoint)
            self.endpoints[endpoint.name] = (endpoint, job)
        job.model_id = decimal(self.ids.of("model", job.name), 19)
        job.totals = (len(job.examples), sum(count(e.system + e.prompt + e.answer) for e in job.examples))
        job.examples, job.validation = [], []

    def model(self, name: str) -> Model:
        """A publisher model by its id. KeyError if there is none."""
        if name not in self._bases:
            if name not in MODELS:
                raise KeyError(name)
            self._bases[name] = self.learner.base(name)
        return self._bases[name]

    def _read(self, uri: str) -> list[Example]:
        content = self.storage.read(uri)
        if content is None:
            raise BadExamples(f"The dataset {uri} was not found.")
        return read(content)
