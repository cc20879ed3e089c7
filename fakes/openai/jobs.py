"""`/fine_tuning/jobs`: create, list, read, cancel, events, checkpoints."""

from __future__ import annotations

from typing import Any

from fakes.ids import base62
from fakes.openai.catalogue import find
from fakes.openai.errors import invalid, no_job, no_model, refuse
from fakes.openai.state import File, Job, OpenAI
from fakes.openai.wire import checkpoint_body, event_body, job_body, object_of, page
from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping

__all__ = ["mount"]

_BOUNDS: dict[str, tuple[float, float]] = {
    "n_epochs": (1, 50),
    "batch_size": (1, 256),
    "learning_rate_multiplier": (1e-9, 1e9),
}


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the job routes. Reading a job, or its events, is an observation: the job moves on."""

    def get(call: Call) -> Job:
        job = account.jobs.get(call.params["job_id"])
        if job is None:
            raise no_job(call.params["job_id"])
        return job

    def create(call: Call) -> Reply:
        asked = object_of(call)
        model = asked.get("model")
        if not isinstance(model, str):
            raise invalid("you must provide a model parameter", "model")
        name = model if model in account.tuned else _tunable(model)
        training = _file(account, asked, "training_file")
        if training is None:
            raise invalid("you must provide a training_file parameter", "training_file")
        suffix = asked.get("suffix")
        if suffix is not None and not (isinstance(suffix, str) and len(suffix) <= 64):
            raise invalid("'suffix' must be a string of at most 64 characters", "suffix")
        seed = asked.get("seed")
        if seed is not None and not isinstance(seed, int):
            raise invalid(f"{seed!r} is not of type 'integer' - 'seed'", "seed")
        job = account.add_job(
            model=name,
            training=training,
            validation=_file(account, asked, "validation_file"),
            asked=_hyperparameters(asked),
            seed=seed,
            suffix=suffix,
            metadata=_metadata(asked.get("metadata")),
        )
        return Reply(job_body(job))

    def list_jobs(call: Call) -> Reply:
        wanted = {k[9:-1]: v for k, v in call.query.items() if k.startswith("metadata[") and k.endswith("]")}
        kept = [j for j in account.jobs.values() if wanted.items() <= (j.metadata or {}).items()]
        kept.sort(key=lambda job: (-job.timeline.begin, job.id))
        return Reply(page(call, kept, lambda job: job.id, job_body))

    def retrieve(call: Call) -> Reply:
        job = get(call)
        job.step()
        return Reply(job_body(job))

    def cancel(call: Call) -> Reply:
        job = get(call)
        if job.timeline.ended:
            raise invalid(f"Job has already completed: {job.id}", code="job_already_completed")
        job.cancel()
        return Reply(job_body(job))

    def events(call: Call) -> Reply:
        job = get(call)
        job.step()
        return Reply(page(call, job.events[::-1], lambda event: event.id, event_body))

    def checkpoints(call: Call) -> Reply:
        job = get(call)
        kept = [
            (f"ftckpt-{base62(account.ids.of('checkpoint', model_id), 24)}", model_id, checkpoint)
            for model_id, checkpoint in reversed(job.checkpoints.items())
        ]
        body = page(call, kept, lambda c: c[0], lambda c: checkpoint_body(job, c[1], c[2], c[0]))
        return Reply(body)

    routes.add("GET", "/fine_tuning/jobs/{job_id}", retrieve)
    routes.add("POST", "/fine_tuning/jobs", create)
    routes.add("GET", "/fine_tuning/jobs", list_jobs)
    routes.add("POST", "/fine_tuning/jobs/{job_id}/cancel", cancel)
    routes.add("GET", "/fine_tuning/jobs/{job_id}/events", events)
    routes.add("GET", "/fine_tuning/jobs/{job_id}/checkpoints", checkpoints)


def _tunable(model: str) -> str:
    base = find(model)
    if base is None:
        raise no_model(model)
    if not base.tunable:
        message = f"Model {model} is not available for fine-tuning or does not exist."
        raise refuse(400, message, param="model", code="model_not_available")
    return base.id


def _file(account: OpenAI, asked: dict[str, Any], param: str) -> File | None:
    file_id = asked.get(param)
    if file_id is None:
        return None
    file = account.files.get(file_id) if isinstance(file_id, str) else None
    if file is None:
        raise invalid(f"invalid {param}: {file_id}", param)
    if file.purpose != "fine-tune":
        raise invalid(f"invalid {param}: {file_id} has purpose {file.purpose!r}, not 'fine-tune'", param)
    return file


def _hyperparameters(asked: dict[str, Any]) -> dict[str, object]:
    """What was asked under `method.supervised`, or under the older `hyperparameters`."""
    method = mapping(asked.get("method"))
    hyper = mapping(asked.get("hyperparameters"))
    if method:
        if method.get("type") != "supervised":
            raise invalid(
                f"Fine-tuning method {method.get('type')!r} is not available for this model.", "method"
            )
        hyper = mapping(mapping(method.get("supervised")).get("hyperparameters"))
    chosen = {name: value for name, value in hyper.items() if value != "auto"}
    for name, value in chosen.items():
        if name not in _BOUNDS:
            raise invalid(
                f"Additional properties are not allowed ({name!r} was unexpected)", "hyperparameters"
            )
        low, high = _BOUNDS[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        whole = isinstance(value, int) or name == "learning_rate_multiplier"
        if not (number and whole and low <= value <= high):
            raise invalid(
                f"{value!r} is not a valid value - 'hyperparameters.{name}'", f"hyperparameters.{name}"
            )
    return chosen


def _metadata(metadata: object) -> dict[str, str] | None:
    if metadata is None:
        return None
    pairs = mapping(metadata)
    if (
        not isinstance(metadata, dict)
        or len(pairs) > 16
        or not all(isinstance(v, str) for v in pairs.values())
    ):
        raise invalid("'metadata' must be at most 16 pairs of strings", "metadata")
    return dict(pairs)
