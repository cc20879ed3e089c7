"""What a Vertex AI project holds: tuning jobs, what came out of them, and batches of questions."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from fakes.fates import Fates
from fakes.ids import Ids, decimal
from fakes.learners import Checkpoint, Hyper, Learner, Model
from fakes.newest import NewestFirst
from fakes.pace import Pace
from fakes.shape import mapping
from fakes.storage.state import Storage
from fakes.timeline import EPOCH, Phase
from fakes.vertex.batch import Batch
from fakes.vertex.catalogue import MODELS
from fakes.vertex.errors import failed_precondition, not_found
from fakes.vertex.examples import BadExamples, Dataset, read
from fakes.vertex.lifecycle import Work
from fakes.vertex.registry import Endpoint, Registry, Version

__all__ = ["Job", "Order", "Vertex"]

_PHASES = (
    Phase("JOB_STATE_PENDING", 60),
    Phase("JOB_STATE_RUNNING", 2400),
    Phase("JOB_STATE_SUCCEEDED", 0),
)
_MOST_VALIDATION = 5000


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. `echo` is what the resource shows of the request, as it came.

    `source` is the version, and its checkpoint, from which training goes on; None from the base model.
    """

    parent: str
    echo: dict[str, Any]
    base_model: str
    training_uri: str
    validation_uri: str | None
    epochs: int
    rate: float
    last_only: bool
    source: tuple[Version, Checkpoint] | None = None


class Job(Work):
    """A tuning job: what was asked for, where it is, and what came of it."""

    def __init__(self, project: Vertex, order: Order, number: int) -> None:
        duties = {
            "JOB_STATE_RUNNING": lambda: project.validate(self),
            "JOB_STATE_SUCCEEDED": lambda: project.train(self),
        }
        self.order = order
        self.id = decimal(number, 19)
        shown = order.echo.get("tunedModelDisplayName")
        fate = project.fates.of("job", "vertex", self.id, model=order.base_model, name=str(shown or ""))
        super().__init__(EPOCH + number % 3600, _PHASES, project.pace, duties, fate)
        self.dataset = self.validation = Dataset((), ())
        self.version: Version | None = None
        self.endpoints: list[Endpoint] = []
        self.stats: dict[str, object] | None = None

    @property
    def name(self) -> str:
        """The resource name."""
        return f"{self.order.parent}/tuningJobs/{self.id}"


class Vertex:
    """The project. Ids are content-derived; times follow from the jobs themselves."""

    def __init__(self, ids: Ids, learner: Learner, storage: Storage, pace: Pace, fates: Fates) -> None:
        self.ids, self.learner, self.storage = ids, learner, storage
        self.pace, self.fates = pace, fates
        self.jobs: dict[str, Job] = {}
        self.newest: defaultdict[str, NewestFirst[Job]] = defaultdict(NewestFirst)
        self.batches: dict[str, Batch] = {}
        self.registry = Registry()
        self._bases: dict[str, Model] = {}

    def add_job(self, order: Order) -> Job:
        """Creates a job in its first state, JOB_STATE_PENDING."""
        number = self.ids.create("tuningJob", order.parent, json.dumps(order.echo, sort_keys=True))
        job = Job(self, order, number)
        self.jobs[job.name] = job
        self.newest[order.parent].add(job.timeline.begin, job.id, job)
        return job

    def validate(self, job: Job) -> None:
        """Reads the datasets, and ends the job where one is missing or bad."""
        field = "supervised_tuning_spec.training_dataset_uri"
        try:
            job.dataset = self._read(job.order.training_uri)
            if uri := job.order.validation_uri:
                field = "supervised_tuning_spec.validation_dataset_uri"
                job.validation = self._read(uri, _MOST_VALIDATION)
        except BadExamples as bad:
            job.fail(str(bad), field)

    def train(self, job: Job) -> None:
        """Trains, registers a version of a model, and deploys its checkpoints (or the last) to endpoints."""
        order = job.order
        # the wire has no seed for a tuning job: each has an order of examples of its own
        seed = self.ids.of("order", job.name) % 2**31
        hyper = Hyper(epochs=order.epochs, rate=order.rate, seed=seed)
        source = order.source[1].model if order.source else self.model(order.base_model)
        run = self.learner.train(source, job.dataset.examples, hyper, job.validation.examples)
        job.version = version = self._register(job, tuple(run.checkpoints[-1 if order.last_only else 0 :]))
        for checkpoint_id, checkpoint in enumerate(version.checkpoints, 1):
            number = self.ids.of("endpoint", job.name, checkpoint.step)
            name = f"{order.parent}/endpoints/{decimal(number, 19)}"
            deployed = decimal(self.ids.of("deployedModel", name), 19)
            endpoint = Endpoint(name, version, str(checkpoint_id), checkpoint, deployed)
            job.endpoints.append(endpoint)
            self.registry.endpoints[name] = endpoint
        job.stats = job.dataset.stats(order.epochs, run.checkpoints[-1].step)
        job.dataset = job.validation = Dataset((), ())

    def model(self, name: str) -> Model:
        """A publisher model by its id. KeyError if there is none."""
        if name not in self._bases:
            if name not in MODELS:
                raise KeyError(name)
            self._bases[name] = self.learner.base(name)
        return self._bases[name]

    def served(self, name: str) -> tuple[str, Model]:
        """The version and the model that answer at an endpoint, or as a publisher's model.

        Raises:
            Refusal: 404 where there is none of that name, 400 for an endpoint without a model.
        """
        if name.startswith("projects/"):
            if (endpoint := self.registry.endpoints.get(name)) is None:
                raise not_found(f"Endpoint `{name}` not found.")
            if not endpoint.deployed:
                raise failed_precondition(f"Endpoint `{name}` has no deployed model.")
            return endpoint.version.full_name, endpoint.checkpoint.model
        model = name.rpartition("/")[2]
        try:
            return model, self.model(model)
        except KeyError:
            raise not_found(
                f"Publisher Model `{name}` was not found or your project does not have access to it."
            ) from None

    def _register(self, job: Job, checkpoints: tuple[Checkpoint, ...]) -> Version:
        """The job's new model; or the next version of the one it went on from, unless named otherwise."""
        order, models = job.order, self.registry.models
        wanted = order.echo.get("tunedModelDisplayName")
        parent = order.source[0] if order.source else None
        if parent and wanted in (None, "", parent.display_name):
            name, display = parent.name, parent.display_name
        else:
            number = decimal(self.ids.of("model", job.name), 19)
            name, display = f"{order.parent}/models/{number}", str(wanted or f"tuned-{order.base_model}")
        labels = {
            **mapping(order.echo.get("labels")),
            "tune-type": "sft",
            "google-vertex-llm-tuning-base-model-id": order.base_model.replace(".", "-"),
            "google-vertex-llm-tuning-job-id": job.id,
        }
        versions = models.setdefault(name, [])
        number = max((each.number for each in versions), default=parent.number if parent else 0) + 1
        number = number if parent and name == parent.name else 1
        made = Version(name, number, display, order.base_model, labels, job.timeline.now, checkpoints)
        versions.append(made)
        return made

    def _read(self, uri: str, most: int | None = None) -> Dataset:
        content = self.storage.read(uri)
        if content is None:
            raise BadExamples(f"The dataset {uri} was not found.")
        return read(content, most)
