"""An OpenAI account: its files, fine-tuning jobs, models and batches, and how the service processes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from fakes.answer_counts import Tally
from fakes.behaviours.models import Behaviours
from fakes.behaviours.services import Listings
from fakes.failures import Ending, JobFailures
from fakes.ids import Ids, base62
from fakes.json_text import compact, mapping
from fakes.learners import Checkpoint, Example, Hyper, Learner, Model, Run, auto_batch_size
from fakes.learners.capabilities import is_slow, training_of, watch_of
from fakes.openai.catalogue import OPENAI, BaseModel, Catalogue
from fakes.openai.errors import no_model
from fakes.openai.examples import BadExamples, auto_epochs, read
from fakes.openai.records import (
    AnswerRequest,
    Batch,
    BatchError,
    BatchRequest,
    File,
    Job,
    JobInput,
    JobSpec,
    Method,
    Permission,
    StoredCompletion,
    StoredResponse,
    Upload,
)
from fakes.openai.validate import batch_requests
from fakes.repeated_requests import Draws
from fakes.routes import Refusal
from fakes.timeline import Pace
from fakes.tokens import count
from fakes.work import Answers, BeginAnswers, BeginTraining, NewestFirst, Training
from fakes.world_date import WorldDate

__all__ = ["OpenAI"]

KEPT_CHECKPOINTS = 3
"""The service keeps the checkpoints of the last three epochs."""


class OpenAI:
    """The account. Ids are derived from content; times follow from the files and jobs themselves.

    `made_up` holds the ids of objects created because a call named them (see `fakes.openai.routes.any_id`);
    None without `any_id`.
    """

    organization = "org-fakes"
    service: ClassVar[str] = "openai"
    catalogue: Catalogue = OPENAI

    def __init__(
        self,
        ids: Ids,
        learner: Learner,
        seed: int,
        pace: Pace,
        failures: JobFailures,
        *,
        any_id: bool = False,
        behaviours: Behaviours,
        tally: Tally,
        draws: Draws | None = None,
        date: WorldDate | None = None,
    ) -> None:
        self.date = date or WorldDate()
        self.behaviours, self.tally, self.listings = behaviours, tally, Listings(pace)
        self.made_up: set[str] | None = set() if any_id else None
        self.ids, self.learner, self.seed, self.pace, self.failures = ids, learner, seed, pace, failures
        self.draws = draws or Draws(ids)
        self.files: dict[str, File] = {}
        self.jobs: dict[str, Job] = {}
        self.newest_jobs: NewestFirst[Job] = NewestFirst()
        self.tuned: dict[str, tuple[Model, Job]] = {}
        self.permissions: dict[str, dict[str, Permission]] = {}
        self.uploads: dict[str, Upload] = {}
        self.batches: dict[str, Batch] = {}
        self.completions: dict[str, StoredCompletion] = {}
        self.responses: dict[str, StoredResponse] = {}
        self.begin_training: BeginTraining = Training
        self.begin_answers: BeginAnswers = partial(Answers, at_once=True)
        self._bases: dict[str, Model] = {}
        self._job_duties = {"queued": self._validate, "succeeded": self._train}
        self._batch_duties = {"in_progress": self._read_batch} | dict.fromkeys(
            ("completed", "expired", "cancelled"), self._answer_batch
        )

    def add_file(self, filename: str, purpose: str, content: bytes) -> File:
        """Store an upload; the same content again gives another file."""
        number = self.ids.create("file", filename, purpose, content)
        file = self.store(number, filename, purpose, content, self.date.epoch + number % 60)
        file.failure = self.failures.find("file", self.service, file.id, name=filename)
        self.listings.made("files", file.id)
        return file

    def add_job(self, spec: JobSpec) -> Job:
        """Create a job in its first state, validating_files."""
        number = self.ids.create(
            "job",
            spec.model,
            spec.training.id,
            spec.validation.id if spec.validation else None,
            sorted(spec.hyperparameters.items()),
            spec.seed,
            spec.suffix,
            sorted((spec.metadata or {}).items()),
            *((spec.method, spec.integrations) if spec.method != "supervised" or spec.integrations else ()),
        )
        job = self.begin_job(spec, number, f"ftjob-{base62(number, 24)}")
        self.listings.made("jobs", job.id)
        return job

    def begin_job(self, spec: JobSpec, number: int, job_id: str) -> Job:
        """Create a job with that id; values that are not requested are derived from the number."""
        training, validation = spec.training, spec.validation
        begin = max(training.created_at, validation.created_at if validation else 0) + 1 + number % 30
        failure = self.failures.find("job", self.service, job_id, model=spec.model, name=spec.suffix or "")
        job = Job(
            job_id,
            spec,
            begin=begin,
            seed=spec.seed if spec.seed is not None else number % 2**31,
            ids=self.ids,
            pace=self.pace,
            duties=self._job_duties,
            failure=training.failure or (validation and validation.failure) or failure,
        )
        self.jobs[job.id] = job
        self.newest_jobs.add(begin, job.id, job)
        job.log(f"Created fine-tuning job: {job.id}")
        job.log(f"Validating training file: {training.id}")
        return job

    def add_batch(
        self,
        endpoint: str,
        source: File,
        metadata: dict[str, str] | None,
        answer_request: AnswerRequest,
        batch_id: str | None = None,
    ) -> Batch:
        """Create a batch in its first state, validating; with that id, or one derived from its content."""
        if batch_id is None:
            number = self.ids.create("batch", source.id, endpoint, sorted((metadata or {}).items()))
            batch_id = f"batch_{base62(number, 24)}"
            self.listings.made("batches", batch_id)
        else:
            number = self.ids.of("batch", batch_id)
        batch = Batch(
            batch_id,
            endpoint,
            source,
            metadata,
            answer_request,
            begin=source.created_at + 1 + number % 30,
            pace=self.pace,
            duties=self._batch_duties,
            failure=source.failure or self.failures.find("batch", self.service, batch_id),
        )
        self.batches[batch.id] = batch
        return batch

    def _validate(self, job: Job) -> None:
        """Read the training file as the service does, and end the job if the file is bad."""
        try:
            job.input = ready = self._prepare(job)
        except BadExamples as bad:
            job.fail(bad.code, str(bad), bad.param)
        else:
            job.log("Files validated, moving job to queued state")
            watch = watch_of(self.learner)
            train = training_of(
                self.learner, ready.base, ready.examples, ready.hyper, ready.validation, watch=watch
            )
            job.needs(self.begin_training(train, watch), "succeeded", begins="running")

    def _train(self, job: Job) -> None:
        """Train, and publish the model and the checkpoints that the service would keep."""
        ready = job.input
        if ready is None or job.training is None:
            return
        run = job.training.result()
        tokens = sum(count(e.system) + count(e.prompt) + count(e.answer) for e in ready.examples)
        job.trained_tokens = ready.hyper.epochs * tokens if run.tokens is None else run.tokens
        job.checkpoints = self.checkpoints_of(job, run.checkpoints[-KEPT_CHECKPOINTS:])
        *_, job.fine_tuned_model = job.checkpoints
        self.publish({model_id: (checkpoint.model, job) for model_id, checkpoint in job.checkpoints.items()})
        # derived from the job, not from its content: two jobs may have equal metrics
        number = self.ids.of("results", job.id)
        result = self.store(
            number, "step_metrics.csv", "fine-tune-results", _metrics(run), job.timeline.now + 2
        )
        job.result_files = [result.id]
        job.log_steps(run.steps, len(run.steps))
        job.log(f"New fine-tuned model created: {job.fine_tuned_model}")
        job.log("The job has successfully completed")

    def model(self, name: str) -> Model | None:
        """The model with that name: a base model, or one made by a job; None if there is none, or the base
        was shut down by the date of the world.
        """
        return self._model(name) if self.catalogue.is_open(name, self.date.day) else None

    def named(self, name: str) -> tuple[str, BaseModel]:
        """The name by which the model of a name answers, and the base model that it is or comes from."""
        if (base := self.catalogue.find(name)) is not None:
            return base.id, base
        return name, self.base_of(self.tuned[name][1])

    def base_of(self, job: Job) -> BaseModel:
        """The base model that a job tuned, or that what it tuned came from."""
        root = job.spec.model.removeprefix("ft:").split(":")[0]
        return self.catalogue.find(root) or BaseModel(root, 0)

    def no_model(self, name: str) -> Refusal:
        """The refusal of a call that names a model which does not answer."""
        return no_model(name, ended=self.catalogue.has_ended(name, self.date.day))

    def name_of(self, job: Job) -> str:
        """The name of the model that a job makes."""
        root = job.spec.model.removeprefix("ft:").split(":")[0]
        code = base62(self.ids.of("model", job.id), 8)
        return f"ft:{root}:personal:{job.spec.suffix or ''}:{code}"

    def checkpoints_of(self, job: Job, kept: Sequence[Checkpoint]) -> dict[str, Checkpoint]:
        """The checkpoints by the names of their models, the last one at the end: that of the whole job."""
        name = self.name_of(job)
        *earlier, last = kept
        return {**{f"{name}:ckpt-step-{each.step}": each for each in earlier}, name: last}

    def publish(self, made: Mapping[str, tuple[Model, Job]]) -> None:
        """Let models that a job made answer, by name."""
        self.tuned |= made

    def _model(self, name: str) -> Model | None:
        if tuned := self.tuned.get(name):
            return tuned[0]
        if (base := self.catalogue.find(name)) is None:
            return None
        if base.id not in self._bases:
            self._bases[base.id] = self.learner.base(base.id)
        return self._bases[base.id]

    def answered(self, kind: str, model: str, usage: Mapping[str, Any]) -> None:
        """Count an answer to a kind of call in the tally; `usage` is that of a chat or of a response."""
        read = usage.get("prompt_tokens", usage.get("input_tokens", 0))
        written = usage.get("completion_tokens", usage.get("output_tokens", 0))
        details = mapping(usage.get("completion_tokens_details") or usage.get("output_tokens_details"))
        thought = details.get("reasoning_tokens", 0)
        self.tally.add(self.service, model, kind, read=read, said=written - thought, thought=thought)

    def store(self, number: int, filename: str, purpose: str, content: bytes, at: int) -> File:
        """Add the file with that number, created at a Unix time."""
        file = File(f"file-{base62(number, 24)}", filename, purpose, content, at)
        self.files[file.id] = file
        return file

    def _prepare(self, job: Job) -> JobInput:
        spec = job.spec
        examples = self._read(spec.training, "training_file", spec.method)
        validation = self._read(spec.validation, "validation_file", spec.method) if spec.validation else []
        base = self._model(spec.model)  # a job that was created is trained, whatever the date
        if base is None:
            raise BadExamples(f"The model {spec.model} was deleted", "model_not_found", "model")
        chosen = spec.hyperparameters
        usual = auto_batch_size(self.learner, max(1, min(256, len(examples) // 500)))
        hyper = Hyper(
            epochs=int(chosen.get("n_epochs", auto_epochs(len(examples)))),
            batch_size=int(chosen.get("batch_size", usual)),
            rate=float(chosen.get("learning_rate_multiplier", 1.0)),
            seed=job.seed ^ self.seed,
            rank=int(chosen["lora_rank"]) if "lora_rank" in chosen else None,
        )
        return JobInput(base, examples, validation, hyper)

    def _read(self, file: File, param: str, method: Method) -> list[Example]:
        if file.id not in self.files:
            raise BadExamples(f"The {param} {file.id} was deleted", "invalid_" + param, param)
        return read(file.content, param, method)

    def _read_batch(self, batch: Batch) -> None:
        """Read the requests of a batch, and end it if its file is bad."""
        if batch.source.id not in self.files:
            message = f"The input file {batch.source.id} was deleted."
            batch.errors = [BatchError("invalid_file", message, None, None)]
        else:
            batch.requests, batch.errors = batch_requests(batch.source.content, batch.endpoint)
        if batch.errors:
            batch.requests = []
            batch.timeline.stop("failed")
            return
        batch.counts["total"] = len(batch.requests)
        batch.model = batch.requests[0].body["model"]
        if is_slow(self.learner):
            batch.answers = self.begin_answers(self._questions(batch))
            batch.timeline.gates["completed"] = batch.answers.done

    def _questions(self, batch: Batch) -> list[Callable[[], tuple[int, Any]]]:
        """What answers the requests that a batch comes to, one by one."""
        answered, _ = _in_time(batch)
        keys = [self.draws.in_batch(compact(each.body), batch.id, each.custom_id) for each in answered]
        return [
            partial(batch.answer_request, batch.endpoint, each.body, key)
            for each, key in zip(answered, keys, strict=True)
        ]

    def _answer_batch(self, batch: Batch) -> None:
        """Answer the requests of a batch, and write the files of answers and of failures."""
        lines: dict[bool, list[bytes]] = {True: [], False: []}
        tokens = [0, 0]
        answered, rest = _in_time(batch)
        answers = batch.answers or Answers(self._questions(batch))
        for request, (status, body) in zip(answered, answers.result() if answered else (), strict=True):
            lines[status == 200].append(self._batch_line(batch, request, status, body))
            used: Mapping[str, Any] = mapping(mapping(body).get("usage"))
            tokens[0] += used.get("prompt_tokens", used.get("input_tokens", 0))
            tokens[1] += used.get("completion_tokens", used.get("output_tokens", 0))
        batch.counts |= {"completed": len(lines[True]), "failed": len(lines[False])}
        lines[False] += [self._unanswered_line(batch, request) for request in rest]
        batch.output = self._batch_file(batch, "output", lines[True])
        batch.error_file = self._batch_file(batch, "error", lines[False])
        batch.requests = []
        batch.usage = {
            "input_tokens": tokens[0],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": tokens[1],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sum(tokens),
        }

    def _batch_line(self, batch: Batch, request: BatchRequest, status: int, body: object) -> bytes:
        number = self.ids.of("batch_request", batch.id, request.custom_id)
        answer = {"status_code": status, "request_id": f"{number:064x}"[:32], "body": body}
        return self._line(batch, request, answer, None)

    def _unanswered_line(self, batch: Batch, request: BatchRequest) -> bytes:
        """A request that a batch did not come to, or at which the service failed.

        The codes are those of the specification's BatchRequestOutputError; the words of an expired one those
        of https://developers.openai.com/api/docs/guides/batch.
        """
        if batch.state == "completed":
            message = "The server had an error while processing your request. Sorry about that!"
            error = {"message": message, "type": "server_error", "param": None, "code": None}
            return self._batch_line(batch, request, 500, {"error": error})
        expired = batch.state == "expired"
        code, message = (
            ("batch_expired", "This request could not be executed before the completion window expired.")
            if expired
            else ("batch_cancelled", "The batch was cancelled before this request executed.")
        )
        return self._line(batch, request, None, {"code": code, "message": message})

    def _line(self, batch: Batch, request: BatchRequest, response: object, error: object) -> bytes:
        number = self.ids.of("batch_request", batch.id, request.custom_id)
        name = f"batch_req_{base62(number, 24)}"
        line = {"id": name, "custom_id": request.custom_id, "response": response, "error": error}
        return compact(line) + b"\n"

    def _batch_file(self, batch: Batch, kind: str, lines: list[bytes]) -> File | None:
        if not lines:
            return None
        number = self.ids.of(f"batch_{kind}", batch.id)
        name = f"{batch.id}_{kind}.jsonl"
        file = self.store(number, name, "batch_output", b"".join(lines), batch.timeline.now)
        file.seconds = batch.output_seconds
        return file


def _in_time(batch: Batch) -> tuple[list[BatchRequest], list[BatchRequest]]:
    """The requests of a batch that are answered, and those that are not, by its deliberate failure."""
    failure = batch.failure
    early = failure is not None and failure.end in (Ending.EXPIRES, Ending.CANCELLED, Ending.PARTIAL)
    count = (failure.answered or 0) if failure and early else len(batch.requests)
    return batch.requests[:count], batch.requests[count:]


def _metrics(run: Run) -> bytes:
    """The per-step metrics file of a finished job."""
    lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
    last = {checkpoint.step: checkpoint for checkpoint in run.checkpoints}
    for step in run.steps:
        end = last.get(step.number)
        valid = ("", "") if end is None or end.valid_loss is None else (end.valid_loss, end.valid_accuracy)
        lines.append(f"{step.number},{step.loss},{step.accuracy},{valid[0]},{valid[1]}")
    return ("\n".join(lines) + "\n").encode()
