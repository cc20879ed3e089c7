"""`tuningJobs`: create, list, read, cancel."""

from __future__ import annotations

from collections.abc import Iterator

from fakes.json_text import mapping
from fakes.routes import Call, Result, Routes
from fakes.vertex.account import Vertex
from fakes.vertex.errors import failed_precondition, not_found
from fakes.vertex.job_tables import LISTED_JOBS, TUNING_JOB
from fakes.vertex.paging import filtered, page, parent_of
from fakes.vertex.reading import EMPTY, STANDARD, Takes
from fakes.vertex.records import Job
from fakes.vertex.serialize import job_body
from fakes.vertex.validate import job_spec

__all__ = ["mount"]

_JOBS = "/{version}/projects/{project}/locations/{location}/tuningJobs"


def mount(routes: Routes, project: Vertex) -> None:
    """Add the tuning routes. Reading a job is an observation: it moves the job on."""
    jobs = _Jobs(project)
    routes.add("GET", _JOBS + "/{job}", jobs.retrieve, Takes(STANDARD))
    routes.add("POST", _JOBS, jobs.create, Takes(STANDARD, TUNING_JOB, "tuningJob"))
    routes.add("GET", _JOBS, jobs.list, Takes(LISTED_JOBS))
    routes.add("POST", _JOBS + "/{job}:cancel", jobs.cancel, Takes(STANDARD, EMPTY))


class _Jobs:
    def __init__(self, project: Vertex) -> None:
        self._project = project

    def create(self, call: Call) -> Result:
        spec = job_spec(call.sent, parent_of(call), self._project.registry, self._project.date.day)
        return Result(job_body(self._project.add_job(spec)))

    def list(self, call: Call) -> Result:
        parent, keep = parent_of(call), filtered(call.asked.get("filter", ""))
        listings = self._project.listings
        listings.begin("jobs", first="pageToken" not in call.asked)

        def kept() -> Iterator[Job]:
            for job in self._project.newest_jobs[parent]:
                job.observe(glance=True)
                if listings.shows("jobs", job.name) and keep(mapping(job.spec.echo.get("labels")), job.state):
                    yield job

        shown, token = page(call, kept(), lambda job: (job.timeline.begin, job.id))
        body: dict[str, object] = {"tuningJobs": [job_body(job) for job in shown]} if shown else {}
        return Result(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Result:
        job = self._get(call)
        job.observe()
        return Result(job_body(job))

    def cancel(self, call: Call) -> Result:
        job = self._get(call)
        if not job.cancel():
            raise failed_precondition(
                f"The TuningJob {job.name} is in state {job.state} and cannot be cancelled."
            )
        return Result({})

    def _get(self, call: Call) -> Job:
        name = f"{parent_of(call)}/tuningJobs/{call.params['job']}"
        if (job := self._project.jobs.get(name)) is None:
            raise not_found(f"The TuningJob does not exist: {name}")
        return job
