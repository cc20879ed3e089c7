"""What an OpenAI account holds: files, fine-tuning jobs, the models that came out of them, and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes.fates import Fate, Fates, bend
from fakes.ids import Ids, base62
from fakes.learners import Example, Hyper, Learner, Model, Run
from fakes.newest import NewestFirst
from fakes.openai.catalogue import find
from fakes.openai.examples import BadExamples, Method, read
from fakes.openai.job import BENDS, PHASES, Job, Order, Ready
from fakes.pace import Pace
from fakes.timeline import EPOCH, Timeline
from fakes.tokens import count

if TYPE_CHECKING:
    from fakes.openai.batch import Batch
    from fakes.openai.permissions import Permission
    from fakes.openai.stored import Stored
    from fakes.openai.uploads import Upload

__all__ = ["File", "OpenAI"]

KEPT_CHECKPOINTS = 3
"""The service keeps the checkpoints of the last three epochs."""


@dataclass(slots=True)
class File:
    """An uploaded file, or one that a job made. `fate` is that it is never ready, where it has one."""

    id: str
    filename: str
    purpose: str
    content: bytes
    created_at: int
    fate: Fate | None = None


class OpenAI:
    """The account. Ids are content-derived; times follow from the files and jobs themselves.

    `made_up` holds the ids of what was made on demand (see `fakes.openai.on_demand`); None where nothing is.
    """

    organization = "org-fakes"

    def __init__(
        self, ids: Ids, learner: Learner, seed: int, pace: Pace, fates: Fates, *, any_id: bool = False
    ) -> None:
        self.made_up: set[str] | None = set() if any_id else None
        self.ids, self.learner, self.seed, self.pace, self.fates = ids, learner, seed, pace, fates
        self.files: dict[str, File] = {}
        self.jobs: dict[str, Job] = {}
        self.newest: NewestFirst[Job] = NewestFirst()
        self.tuned: dict[str, tuple[Model, Job]] = {}
        self.permissions: dict[str, dict[str, Permission]] = {}
        self.uploads: dict[str, Upload] = {}
        self.batches: dict[str, Batch] = {}
        self.completions: dict[str, Stored] = {}
        self.responses: dict[str, dict[str, Any]] = {}
        self._bases: dict[str, Model] = {}

    def add_file(self, filename: str, purpose: str, content: bytes) -> File:
        """Stores an upload; the same content again is another file."""
        number = self.ids.create("file", filename, purpose, content)
        file = self.store(number, filename, purpose, content, EPOCH + number % 60)
        file.fate = self.fates.of("file", "openai", file.id, name=filename)
        return file

    def add_job(self, order: Order) -> Job:
        """Creates a job in its first state, validating_files."""
        number = self.ids.create(
            "job",
            order.model,
            order.training.id,
            order.validation.id if order.validation else None,
            sorted(order.hyperparameters.items()),
            order.seed,
            order.suffix,
            sorted((order.metadata or {}).items()),
            *(
                (order.method, order.integrations)
                if order.method != "supervised" or order.integrations
                else ()
            ),
        )
        return self.begin_job(order, number, f"ftjob-{base62(number, 24)}")

    def begin_job(self, order: Order, number: int, job_id: str) -> Job:
        """Creates a job of that id; what is not asked for comes from the number."""
        training, validation = order.training, order.validation
        begin = max(training.created_at, validation.created_at if validation else 0) + 1 + number % 30
        fate = self.fates.of("job", "openai", job_id, model=order.model, name=order.suffix or "")
        fate = training.fate or (validation and validation.fate) or fate
        job = Job(
            account=self,
            id=job_id,
            order=order,
            seed=order.seed if order.seed is not None else number % 2**31,
            timeline=Timeline(begin, bend(PHASES, fate, BENDS), self.pace.mark()),
            fate=fate,
        )
        self.jobs[job.id] = job
        self.newest.add(begin, job.id, job)
        job.say(f"Created fine-tuning job: {job.id}")
        job.say(f"Validating training file: {training.id}")
        return job

    def validate(self, job: Job) -> None:
        """Reads the training file as the service does, and ends the job where it is bad."""
        try:
            job.ready = self._prepare(job)
        except BadExamples as bad:
            job.fail(bad.code, str(bad), bad.param)
        else:
            job.say("Files validated, moving job to queued state")

    def train(self, job: Job, ready: Ready) -> None:
        """Trains, and publishes the model and the checkpoints that the service would keep."""
        run = self.learner.train(ready.base, ready.examples, ready.hyper, ready.validation)
        tokens = sum(count(e.system) + count(e.prompt) + count(e.answer) for e in ready.examples)
        job.trained_tokens = ready.hyper.epochs * tokens
        name = self._name(job)
        *earlier, last = run.checkpoints[-KEPT_CHECKPOINTS:]
        job.checkpoints = {f"{name}:ckpt-step-{checkpoint.step}": checkpoint for checkpoint in earlier}
        job.checkpoints[name] = last
        job.fine_tuned_model = name
        self.tuned |= {model_id: (checkpoint.model, job) for model_id, checkpoint in job.checkpoints.items()}
        # of the job, not of its content: two jobs may come to the same metrics
        number = self.ids.of("results", job.id)
        result = self.store(
            number, "step_metrics.csv", "fine-tune-results", _metrics(run), job.timeline.now + 2
        )
        job.result_files = [result.id]
        for step in run.steps:
            job.say(
                f"Step {step.number}/{len(run.steps)}: training loss={step.loss:.2f}",
                step=step.number,
                total_steps=len(run.steps),
                train_loss=step.loss,
                train_mean_token_accuracy=step.accuracy,
            )
        job.say(f"New fine-tuned model created: {job.fine_tuned_model}")
        job.say("The job has successfully completed")
        job.ready = Ready(ready.base, [], [], ready.hyper)

    def model(self, name: str) -> Model | None:
        """What answers under that name: a base model, or one that a job has made; None if nothing does."""
        if tuned := self.tuned.get(name):
            return tuned[0]
        if (base := find(name)) is None:
            return None
        if base.id not in self._bases:
            self._bases[base.id] = self.learner.base(base.id)
        return self._bases[base.id]

    def store(self, number: int, filename: str, purpose: str, content: bytes, at: int) -> File:
        """Adds the file of that number, made at a Unix time."""
        file = File(f"file-{base62(number, 24)}", filename, purpose, content, at)
        self.files[file.id] = file
        return file

    def _prepare(self, job: Job) -> Ready:
        order = job.order
        examples = self._read(order.training, "training_file", order.method)
        validation = self._read(order.validation, "validation_file", order.method) if order.validation else []
        base = self.model(order.model)
        if base is None:
            raise BadExamples(f"The model {order.model} was deleted", "model_not_found", "model")
        asked = order.hyperparameters
        hyper = Hyper(
            epochs=int(asked.get("n_epochs", 3)),
            batch_size=int(asked.get("batch_size", max(1, min(256, len(examples) // 500)))),
            rate=float(asked.get("learning_rate_multiplier", 1.0)),
            seed=job.seed ^ self.seed,
        )
        return Ready(base, examples, validation, hyper)

    def _read(self, file: File, param: str, method: Method) -> list[Example]:
        if file.id not in self.files:
            raise BadExamples(f"The {param} {file.id} was deleted", "invalid_" + param, param)
        return read(file.content, param, method)

    def _name(self, job: Job) -> str:
        root = job.order.model.removeprefix("ft:").split(":")[0]
        code = base62(self.ids.of("model", job.id), 8)
        return f"ft:{root}:personal:{job.order.suffix or ''}:{code}"


def _metrics(run: Run) -> bytes:
    """The per-step metrics file that a finished job leaves."""
    lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
    last = {checkpoint.step: checkpoint for checkpoint in run.checkpoints}
    for step in run.steps:
        end = last.get(step.number)
        valid = ("", "") if end is None or end.valid_loss is None else (end.valid_loss, end.valid_accuracy)
        lines.append(f"{step.number},{step.loss},{step.accuracy},{valid[0]},{valid[1]}")
    return ("\n".join(lines) + "\n").encode()
