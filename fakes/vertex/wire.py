"""How things look on Vertex AI's wire: times in RFC 3339, int64 as strings, fields left out when unset."""

from __future__ import annotations

from typing import Any

from fakes.google import timestamp
from fakes.routes import Call
from fakes.shape import is_mapping, parse
from fakes.vertex.errors import invalid
from fakes.vertex.registry import Version
from fakes.vertex.state import Job

__all__ = ["job_body", "object_of"]


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
        body["error"] = job.error
    if job.version:
        body["tunedModel"] = _tuned_model(job, job.version)
    if job.stats:
        body["tuningDataStats"] = {"supervisedTuningDataStats": job.stats}
    return body


def _tuned_model(job: Job, version: Version) -> dict[str, object]:
    body: dict[str, object] = {
        "model": version.full_name,
        "endpoint": job.endpoints[-1].name,
    }
    if not job.order.last_only:
        body["checkpoints"] = [
            {
                "checkpointId": endpoint.checkpoint_id,
                "epoch": str(endpoint.checkpoint.epoch),
                "step": str(endpoint.checkpoint.step),
                "endpoint": endpoint.name,
            }
            for endpoint in job.endpoints
        ]
    return body
