"""How things look on Vertex AI's wire: times in RFC 3339, int64 as strings, fields left out when unset."""

from __future__ import annotations

from typing import Any

from fakes.google import timestamp
from fakes.routes import Call
from fakes.shape import is_mapping, parse
from fakes.vertex.errors import invalid
from fakes.vertex.state import Job

__all__ = ["job_body", "object_of"]

_INVALID_ARGUMENT = 3


def object_of(call: Call) -> dict[str, Any]:
    """The request's JSON object, or a 400."""
    try:
        body = parse(call.body or b"{}")
    except ValueError:
        body = None
    if not is_mapping(body):
        raise invalid("Invalid JSON payload received.")
    return body


def job_body(job: Job) -> dict[str, object]:
    """A TuningJob resource."""
    line = job.timeline
    body: dict[str, object] = {
        "name": job.name,
        **job.order.echo,
        "createTime": timestamp(line.begin),
        "updateTime": timestamp(line.now),
        "state": line.state,
    }
    started = line.entered("JOB_STATE_RUNNING")
    if started is not None:
        body["startTime"] = timestamp(started)
    if line.ended:
        body["endTime"] = timestamp(line.now)
    if job.error:
        body["error"] = {"code": _INVALID_ARGUMENT, "message": job.error}
    if job.model_id:
        body["tunedModel"] = _tuned_model(job)
    if job.totals:
        examples, tokens = job.totals
        stats = {
            "tuningDatasetExampleCount": str(examples),
            "totalBillableTokenCount": str(tokens * job.order.epochs),
        }
        body["tuningDataStats"] = {"supervisedTuningDataStats": stats}
    return body


def _tuned_model(job: Job) -> dict[str, object]:
    body: dict[str, object] = {
        "model": f"{job.order.parent}/models/{job.model_id}@1",
        "endpoint": job.endpoints[-1].name,
    }
    if not job.order.last_only:
        body["checkpoints"] = [
            {
                "checkpointId": str(number),
                "epoch": str(endpoint.checkpoint.epoch),
                "step": str(endpoint.checkpoint.step),
                "endpoint": endpoint.name,
            }
            for number, endpoint in enumerate(job.endpoints, 1)
        ]
    return body
