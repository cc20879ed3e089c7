"""`/fine_tuning/jobs`: create, list, read, cancel, pause, resume, events, checkpoints.

Which action is allowed in which state of a job is a table of states and the three actions. The specification
(`/fine_tuning/jobs/{id}/cancel`, `/pause`, `/resume`) names the actions without conditions, and has no status
for a paused job: it shows the status in which it was paused. No recording has the service's wording for an
action in the wrong state, except for a job that has ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from fakes.ids import Ids, base62
from fakes.learners import Checkpoint
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import invalid, no_job
from fakes.openai.records import Job, JobSpec
from fakes.openai.serialize import checkpoint_body, event_body, job_body, page, shown_yet, without_metadata
from fakes.openai.tables.others import JOB, JOBS, PAGE, job_table
from fakes.openai.validate import job_spec
from fakes.parameters import NOTHING, Table
from fakes.routes import Call, Handler, Result

__all__ = ["Action", "JobForm", "allowed", "mount", "requested"]

Action = Literal["cancel", "pause", "resume"]


_ALLOWED = ("", "")


_ENDED = ("Job has already completed: {id}", "job_already_completed")


_EARLY = ("Job cannot be paused while its files are being validated: {id}", "job_not_pausable")


_PAUSED = ("Job is already paused: {id}", "job_already_paused")


_GOING = ("Job is not paused: {id}", "job_not_paused")


_TABLE: dict[str, dict[Action, tuple[str, str]]] = {
    "validating_files": {"cancel": _ALLOWED, "pause": _EARLY, "resume": _GOING},
    "queued": {"cancel": _ALLOWED, "pause": _ALLOWED, "resume": _GOING},
    "running": {"cancel": _ALLOWED, "pause": _ALLOWED, "resume": _GOING},
    "paused": {"cancel": _ALLOWED, "pause": _PAUSED, "resume": _ALLOWED},
    "succeeded": {"cancel": _ENDED, "pause": _ENDED, "resume": _ENDED},
    "failed": {"cancel": _ENDED, "pause": _ENDED, "resume": _ENDED},
    "cancelled": {"cancel": _ENDED, "pause": _ENDED, "resume": _ENDED},
}
"""For each state and action: `_ALLOWED`, or the message and the code of the refusal."""


def allowed(job: Job, action: Action) -> bool:
    """Whether the action is allowed in the job's state."""
    return _refusal(job, action) == _ALLOWED


def _act(job: Job, action: Action) -> None:
    """Perform the action.

    Raises:
        Refusal: 400, the job's state does not allow it.
    """
    job.observe(glance=True)
    message, code = _refusal(job, action)
    if message:
        raise invalid(message.format(id=job.id), code=code)
    match action:
        case "cancel":
            job.cancel()
        case "pause":
            job.pause()
        case "resume":
            job.resume()


def _refusal(job: Job, action: Action) -> tuple[str, str]:
    return _TABLE["paused" if job.timeline.held else job.timeline.state][action]


def requested(account: OpenAI, payload: dict[str, Any]) -> JobSpec:
    """The job that a client's JSON object requests of an account."""
    return job_spec(payload, account.files, account.tuned, account.date.day, account.catalogue)


def _named(ids: Ids, model_id: str) -> str:
    return f"ftckpt-{base62(ids.of('checkpoint', model_id), 24)}"


class JobForm(NamedTuple):
    """How a service reads and shows jobs; by default as OpenAI does.

    Attributes:
        takes: the table of what a creation takes.
        filters: the table of what a list takes.
        actions: what can be done with a job.
        read: the request of a client's JSON object.
        show: the JSON object of a job.
        checkpoint_id: the id of a checkpoint, by the name of its model.
        checkpoint: the JSON object of a checkpoint.
    """

    takes: Table = JOB
    filters: Table = JOBS
    actions: tuple[Action, ...] = ("cancel", "pause", "resume")
    read: Callable[[OpenAI, dict[str, Any]], JobSpec] = requested
    show: Callable[[OpenAI, Job], dict[str, object]] = job_body
    checkpoint_id: Callable[[Ids, str], str] = _named
    checkpoint: Callable[[Job, str, Checkpoint, str], dict[str, object]] = checkpoint_body


_AS_OPENAI = JobForm()


def mount(endpoints: Endpoints, account: OpenAI, form: JobForm = _AS_OPENAI) -> None:
    """Adds the job routes. Reading a job, or its events, is an observation: the job moves on."""
    if account.catalogue.more:
        form = form._replace(takes=job_table(*account.catalogue.more))
    jobs, path = _Jobs(account, form), "/fine_tuning/jobs/{job_id}"
    endpoints.add("GET", path, jobs.retrieve, query=NOTHING)
    endpoints.add_json("POST", "/fine_tuning/jobs", jobs.create, query=NOTHING, body=form.takes)
    endpoints.add("GET", "/fine_tuning/jobs", jobs.list, query=form.filters)
    for action in form.actions:
        endpoints.add("POST", f"{path}/{action}", jobs.acting(action), query=NOTHING)
    endpoints.add("GET", path + "/events", jobs.events, query=PAGE)
    endpoints.add("GET", path + "/checkpoints", jobs.checkpoints, query=PAGE)


class _Jobs:
    def __init__(self, account: OpenAI, form: JobForm) -> None:
        self._account, self._form = account, form

    def create(self, call: Call, payload: dict[str, Any]) -> Result:
        del call
        return Result(self._body(self._account.add_job(self._form.read(self._account, payload))))

    def list(self, call: Call) -> Result:
        wanted = {k[9:-1]: v for k, v in call.query.items() if k.startswith("metadata[") and k.endswith("]")}
        if self._account.listings.behaviour.lacks_metadata:
            wanted = {}
        jobs = shown_yet(call, self._account.listings, "jobs", self._account.newest_jobs, lambda job: job.id)
        kept = (job for job in jobs if wanted.items() <= (job.spec.metadata or {}).items())
        return Result(page(call, kept, lambda job: job.id, self._glance, ends=False))

    def retrieve(self, call: Call) -> Result:
        job = self._get(call)
        job.observe()
        return Result(self._body(job))

    def acting(self, action: Action) -> Handler:
        def handle(call: Call) -> Result:
            job = self._get(call)
            _act(job, action)
            return Result(self._body(job))

        return handle

    def events(self, call: Call) -> Result:
        job = self._get(call)
        job.observe()
        return Result(page(call, job.events[::-1], lambda event: event.id, event_body, ends=False))

    def checkpoints(self, call: Call) -> Result:
        job = self._get(call)
        ids, form = self._account.ids, self._form
        kept = [
            (form.checkpoint_id(ids, model_id), model_id, checkpoint)
            for model_id, checkpoint in reversed(job.checkpoints.items())
        ]
        shown = page(call, kept, lambda c: c[0], lambda c: form.checkpoint(job, c[1], c[2], c[0]), limit=10)
        return Result(shown)

    def _get(self, call: Call) -> Job:
        job = self._account.jobs.get(call.params["job_id"])
        if job is None:
            raise no_job(call.params["job_id"])
        return job

    def _glance(self, job: Job) -> dict[str, object]:
        job.observe(glance=True)
        return self._body(job)

    def _body(self, job: Job) -> dict[str, object]:
        return without_metadata(self._account, self._form.show(self._account, job))
