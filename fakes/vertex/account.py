"""A Vertex AI project: tuning jobs, their results, and batches of requests."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from fakes.answer_counts import Tally
from fakes.behaviours.models import Behaviours
from fakes.behaviours.services import Listings
from fakes.failures import Ending, JobFailures
from fakes.google import timestamp
from fakes.ids import Ids, decimal
from fakes.json_text import compact, mapping, parse
from fakes.learners import Checkpoint, Hyper, Learner, Model, auto_batch_size
from fakes.learners.capabilities import is_slow, training_of, watch_of
from fakes.repeated_requests import Draws
from fakes.routes import Refusal
from fakes.storage.account import Storage
from fakes.timeline import Pace
from fakes.vertex.catalogue import MODELS, is_open
from fakes.vertex.errors import failed_precondition, no_publisher_model, not_found
from fakes.vertex.examples import BadExamples, Dataset, read
from fakes.vertex.records import (
    AnswerRequest,
    Batch,
    BatchSpec,
    Endpoint,
    Job,
    JobSpec,
    Registry,
    Served,
    Version,
)
from fakes.work import Answers, BeginAnswers, BeginTraining, NewestFirst, Training
from fakes.world_date import WorldDate

__all__ = ["Vertex"]

_MOST_VALIDATION = 5000


class Vertex:
    """The project. Ids are derived from content; times follow from the jobs themselves."""

    def __init__(
        self,
        ids: Ids,
        learner: Learner,
        storage: Storage,
        pace: Pace,
        failures: JobFailures,
        *,
        behaviours: Behaviours,
        tally: Tally,
        draws: Draws | None = None,
        date: WorldDate | None = None,
    ) -> None:
        self.date = date or WorldDate()
        self.behaviours, self.tally, self.listings = behaviours, tally, Listings(pace)
        self.draws = draws or Draws(ids)
        self.ids, self.learner, self.storage = ids, learner, storage
        self.pace, self.failures = pace, failures
        self.jobs: dict[str, Job] = {}
        self.newest_jobs: defaultdict[str, NewestFirst[Job]] = defaultdict(NewestFirst)
        self.batches: dict[str, Batch] = {}
        self.registry = Registry()
        self.begin_training: BeginTraining = Training
        self.begin_answers: BeginAnswers = partial(Answers, at_once=True)
        self._bases: dict[str, Model] = {}
        self._job_duties = {"JOB_STATE_RUNNING": self._validate, "JOB_STATE_SUCCEEDED": self._train}
        self._batch_duties = {
            "JOB_STATE_RUNNING": self._read_batch,
            **dict.fromkeys(
                ("JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED", "JOB_STATE_EXPIRED"),
                self._answer_batch,
            ),
            "JOB_STATE_CANCELLED": self._answer_cancelled,
        }

    def add_job(self, spec: JobSpec) -> Job:
        """Create a job in its first state, JOB_STATE_PENDING."""
        number = self.ids.create("tuningJob", spec.parent, json.dumps(spec.echo, sort_keys=True))
        shown = str(spec.echo.get("tunedModelDisplayName") or "")
        failure = self.failures.find("job", "vertex", decimal(number, 19), model=spec.base_model, name=shown)
        begin = self.date.epoch + number % 3600
        job = Job(spec, number, begin, pace=self.pace, duties=self._job_duties, failure=failure)
        self.jobs[job.name] = job
        self.newest_jobs[spec.parent].add(job.timeline.begin, job.id, job)
        self.listings.made("jobs", job.name)
        return job

    def add_batch(self, spec: BatchSpec, answer_request: AnswerRequest) -> Batch:
        """Create a batch in its first state, JOB_STATE_PENDING."""
        number = self.ids.create("batch", spec.parent, json.dumps(spec.echo, sort_keys=True))
        shown = str(spec.echo["displayName"])
        failure = self.failures.find(
            "batch", "vertex", decimal(number, 19), model=spec.served.version, name=shown
        )
        begin = self.date.epoch + number % 3600
        batch = Batch(
            spec, number, begin, answer_request, pace=self.pace, duties=self._batch_duties, failure=failure
        )
        self.batches[batch.name] = batch
        self.listings.made("batches", batch.name)
        return batch

    def _validate(self, job: Job) -> None:
        """Read the datasets, and end the job if one is missing or bad."""
        field = "supervised_tuning_spec.training_dataset_uri"
        try:
            job.dataset = self._read(job.spec.training_uri)
            if uri := job.spec.validation_uri:
                field = "supervised_tuning_spec.validation_dataset_uri"
                job.validation = self._read(uri, _MOST_VALIDATION)
        except BadExamples as bad:
            job.fail(str(bad), field)
            return
        spec = job.spec
        # requests have no seed for a tuning job: each job has its own order of examples
        seed = self.ids.of("order", job.name) % 2**31
        hyper = Hyper(spec.epochs, auto_batch_size(self.learner, 1), spec.rate, seed, spec.rank)
        source = spec.source[1].model if spec.source else self._model(spec.base_model)
        watch = watch_of(self.learner)
        train = training_of(
            self.learner, source, job.dataset.examples, hyper, job.validation.examples, watch=watch
        )
        job.needs(self.begin_training(train, watch), "JOB_STATE_SUCCEEDED")

    def _train(self, job: Job) -> None:
        """Trains, registers a version of a model, and deploys its checkpoints (or the last) to endpoints."""
        if job.training is None:
            return
        spec, run = job.spec, job.training.result()
        job.version = version = self._register(job, tuple(run.checkpoints[-1 if spec.last_only else 0 :]))
        for checkpoint_id, checkpoint in enumerate(version.checkpoints, 1):
            number = self.ids.of("endpoint", job.name, checkpoint.step)
            name = f"{spec.parent}/endpoints/{decimal(number, 19)}"
            deployed = decimal(self.ids.of("deployedModel", name), 19)
            endpoint = Endpoint(name, version, str(checkpoint_id), checkpoint, deployed)
            job.endpoints.append(endpoint)
            self.registry.endpoints[name] = endpoint
        job.stats = job.dataset.stats(spec.epochs, run.checkpoints[-1].step)

    def model(self, name: str, service: str = "vertex") -> Model:
        """A publisher model by its id. KeyError if there is none, or it was shut down there by now."""
        if not is_open(name, self.date.day, service):
            raise KeyError(name)
        return self._model(name)

    def _model(self, name: str) -> Model:
        if name not in self._bases:
            if name not in MODELS:
                raise KeyError(name)
            self._bases[name] = self.learner.base(name)
        return self._bases[name]

    def published(self, name: str) -> Served:
        """What answers as a publisher's model, by its resource name.

        Raises:
            Refusal: 404 where there is none.
        """
        model = name.rpartition("/")[2]
        try:
            return Served(model, model, self.model(model))
        except KeyError:
            raise no_publisher_model(name) from None

    def endpoint(self, name: str) -> Served:
        """What answers at an endpoint, by its resource name.

        Raises:
            Refusal: 404 where there is none of that name, 400 where it has no model.
        """
        if (endpoint := self.registry.endpoints.get(name)) is None:
            raise not_found(f"Endpoint `{name}` not found.")
        if not endpoint.deployed:
            raise failed_precondition(f"Endpoint `{name}` has no deployed model.")
        version = endpoint.version
        self.check_open(version.base_model, name.partition("/endpoints/")[0])
        return Served(version.full_name, version.base_model, endpoint.checkpoint.model)

    def check_open(self, base: str, parent: str) -> None:
        """Hold what was tuned from a publisher's model to the date of the world: it ends with that model.

        Raises:
            Refusal: 404, it was shut down.
        """
        if not is_open(base, self.date.day):
            raise no_publisher_model(f"{parent}/publishers/google/models/{base}")

    def _register(self, job: Job, checkpoints: tuple[Checkpoint, ...]) -> Version:
        """The job's new model; or the next version of the one it continued, unless it has another name."""
        spec, models = job.spec, self.registry.models
        wanted = spec.echo.get("tunedModelDisplayName")
        parent = spec.source[0] if spec.source else None
        if parent and wanted in (None, "", parent.display_name):
            name, display = parent.name, parent.display_name
        else:
            number = decimal(self.ids.of("model", job.name), 19)
            name, display = f"{spec.parent}/models/{number}", str(wanted or f"tuned-{spec.base_model}")
        labels = {
            **mapping(spec.echo.get("labels")),
            "tune-type": "sft",
            "google-vertex-llm-tuning-base-model-id": spec.base_model.replace(".", "-"),
            "google-vertex-llm-tuning-job-id": job.id,
        }
        versions = models.setdefault(name, [])
        number = max((each.number for each in versions), default=parent.number if parent else 0) + 1
        number = number if parent and name == parent.name else 1
        made = Version(name, number, display, spec.base_model, labels, job.timeline.now, checkpoints)
        versions.append(made)
        return made

    def _read(self, uri: str, most: int | None = None) -> Dataset:
        content = self.storage.read(uri)
        if content is None:
            raise BadExamples(f"The dataset {uri} was not found.")
        return read(content, most)

    def _read_batch(self, batch: Batch) -> None:
        """Read the input of a batch, and end the batch if there is none."""
        # errors without details: google-genai rejects a batch job whose error has details
        for wanted in batch.spec.uris:
            uris = sorted(f"gs://{bucket}/{name}" for bucket, name in self.storage.objects)
            found = [uri for uri in uris if uri == wanted or ("*" in wanted and fnmatchcase(uri, wanted))]
            if not found:
                batch.fail(f"The input {wanted} was not found.")
                return
            contents = (self.storage.read(uri) or b"" for uri in found)
            batch.lines += [line for each in contents for line in each.split(b"\n") if line.strip()]
        if not batch.lines:
            batch.fail("The input has no requests.")
        elif is_slow(self.learner):
            batch.answers = self.begin_answers(self._questions(batch))
            batch.timeline.gates["JOB_STATE_SUCCEEDED"] = batch.answers.done

    def _answer_batch(self, batch: Batch) -> None:
        """Answer the requests of a batch, and write the answers.

        What a batch did not come to before its time was over is not in the output; what failed has a status.
        """
        answers = batch.answers or Answers(self._questions(batch))
        answered: list[dict[str, Any]] = answers.result()
        if batch.state == "JOB_STATE_PARTIALLY_SUCCEEDED":
            answered += [_failed_line(batch, line) for line in batch.lines[len(answered) :]]
        failed = sum(1 for each in answered if each["status"])
        batch.counts, batch.lines = (len(answered) - failed, failed), []
        bucket, _, path = batch.directory.removeprefix("gs://").partition("/")
        content = b"".join(compact(each) + b"\n" for each in answered)
        self.storage.put(bucket, f"{path}/predictions.jsonl", content, "application/jsonl")

    def _questions(self, batch: Batch) -> list[Callable[[], dict[str, Any]]]:
        """What answers the lines that a batch comes to, one by one."""
        failure = batch.failure
        early = failure is not None and failure.end in (Ending.EXPIRES, Ending.CANCELLED, Ending.PARTIAL)
        count = (failure.answered or 0) if failure and early else len(batch.lines)
        return [partial(self._answer_line, batch, line) for line in batch.lines[:count]]

    def _answer_cancelled(self, batch: Batch) -> None:
        """Write what a batch had answered when it was cancelled; nothing, unless a failure says how much."""
        if batch.failure is not None and batch.failure.answered is not None:
            self._answer_batch(batch)

    def _answer_line(self, batch: Batch, line: bytes) -> dict[str, Any]:
        """A line of the output.

        The format is that of
        https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-gemini:
        `{"request": GenerateContentRequest}` in; the same with `response`, `status` and `processed_time` out.
        A line that cannot be answered has its error in `status`; the other lines are still answered.
        """
        made: dict[str, Any] = {"status": "", "processed_time": timestamp(batch.timeline.now)}
        try:
            fields = mapping(parse(line))
        except ValueError:
            text = line.decode("utf-8", "replace")
            return {**made, "status": "Bad Request: the line is not JSON.", "request": text, "response": {}}
        served = batch.spec.served
        try:
            response = batch.answer_request(
                served, fields.get("request"), self.draws.in_batch(line, batch.name)
            )
        except Refusal as refusal:
            error = compact(refusal.result.body).decode()
            return {**fields, **made, "status": f"Bad Request: {error}", "response": {}}
        return {**fields, **made, "response": response}


def _failed_line(batch: Batch, line: bytes) -> dict[str, Any]:
    """A line of the output for a request at which the service failed."""
    error = {"error": {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}}
    status = f"Internal Server Error: {compact(error).decode()}"
    made = {"status": status, "processed_time": timestamp(batch.timeline.now)}
    return {**mapping(parse(line)), **made, "response": {}}
