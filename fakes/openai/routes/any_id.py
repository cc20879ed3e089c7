"""Routes that answer for ids that were never created: the object that a call names is created first.

So a client's generated tests, which name objects that nobody has created, find something. They also send
placeholder values: a page after an object that is not in the list, a limit of 0, a size of 0, an
invalid checksum. These are ignored.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from fakes.ids import base62
from fakes.json_text import compact, mapping, parse, sequence
from fakes.openai.account import OpenAI
from fakes.openai.catalogue import OPENAI
from fakes.openai.records import File, Job, JobSpec, Permission, Upload
from fakes.openai.routes.batches import add_batch
from fakes.openai.routes.chat import complete, keep
from fakes.openai.routes.jobs import Action, allowed
from fakes.routes import Admit, Call, Handler, Refusal, Result, Routes, Stamp, Unknown, request_of

__all__ = ["AnyIdRoutes", "MissingThings"]

_BASE = "gpt-4o-mini-2024-07-18"


_LINES = 10  # the minimum number of examples for the service


_ANNOUNCED = 1024  # bytes


class MissingThings:
    """Creates what an account lacks: a plausible object for any id, from the id alone.

    Created objects stay, and are created again if a call needs them in another state; objects that a client
    created itself are not changed.
    """

    def __init__(self, account: OpenAI, made: set[str]) -> None:
        self._account, self._made = account, made

    def file(self, file_id: str, purpose: str = "", endpoint: str = "/v1/chat/completions") -> File:
        """The file with that id; if a purpose is given, a file for it: of examples, or of requests."""
        file = self._account.files.get(file_id)
        if file is None or (file_id in self._made and purpose not in ("", file.purpose)):
            purpose = purpose or "fine-tune"
            content = _requests(endpoint) if purpose == "batch" else _examples()
            made = self._account.date.epoch + self._account.ids.of("file on demand", file_id) % 60
            file = File(file_id, f"{purpose}.jsonl", purpose, content, made)
            self._account.files[file_id] = file
            self._made.add(file_id)
        return file

    def job(self, job_id: str, action: Action | None = None, *, trained: bool = False) -> Job:
        """The job with that id; in a state that allows the action, and with checkpoints if `trained`."""
        job = self._account.jobs.get(job_id)
        fits = job is not None and (action is None or allowed(job, action))
        fits = fits and (not trained or bool(job and job.checkpoints))
        if job is None or (job_id in self._made and not fits):
            job = self._job(job_id, steps=3 if action is None else 2)
            if action == "resume":
                job.pause()
        return job

    def model(self, name: str) -> None:
        """A model with that name, which answers as a base model does."""
        if name not in OPENAI.models and name not in self._account.tuned:
            job, base = self.job(f"ftjob-{self._id('job', name)}"), self._account.model(_BASE)
            if base is not None:
                self._account.tuned[name] = (base, job)

    def permission(self, checkpoint: str, permission_id: str | None = None) -> None:
        """A permission with that id to use a checkpoint; without an id, any one if there is none yet."""
        self.model(checkpoint)
        granted = self._account.permissions.setdefault(checkpoint, {})
        if permission_id is None and not granted:
            permission_id = f"cp_{self._id('permission', checkpoint)}"
        if permission_id is not None and permission_id not in granted:
            project = f"proj_{self._id('project', permission_id)}"
            granted[permission_id] = Permission(permission_id, project, self._account.date.epoch)

    def batch(self, batch_id: str, *, cancellable: bool = False) -> None:
        """The batch with that id: completed, or in progress."""
        batch = self._account.batches.get(batch_id)
        ended = batch is not None and batch.timeline.state not in ("validating", "in_progress")
        if batch is None or (batch_id in self._made and cancellable and ended):
            source = self.file(f"file-{self._id('batch', batch_id)}", "batch")
            batch = add_batch(self._account, "/v1/chat/completions", source, batch_id=batch_id)
            for _ in range(1 if cancellable else 3):
                batch.step()
            self._made.add(batch_id)

    def completion(self, completion_id: str) -> None:
        """The stored chat completion with that id.

        It continues a message of the assistant: the client's type of a stored message has no other role.
        """
        if completion_id not in self._account.completions:
            said = {"role": "assistant", "content": "What is 1 and 1?"}
            payload: dict[str, object] = {"model": _BASE, "messages": [said]}
            made = complete(self._account, payload, completion_id.encode())
            keep(self._account, payload, {**made, "id": completion_id})

    def upload(self, upload_id: str) -> Upload:
        """The upload with that id, pending."""
        upload = self._account.uploads.get(upload_id)
        if upload is None or (upload_id in self._made and upload.status != "pending"):
            upload = Upload(upload_id, "upload.jsonl", "fine-tune", _ANNOUNCED, self._account.date.epoch)
            self._account.uploads[upload_id] = upload
            self._made.add(upload_id)
        return upload

    def parts(self, upload_id: str, part_ids: list[str]) -> None:
        """The upload with that id, with all these parts."""
        upload = self.upload(upload_id)
        if upload_id in self._made:
            for part_id in part_ids:
                upload.parts.setdefault(part_id, f"{part_id} of {upload_id}\n".encode())
            upload.size = sum(len(upload.parts[part_id]) for part_id in part_ids)

    def anything(self, kind: str) -> None:
        """An object of a kind (files, jobs, batches or completions), so that its list is not empty."""
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
        spec = JobSpec(
            model=_BASE,
            training=training,
            validation=None,
            hyperparameters={},
            seed=None,
            suffix=None,
            metadata=None,
        )
        if (before := account.jobs.get(job_id)) is not None:
            account.newest_jobs.remove(before.timeline.begin, job_id)
        job = account.begin_job(spec, account.ids.of("job on demand", job_id), job_id)
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


_LISTS = {
    "/files": "files",
    "/fine_tuning/jobs": "jobs",
    "/batches": "batches",
    "/chat/completions": "completions",
}


_ACTIONS: dict[str, Action] = {"cancel": "cancel", "pause": "pause", "resume": "resume"}


_GENERATING = ("/chat/completions", "/responses")


_PLACEHOLDERS = ("after", "limit")


class AnyIdRoutes(Routes):
    """The routes of an account that creates missing objects on demand."""

    def __init__(self, missing: MissingThings, unknown: Unknown, admit: Admit, stamp: Stamp) -> None:
        super().__init__(unknown, admit, stamp)
        self._missing = missing

    def add(self, method: str, template: str, handler: Handler, takes: object = None) -> None:
        """Mounts `handler`, behind the making of what a call to it names."""

        def handle(call: Call) -> Result:
            self._from_path(method, template, call.params)
            if method == "POST":
                call = self._from_body(template, call)
            if method == "POST":
                return _without_refused(handler, call)
            try:
                return handler(call)
            except Refusal as refusal:
                # a list is only read: requesting it again changes nothing
                if method != "GET" or _param(refusal) not in _PLACEHOLDERS:
                    raise
                return handler(_without_placeholders(call))

        super().add(method, template, handle, takes)

    def _from_path(self, method: str, template: str, params: Any) -> None:
        missing, last = self._missing, template.rpartition("/")[2]
        if method == "GET" and template in _LISTS:
            missing.anything(_LISTS[template])
        match {name: unquote(value) for name, value in params.items()}:
            case {"file_id": file_id}:
                missing.file(file_id)
            case {"job_id": job_id}:
                missing.job(job_id, _ACTIONS.get(last), trained=last == "checkpoints")
            case {"batch_id": batch_id}:
                missing.batch(batch_id, cancellable=last == "cancel")
            case {"upload_id": upload_id}:
                missing.upload(upload_id)
            case {"checkpoint": checkpoint, "permission_id": permission_id}:
                missing.permission(checkpoint, permission_id)
            case {"checkpoint": checkpoint}:
                missing.permission(checkpoint)
            case {"completion_id": completion_id}:
                missing.completion(completion_id)
            case {"model": model}:
                missing.model(model)
            case _:
                pass

    def _from_body(self, template: str, call: Call) -> Call:
        """Create what the body names; returns the call, with its placeholders replaced."""
        try:
            payload = mapping(parse(call.body))
        except ValueError:
            return call
        match template, payload:
            case "/fine_tuning/jobs", {"training_file": str()}:
                for name in ("training_file", "validation_file"):
                    if isinstance(payload.get(name), str):
                        self._missing.file(payload[name], "fine-tune")
            case "/batches", {"input_file_id": str(file_id)}:
                self._missing.file(file_id, "batch", str(payload.get("endpoint")))
            case "/uploads/{upload_id}/complete", {"part_ids": list()}:
                part_ids = [part_id for part_id in sequence(payload["part_ids"]) if isinstance(part_id, str)]
                self._missing.parts(call.params["upload_id"], part_ids)
            case path, {"model": str(model)} if path in _GENERATING:
                self._missing.model(model)
            case _:
                pass
        replaced = payload | _replacements(template, payload)
        return call if replaced == payload else _with_body(call, replaced)


def _replacements(template: str, payload: dict[str, Any]) -> dict[str, object]:
    """The replacements for a body's placeholders."""
    base, md5 = OPENAI.find(str(payload.get("model"))), payload.get("md5")
    if template == "/fine_tuning/jobs" and base:
        return {"model": base.id}  # tuning an alias tunes its snapshot
    if template == "/uploads" and payload.get("bytes") == 0:
        return {"bytes": 1}
    if template == "/uploads/{upload_id}/complete" and md5 and not re.fullmatch("[0-9a-f]{32}", str(md5)):
        return {"md5": None}
    return {}


