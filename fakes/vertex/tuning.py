"""`tuningJobs`: create, list, read, cancel."""

from __future__ import annotations

import re
from collections.abc import Callable

from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping
from fakes.vertex.asked import order_of, whole
from fakes.vertex.errors import failed_precondition, invalid, not_found
from fakes.vertex.state import Job, Vertex
from fakes.vertex.wire import job_body, object_of

__all__ = ["mount"]

_JOBS = "/{version}/projects/{project}/locations/{location}/tuningJobs"
_LARGEST_PAGE = 100


def mount(routes: Routes, project: Vertex) -> None:
    """Adds the tuning routes. Reading a job is an observation: the job moves on."""
    jobs = _Jobs(project)
    routes.add("GET", _JOBS + "/{job}", jobs.retrieve)
    routes.add("POST", _JOBS, jobs.create)
    routes.add("GET", _JOBS, jobs.list)
    routes.add("POST", _JOBS + "/{job}:cancel", jobs.cancel)


class _Jobs:
    def __init__(self, project: Vertex) -> None:
        self._project = project

    def create(self, call: Call) -> Reply:
        return Reply(job_body(self._project.add_job(order_of(object_of(call), _parent(call)))))

    def list(self, call: Call) -> Reply:
        parent, keep = _parent(call), _filter(call.query.get("filter", ""))
        for job in self._project.jobs.values():
            job.observe(glance=True)
        kept = sorted(
            (job for job in self._project.jobs.values() if job.order.parent == parent and keep(job)),
            key=_newest_first,
        )
        if token := call.query.get("pageToken"):
            last = self._project.jobs.get(f"{parent}/tuningJobs/{token}")
            if last is None:
                raise invalid(f"Invalid page token: {token}")
            kept = [job for job in kept if _newest_first(job) > _newest_first(last)]
        shown = kept[: _page_size(call)]
        body: dict[str, object] = {"tuningJobs": [job_body(job) for job in shown]} if shown else {}
        return Reply(body | ({"nextPageToken": shown[-1].id} if len(shown) < len(kept) else {}))

    def retrieve(self, call: Call) -> Reply:
        job = self._get(call)
        job.observe()
        return Reply(job_body(job))

    def cancel(self, call: Call) -> Reply:
        job = self._get(call)
        if not job.timeline.stop("JOB_STATE_CANCELLED"):
            state = job.timeline.state
            raise failed_precondition(
                f"The TuningJob {job.name} is in state {state} and cannot be cancelled."
            )
        return Reply({})

    def _get(self, call: Call) -> Job:
        name = f"{_parent(call)}/tuningJobs/{call.params['job']}"
        if (job := self._project.jobs.get(name)) is None:
            raise not_found(f"The TuningJob does not exist: {name}")
        return job


def _parent(call: Call) -> str:
    return f"projects/{call.params['project']}/locations/{call.params['location']}"


def _newest_first(job: Job) -> tuple[int, str]:
    return -job.timeline.begin, job.id


def _page_size(call: Call) -> int:
    """As many as `pageSize` asks for, and no more than a page holds; a full page where it is 0 or missing."""
    asked = call.query.get("pageSize", "0")
    refusal = invalid(f"pageSize must be a whole number of 0 or more; it is {asked!r}.")
    size = whole(asked, refusal)
    if size < 0:
        raise refusal
    return min(size or _LARGEST_PAGE, _LARGEST_PAGE)


def _filter(text: str) -> Callable[[Job], bool]:
    """The filters that the service documents for labels and states: `labels.KEY="VALUE"`, `state="STATE"`."""
    found = re.fullmatch(r'(?:labels\.(?P<key>[\w-]+)|state)\s*=\s*"?(?P<value>[^"]*)"?|', text.strip())
    if found is None:
        raise invalid(f"Invalid filter: {text}")
    key, value = found["key"], found["value"]

    def keep(job: Job) -> bool:
        if key is not None:
            return mapping(job.order.echo.get("labels")).get(key) == value
        return value is None or job.timeline.state == value

    return keep
