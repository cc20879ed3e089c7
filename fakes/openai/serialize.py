"""The JSON form of OpenAI's resources: objects, pages of lists, and the headers of every response.

Formats follow recorded responses if there are any: a job that has not failed has `"error": {}`, a file
`"status_details": null`, and the suffix is called `user_provided_suffix`. The headers are those of recordings
from 2023 and 2024, from which `openai-organization` and `x-request-id` were removed; the SDK shows the latter
as `_request_id`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from itertools import islice
from typing import TypeVar

import httpx

from fakes.learners import Checkpoint
from fakes.multipart import without_boundary
from fakes.openai.account import OpenAI
from fakes.openai.errors import invalid
from fakes.openai.records import Batch, Event, File, Job, Permission, Upload
from fakes.routes import Call, Headers, Stamp

__all__ = [
    "batch_body",
    "checkpoint_body",
    "event_body",
    "file_body",
    "job_body",
    "page",
    "permission_body",
    "stamp",
    "upload_body",
]

Listed = TypeVar("Listed")


_LARGEST_PAGE = 10_000


def page(
    call: Call,
    items: Iterable[Listed],
    identify: Callable[[Listed], str],
    show: Callable[[Listed], object],
    *,
    limit: int = 20,
    ends: bool = True,
) -> object:
    """One page of a list: the number of items that the query asks for (default `limit`) after its `after`.

    `ends` adds the ids of the first and the last item; lists of jobs and events do not have them.

    Raises:
        Refusal: 400 for a limit outside 1 to 10,000, or if no item of the list has the id in `after`
            (no recording has the service's words for that).
    """
    given = call.query.get("limit", str(limit))
    if not re.fullmatch("[0-9]{1,5}", given) or not 1 <= int(given) <= _LARGEST_PAGE:
        raise invalid(f"Invalid 'limit': {given!r} is not between 1 and {_LARGEST_PAGE}.", "limit")
    after, left = call.query.get("after"), iter(items)
    if after is not None and not any(identify(item) == after for item in left):
        raise invalid(f"Invalid 'after': there is no {after!r} in this list.", "after")
    shown = list(islice(left, int(given)))
    named = {"first_id": identify(shown[0]), "last_id": identify(shown[-1])} if shown and ends else {}
    return {
        "object": "list",
        "data": [show(item) for item in shown],
        **named,
        "has_more": any(True for _ in islice(left, 1)),
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
        "expires_at": None if file.seconds is None else file.created_at + file.seconds,
        "status": "uploaded" if file.failure else "processed",
        "status_details": None,
    }


def job_body(account: OpenAI, job: Job) -> dict[str, object]:
    """A fine-tuning job object. Hyperparameters are as requested until validation chooses values for "auto".

    Generated tests compare responses with the specification, in which the value for no error is null.
    """
    spec, ready = job.spec, job.input
    hyper: dict[str, object] = {
        name: spec.hyperparameters.get(name, "auto")
        for name in ("n_epochs", "batch_size", "learning_rate_multiplier")
    }
    if ready:
        hyper = {
            "n_epochs": ready.hyper.epochs,
            "batch_size": ready.hyper.batch_size,
            "learning_rate_multiplier": ready.hyper.rate,
        }
    beta = {"beta": spec.hyperparameters.get("beta", "auto")} if spec.method == "dpo" else {}
    finished = job.timeline.now if job.timeline.ended else None
    return {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": spec.model,
        "created_at": job.timeline.begin,
        "finished_at": finished,
        "fine_tuned_model": job.fine_tuned_model,
        "organization_id": account.organization,
        "result_files": job.result_files,
        "status": job.timeline.state,
        "validation_file": spec.validation.id if spec.validation else None,
        "training_file": spec.training.id,
        "hyperparameters": hyper,
        "trained_tokens": job.trained_tokens,
        "error": job.error or ({} if account.made_up is None else None),
        "user_provided_suffix": spec.suffix,
        "seed": job.seed,
        "estimated_finish": None,
        "integrations": list(spec.integrations),
        "metadata": spec.metadata,
        "method": {"type": spec.method, spec.method: {"hyperparameters": hyper | beta}},
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
    """A checkpoint object; validation metrics only if there was a validation file."""
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


_BATCH_STATES = (
    "in_progress",
    "finalizing",
    "completed",
    "failed",
    "expired",
    "cancelling",
    "cancelled",
)
_DAY = 86_400


def batch_body(batch: Batch) -> dict[str, object]:
    """A batch object."""
    begin = batch.times["validating"]
    errors = [error._asdict() for error in batch.errors]
    # the model and the usage are younger than the recordings: absent until they are known, as specified
    later = {"model": batch.model, "usage": batch.usage}
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "errors": {"object": "list", "data": errors} if errors else None,
        "input_file_id": batch.source.id,
        "completion_window": "24h",
        "status": batch.timeline.state,
        "output_file_id": batch.output.id if batch.output else None,
        "error_file_id": batch.error_file.id if batch.error_file else None,
        "created_at": begin,
        **{f"{state}_at": batch.times.get(state) for state in _BATCH_STATES},
        "expires_at": begin + _DAY,
        "request_counts": batch.counts,
        "metadata": batch.metadata,
        **{name: value for name, value in later.items() if value is not None},
    }


_UPLOAD_SECONDS = 3600


def upload_body(upload: Upload) -> dict[str, object]:
    """An upload object."""
    return {
        "id": upload.id,
        "object": "upload",
        "bytes": upload.size,
        "created_at": upload.created_at,
        "filename": upload.filename,
        "purpose": upload.purpose,
        "status": upload.status,
        "expires_at": upload.created_at + _UPLOAD_SECONDS,
        "file": file_body(upload.file) if upload.file else None,
    }


def permission_body(permission: Permission) -> dict[str, object]:
    """A checkpoint permission object."""
    return {
        "object": "checkpoint.permission",
        "id": permission.id,
        "created_at": permission.created_at,
        "project_id": permission.project_id,
    }


_VERSION = (b"openai-version", b"2020-10-01")


def stamp(account: OpenAI) -> Stamp:
    """The headers of the response to a request."""
    # started once, and faster than an id of the world: this is done for every call
    begun = blake2b(f"{account.seed} request".encode(), digest_size=16)
    organization = (b"openai-organization", account.organization.encode())

    def headers(request: httpx.Request) -> Headers:
        digest = begun.copy()
        digest.update(request.method.encode() + request.url.raw_path + b"\n")
        for piece in without_boundary(request.headers.get("content-type", ""), request.content):
            digest.update(piece)
        found = digest.hexdigest()
        return (
            (b"x-request-id", f"req_{found}".encode()),
            (b"openai-processing-ms", b"%d" % (40 + ord(found[0]))),
            _VERSION,
            organization,
        )

    return headers