_CODES = ("unsupported_parameter", "unsupported_value", "invalid_function_parameters")
_OF_TOOLS = ("tool_choice", "parallel_tool_calls", "function_call")
"""What makes no sense any more where the tools were refused."""


def _without_refused(handler: Handler, call: Call) -> Result:
    """Calls without what the tables refuse, one parameter after the other: generated tests send all
    that there is. What is wrong in itself is refused as ever.

    A refused request has changed nothing, so it can be made again.
    """
    while True:
        try:
            return handler(call)
        except Refusal as refusal:
            name = re.split(r"[.\[]", str(_param(refusal)))[0]
            try:
                payload = mapping(parse(call.body))
            except ValueError:
                raise refusal from None
            refused = _error(refusal).get("code") in _CODES or name in _OF_TOOLS
            if not refused or name not in payload or name in ("messages", "input"):
                raise
            call = _with_body(call, {key: value for key, value in payload.items() if key != name})


def _error(refusal: Refusal) -> dict[str, Any]:
    return mapping(mapping(refusal.result.body).get("error"))


def _param(refusal: Refusal) -> object:
    return _error(refusal).get("param")


def _with_body(call: Call, body: dict[str, Any]) -> Call:
    request = call.request
    return Call(request_of(request.method, str(request.url), request.headers.raw, compact(body)), call.params)


def _without_placeholders(call: Call) -> Call:
    request, url = call.request, call.request.url
    for name in _PLACEHOLDERS:
        url = url.copy_remove_param(name)
    return Call(request_of(request.method, str(url), request.headers.raw, call.body), call.params)
