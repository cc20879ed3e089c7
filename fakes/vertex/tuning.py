"""`tuningJobs`: create, list, read, cancel."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from fakes.google import failed_precondition, invalid, not_found, object_of
from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping
from fakes.vertex.catalogue import MODELS
from fakes.vertex.state import Job, Vertex
from fakes.vertex.wire import job_body

__all__ = ["mount"]

_JOBS = "/{version}/projects/{project}/locations/{location}/tuningJobs"
_KEPT = ("baseModel", "supervisedTuningSpec", "tunedModelDisplayName", "description", "labels")


def mount(routes: Routes, project: Vertex) -> None:
    """Adds the tuning routes. Reading a job is an observation: the job moves on."""

    def get(call: Call) -> Job:
        name = f"{_parent(call)}/tuningJobs/{call.params['job']}"
        if (job := project.jobs.get(name)) is None:
            raise not_found(f"The TuningJob does not exist: {name}")
        return job

    def create(call: Call) -> Reply:
        asked = object_of(call)
        model = asked.get("baseModel")
        if model not in MODELS:
            raise not_found(f"Base model {model} is not found.")
        if not MODELS[model]:
            raise invalid(f"Base model {model} is not supported for tuning.")
        spec = asked.get("supervisedTuningSpec")
        if not isinstance(spec, dict):
            raise invalid(
                "Exactly one tuning spec must be set; supervisedTuningSpec is the one that is served."
            )
        fields = mapping(spec)
        hyper = mapping(fields.get("hyperParameters"))
        job = project.add_job(
            parent=_parent(call),
            asked={name: asked[name] for name in _KEPT if name in asked},
            base_model=model,
            training_uri=_uri(fields, "trainingDatasetUri") or "",
            validation_uri=_uri(fields, "validationDatasetUri"),
            epochs=_epochs(hyper.get("epochCount")),
            rate=_rate(hyper.get("learningRateMultiplier")),
            last_only=fields.get("exportLastCheckpointOnly") is True,
        )
        return Reply(job_body(job))

    def list_jobs(call: Call) -> Reply:
        parent = _parent(call)
        keep = _filter(call.query.get("filter", ""))
        kept = [job for job in project.jobs.values() if job.parent == parent and keep(job)]
        kept.sort(key=lambda job: (-job.timeline.begin, job.id))
        return Reply({"tuningJobs": [job_body(job) for job in kept]} if kept else {})

    def retrieve(call: Call) -> Reply:
        job = get(call)
        job.step()
        return Reply(job_body(job))

    def cancel(call: Call) -> Reply:
        job = get(call)
        if job.timeline.ended:
            raise failed_precondition(
                f"The TuningJob {job.name} is in state {job.timeline.state} and cannot be cancelled."
            )
        job.timeline.stop("JOB_STATE_CANCELLED")
        return Reply({})

    routes.add("GET", _JOBS + "/{job}", retrieve)
    routes.add("POST", _JOBS, create)
    routes.add("GET", _JOBS, list_jobs)
    routes.add("POST", _JOBS + "/{job}:cancel", cancel)


def _parent(call: Call) -> str:
    return f"projects/{call.params['project']}/locations/{call.params['location']}"


def _uri(spec: dict[str, Any], name: str) -> str | None:
    uri = spec.get(name)
    if uri is None and name.startswith("validation"):
        return None
    if not isinstance(uri, str) or not uri.startswith("gs://"):
        raise invalid(f"{name} must be a Cloud Storage URI such as gs://bucket/train.jsonl; it is {uri!r}.")
    return uri


def _epochs(value: object) -> int | None:
    if value is None:
        return None
    text = str(value)
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise invalid(f"epochCount must be a whole number from 1 to 100; it is {value!r}.")
    return int(text)


def _rate(value: object) -> float:
    if value is None:
        return 1.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        raise invalid(f"learningRateMultiplier must be a number above 0; it is {value!r}.")
    return float(value)


def _filter(text: str) -> Callable[[Job], bool]:
    """The filters that the service documents for labels and states: `labels.KEY="VALUE"`, `state="STATE"`."""
    found = re.fullmatch(r'(?:labels\.(?P<key>[\w-]+)|state)\s*=\s*"?(?P<value>[^"]*)"?|', text.strip())
    if found is None:
        raise invalid(f"Invalid filter: {text}")
    key, value = found["key"], found["value"]

    def keep(job: Job) -> bool:
        if key is not None:
            return mapping(job.asked.get("labels")).get(key) == value
        return value is None or job.timeline.state == value

    return keep
