"""How things look on OpenAI's wire.

Shapes follow recorded responses where there are any: a job that has not failed carries `"error": {}`, a file
`"status_details": null`, and the suffix is called `user_provided_suffix`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from fakes.learners import Checkpoint
from fakes.openai.errors import invalid
from fakes.openai.state import Event, File, Job
from fakes.routes import Call

__all__ = ["checkpoint_body", "event_body", "file_body", "job_body", "object_of", "page"]

Item = TypeVar("Item")


def object_of(call: Call) -> dict[str, Any]:
    """The request's JSON object, or the service's 400."""
    try:
        body: object = json.loads(call.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("We could not parse the JSON body of your request.")
    return cast("dict[str, Any]", body)


def page(
    call: Call, items: Sequence[Item], identify: Callable[[Item], str], show: Callable[[Item], object]
) -> object:
    """One page of a list: `limit` items (20, at most 10,000) behind the one named by `after`."""
    limit = call.query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 10_000:
        raise invalid(f"Invalid 'limit': {limit!r} is not between 1 and 10000.", "limit")
    after = call.query.get("after")
    start = 0
    if after is not None:
        start = next((i + 1 for i, item in enumerate(items) if identify(item) == after), len(items))
    shown = items[start : start + int(limit)]
    return {
        "object": "list",
        "data": [show(item) for item in shown],
        "first_id": identify(shown[0]) if shown else None,
        "last_id": identify(shown[-1]) if shown else None,
        "has_more": start + len(shown) < len(items),
    }


def file_body(file: File) -> dict[str, object]:
    """A file object."""
    return {
        "object": "file",
        "id": file.id,
        "purpose": file.purpose,
        "filename": file.filename,
        "bytes": len(file.content),
        "created_at": file.created_at,
        "expires_at": None,
        "status": "processed",
        "status_details": None,
    }


def job_body(job: Job) -> dict[str, object]:
    """A fine-tuning job object. Hyperparameters are what was asked until validation decides on "auto"."""
    hyper: dict[str, object] = {
        name: job.asked.get(name, "auto") for name in ("n_epochs", "batch_size", "learning_rate_multiplier")
    }
    if job.ready:
        decided = job.ready.hyper
        hyper = {
            "n_epochs": decided.epochs,
            "batch_size": decided.batch_size,
            "learning_rate_multiplier": decided.rate,
        }
    finished = job.timeline.now if job.timeline.ended else None
    return {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": job.model,
        "created_at": job.timeline.begin,
        "finished_at": finished,
        "fine_tuned_model": job.fine_tuned_model,
        "organization_id": job.account.organization,
        "result_files": job.result_files,
        "status": job.timeline.state,
        "validation_file": job.validation_file,
        "training_file": job.training_file,
        "hyperparameters": hyper,
        "trained_tokens": job.trained_tokens,
        "error": job.error or {},
        "user_provided_suffix": job.suffix,
        "seed": job.seed,
        "estimated_finish": None,
        "integrations": [],
        "metadata": job.metadata,
        "usage_metrics": None,
        "shared_with_openai": False,
        "method": {"type": "supervised", "supervised": {"hyperparameters": hyper}},
    }


def event_body(event: Event) -> dict[str, object]:
    """A line of a job's log."""
    return {
        "object": "fine_tuning.job.event",
        "id": event.id,
        "created_at": event.created_at,
        "level": event.level,
        "message": event.message,
        "data": event.data or {},
        "type": event.kind,
    }


def checkpoint_body(job: Job, model_id: str, checkpoint: Checkpoint, checkpoint_id: str) -> dict[str, object]:
    """A checkpoint object; validation metrics only where there was a validation file."""
    metrics: dict[str, object] = {
        "step": checkpoint.step,
        "train_loss": checkpoint.train_loss,
        "train_mean_token_accuracy": checkpoint.train_accuracy,
    }
    if checkpoint.valid_loss is not None:
        metrics |= {
            "full_valid_loss": checkpoint.valid_loss,
            "full_valid_mean_token_accuracy": checkpoint.valid_accuracy,
        }
    return {
        "object": "fine_tuning.job.checkpoint",
        "id": checkpoint_id,
        "created_at": job.timeline.now,
        "fine_tuned_model_checkpoint": model_id,
        "fine_tuning_job_id": job.id,
        "step_number": checkpoint.step,
        "metrics": metrics,
    }
