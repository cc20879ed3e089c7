"""What an account does not have, made on demand: a plausible thing for any id, from the id alone.

So a client's generated tests, which name things that nobody has created, find something. What is made stays,
and is made anew when a call needs it in another state; what a client has created itself is left as it is.
"""

from __future__ import annotations

from fakes.ids import base62
from fakes.openai.batches import add_batch
from fakes.openai.catalogue import CATALOGUE
from fakes.openai.chat import complete
from fakes.openai.job import Job, Order
from fakes.openai.lifecycle import Action, allowed
from fakes.openai.permissions import Permission
from fakes.openai.state import File, OpenAI
from fakes.openai.stored import keep
from fakes.openai.uploads import Upload
from fakes.shape import compact
from fakes.timeline import EPOCH

__all__ = ["OnDemand"]

_BASE = "gpt-4o-mini-2024-07-18"
_LINES = 10  # the fewest examples that the service trains on
_ANNOUNCED = 1024  # bytes


class OnDemand:
    """Makes what is missing in an account."""

    def __init__(self, account: OpenAI, made: set[str]) -> None:
        self._account, self._made = account, made

    def file(self, file_id: str, purpose: str = "", endpoint: str = "/v1/chat/completions") -> File:
        """The file of that id; where a purpose is given, a file for it: of examples, or of requests."""
        file = self._account.files.get(file_id)
        if file is None or (file_id in self._made and purpose not in ("", file.purpose)):
            purpose = purpose or "fine-tune"
            content = _requests(endpoint) if purpose == "batch" else _examples()
            made = EPOCH + self._account.ids.of("file on demand", file_id) % 60
            file = File(file_id, f"{purpose}.jsonl", purpose, content, made)
            self._account.files[file_id] = file
            self._made.add(file_id)
        return file

    def job(self, job_id: str, action: Action | None = None, *, trained: bool = False) -> Job:
        """The job of that id; in a state in which the action is legal, and with checkpoints if `trained`."""
        job = self._account.jobs.get(job_id)
        fits = job is not None and (action is None or allowed(job, action))
        fits = fits and (not trained or bool(job and job.checkpoints))
        if job is None or (job_id in self._made and not fits):
            job = self._job(job_id, steps=3 if action is None else 2)
            if action == "resume":
                job.pause()
        return job

    def model(self, name: str) -> None:
        """A model of that name, which answers as a base model does."""
        if name not in CATALOGUE and name not in self._account.tuned:
            job, base = self.job(f"ftjob-{self._id('job', name)}"), self._account.model(_BASE)
            if base is not None:
                self._account.tuned[name] = (base, job)

    def permission(self, checkpoint: str, permission_id: str | None = None) -> None:
        """A permission of that id to use a checkpoint; without an id any, if there is none yet."""
        self.model(checkpoint)
        granted = self._account.permissions.setdefault(checkpoint, {})
        if permission_id is None and not granted:
            permission_id = f"cp_{self._id('permission', checkpoint)}"
        if permission_id is not None and permission_id not in granted:
            project = f"proj_{self._id('project', permission_id)}"
            granted[permission_id] = Permission(permission_id, project, EPOCH)

    def batch(self, batch_id: str, *, cancellable: bool = False) -> None:
        """The batch of that id: completed, or under way."""
        batch = self._account.batches.get(batch_id)
        ended = batch is not None and batch.timeline.state not in ("validating", "in_progress")
        if batch is None or (batch_id in self._made and cancellable and ended):
            source = self.file(f"file-{self._id('batch', batch_id)}", "batch")
            batch = add_batch(self._account, "/v1/chat/completions", source, batch_id=batch_id)
            for _ in range(1 if cancellable else 3):
                batch.step()
            self._made.add(batch_id)

    def completion(self, completion_id: str) -> None:
        """The stored chat completion of that id.

        It goes on from a message of the assistant: the client's type of a stored message knows no other role.
        """
        if completion_id not in self._account.completions:
            said = {"role": "assistant", "content": "What is 1 and 1?"}
            asked: dict[str, object] = {"model": _BASE, "messages": [said]}
            made = complete(self._account, asked, completion_id.encode())
            keep(self._account, asked, {**made, "id": completion_id})

    def upload(self, upload_id: str) -> Upload:
        """The upload of that id, pending."""
        upload = self._account.uploads.get(upload_id)
        if upload is None or (upload_id in self._made and upload.status != "pending"):
            upload = Upload(upload_id, "upload.jsonl", "fine-tune", _ANNOUNCED, EPOCH)
            self._account.uploads[upload_id] = upload
            self._made.add(upload_id)
        return upload

    def parts(self, upload_id: str, part_ids: list[str]) -> None:
        """The upload of that id, of which all these parts have arrived."""
        upload = self.upload(upload_id)
        if upload_id in self._made:
            for part_id in part_ids:
                upload.parts.setdefault(part_id, f"{part_id} of {upload_id}\n".encode())
            upload.size = sum(len(upload.parts[part_id]) for part_id in part_ids)

    def anything(self, kind: str) -> None:
        """Something of a kind (files, jobs, batches or completions), so that its list is not empty."""
        match kind:
            case "files" if not self._account.files:
                self.file(f"file-{self._id('file')}")
            case "jobs" if not self._account.jobs:
                self.job(f"ftjob-{self._id('job')}")
            case "batches" if not self._account.batches:
                self.batch(f"batch_{self._id('batch')}")
            case "completions" if not self._account.completions:
                self.completion(f"chatcmpl-{self._id('completion')}")
            case _:
                pass

    def _job(self, job_id: str, steps: int) -> Job:
        account = self._account
        training = self.file(f"file-{self._id('training file', job_id)}", "fine-tune")
        order = Order(
            model=_BASE,
            training=training,
            validation=None,
            hyperparameters={},
            seed=None,
            suffix=None,
            metadata=None,
        )
        if (before := account.jobs.get(job_id)) is not None:
            account.newest.remove(before.timeline.begin, job_id)
        job = account.begin_job(order, account.ids.of("job on demand", job_id), job_id)
        for _ in range(steps):
            job.step()
        self._made.add(job_id)
        return job

    def _id(self, kind: str, *content: str) -> str:
        return base62(self._account.ids.of(f"{kind} on demand", *content), 24)


def _examples() -> bytes:
    pairs = ((f"What is {n} and {n}?", f"{2 * n}") for n in range(_LINES))
    return b"".join(
        compact({"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]}) + b"\n"
        for q, a in pairs
    )


def _requests(endpoint: str) -> bytes:
    said = [{"role": "user", "content": "What is 1 and 1?"}]
    body = {"model": _BASE, "input" if endpoint == "/v1/responses" else "messages": said}
    return compact({"custom_id": "1", "method": "POST", "url": endpoint, "body": body}) + b"\n"
