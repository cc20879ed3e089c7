"""How things look on OpenAI's wire.

Shapes follow recorded responses where there are any: a job that has not failed carries `"error": {}`, a file
`"status_details": null`, and the suffix is called `user_provided_suffix`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from fakes.learners import Checkpoint
from fakes.openai.errors import invalid
from fakes.openai.job import Event, Job
from fakes.openai.state import File
from fakes.routes import Call
from fakes.shape import is_mapping, parse

__all__ = ["checkpoint_body", "event_body", "file_body", "job_body", "object_of", "page"]

Item = TypeVar("Item")
_LARGEST_PAGE = 10_000


def object_of(call: Call) -> dict[str, Any]:
    """The request's JSON object, or the service's 400."""
    try:
        body = parse(call.body)
    except ValueError:
        body = None
    if not is_mapping(body):
        raise invalid("We could not parse the JSON body of your request.")
    return body


def page(
    call: Call,
    items: Iterable[Item],
    identify: Callable[[Item], str],
    show: Callable[[Item], object],
    *,
    limit: int = 20,
    ends: bool = True,
) -> object:
    """One page of a list: as many items as the query asks for (`limit` by itself) behind its `after`.

    `ends` tells whether the ids of the first and the last one are named: of jobs and events they are not.

    Raises:
        Refusal: 400 for a limit outside 1 to 10,000, or where nothing in the list is called as `after` says
            (no recording tells the service's words for that).
    """
    asked = call.query.get("limit", str(limit))
    if not re.fullmatch("[0-9]{1,5}", asked) or not 1 <= int(asked) <= _LARGEST_PAGE:
        raise invalid(f"Invalid 'limit': {asked!r} is not between 1 and {_LARGEST_PAGE}.", "limit")
    after, left = call.query.get("after"), iter(items)
    if after is not None and not any(identify(item) == after for item in left):
        raise invalid(f"Invalid 'after': there is no {after!r} in this list.", "after")
    shown = list(islice(left, int(asked)))
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
        "status": "uploaded" if file.fate else "processed",
        "status_details": None,
    }


def job_body(job: Job) -> dict[str, object]:
    """A fine-tuning job object. Hyperparameters are what was asked until validation decides on "auto".

    Generated tests hold answers to the specification, whose word for no error is null.
    """
    order, ready = job.order, job.ready
    hyper: dict[str, object] = {
        name: order.hyperparameters.get(name, "auto")
        for name in ("n_epochs", "batch_size", "learning_rate_multiplier")
    }
    if ready:
        hyper = {
            "n_epochs": ready.hyper.epochs,
            "batch_size": ready.hyper.batch_size,
            "learning_rate_multiplier": ready.hyper.rate,
        }
    beta = {"beta": order.hyperparameters.get("beta", "auto")} if order.method == "dpo" else {}
    finished = job.timeline.now if job.timeline.ended else None
    return {
        "object": "fine_tuning.job",
        "id": job.id,
        "model": order.model,
        "created_at": job.timeline.begin,
        "finished_at": finished,
        "fine_tuned_model": job.fine_tuned_model,
        "organization_id": job.account.organization,
        "result_files": job.result_files,
        "status": job.timeline.state,
        "validation_file": order.validation.id if order.validation else None,
        "training_file": order.training.id,
        "hyperparameters": hyper,
        "trained_tokens": job.trained_tokens,
        "error": job.error or ({} if job.account.made_up is None else None),
        "user_provided_suffix": order.suffix,
        "seed": job.seed,
        "estimated_finish": None,
        "integrations": list(order.integrations),
        "metadata": order.metadata,
        "method": {"type": order.method, order.method: {"hyperparameters": hyper | beta}},
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
