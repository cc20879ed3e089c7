"""`/fine_tuning/jobs`: create, list, read, cancel, pause, resume, events, checkpoints."""

from __future__ import annotations

from fakes.ids import base62
from fakes.openai.asked import order_of
from fakes.openai.errors import no_job
from fakes.openai.job import Job
from fakes.openai.lifecycle import Action, act
from fakes.openai.state import OpenAI
from fakes.openai.wire import checkpoint_body, event_body, job_body, object_of, page
from fakes.routes import Call, Handler, Reply, Routes

__all__ = ["mount"]


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the job routes. Reading a job, or its events, is an observation: the job moves on."""
    jobs = _Jobs(account)
    routes.add("GET", "/fine_tuning/jobs/{job_id}", jobs.retrieve)
    routes.add("POST", "/fine_tuning/jobs", jobs.create)
    routes.add("GET", "/fine_tuning/jobs", jobs.list)
    routes.add("POST", "/fine_tuning/jobs/{job_id}/cancel", jobs.acting("cancel"))
    routes.add("POST", "/fine_tuning/jobs/{job_id}/pause", jobs.acting("pause"))
    routes.add("POST", "/fine_tuning/jobs/{job_id}/resume", jobs.acting("resume"))
    routes.add("GET", "/fine_tuning/jobs/{job_id}/events", jobs.events)
    routes.add("GET", "/fine_tuning/jobs/{job_id}/checkpoints", jobs.checkpoints)


class _Jobs:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call) -> Reply:
        return Reply(job_body(self._account.add_job(order_of(object_of(call), self._account))))

    def list(self, call: Call) -> Reply:
        wanted = {k[9:-1]: v for k, v in call.query.items() if k.startswith("metadata[") and k.endswith("]")}
        kept = (job for job in self._account.newest if wanted.items() <= (job.order.metadata or {}).items())
        return Reply(page(call, kept, lambda job: job.id, _glanced, ends=False))

    def retrieve(self, call: Call) -> Reply:
        job = self._get(call)
        job.observe()
        return Reply(job_body(job))

    def acting(self, action: Action) -> Handler:
        def handle(call: Call) -> Reply:
            job = self._get(call)
            act(job, action)
            return Reply(job_body(job))

        return handle

    def events(self, call: Call) -> Reply:
        job = self._get(call)
        job.observe()
        return Reply(page(call, job.events[::-1], lambda event: event.id, event_body, ends=False))

    def checkpoints(self, call: Call) -> Reply:
        job = self._get(call)
        ids = self._account.ids
        kept = [
            (f"ftckpt-{base62(ids.of('checkpoint', model_id), 24)}", model_id, checkpoint)
            for model_id, checkpoint in reversed(job.checkpoints.items())
        ]
        shown = page(call, kept, lambda c: c[0], lambda c: checkpoint_body(job, c[1], c[2], c[0]), limit=10)
        return Reply(shown)

    def _get(self, call: Call) -> Job:
        job = self._account.jobs.get(call.params["job_id"])
        if job is None:
            raise no_job(call.params["job_id"])
        return job


def _glanced(job: Job) -> dict[str, object]:
    job.observe(glance=True)
    return job_body(job)
