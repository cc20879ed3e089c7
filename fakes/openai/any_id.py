"""Routes that answer for ids that were never created: what a call names is made before it is answered.

Generated tests also send placeholders in place of values: a page behind a thing that is not in the list, a
limit of 0, a size of 0, a checksum that is none. These are passed over.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from fakes.openai.catalogue import find
from fakes.openai.lifecycle import Action
from fakes.openai.on_demand import OnDemand
from fakes.routes import Admit, Call, Handler, Refusal, Reply, Routes, Stamp, Unknown, request_of
from fakes.shape import compact, mapping, parse, sequence

__all__ = ["AnyIdRoutes"]

_LISTS = {
    "/files": "files",
    "/fine_tuning/jobs": "jobs",
    "/batches": "batches",
    "/chat/completions": "completions",
}
_ACTIONS: dict[str, Action] = {"cancel": "cancel", "pause": "pause", "resume": "resume"}
_ASKING = ("/chat/completions", "/responses")
_PLACEHOLDERS = ("after", "limit")


class AnyIdRoutes(Routes):
    """The routes of an account in which what is missing is made on demand."""

    def __init__(self, demand: OnDemand, unknown: Unknown, admit: Admit, stamp: Stamp) -> None:
        super().__init__(unknown, admit, stamp)
        self._demand = demand

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Mounts `handler`, behind the making of what a call to it names."""

        def handle(call: Call) -> Reply:
            self._from_path(method, template, call.params)
            if method == "POST":
                call = self._from_body(template, call)
            try:
                return handler(call)
            except Refusal as refusal:
                # a list is read: to ask for it again changes nothing
                if method != "GET" or _param(refusal) not in _PLACEHOLDERS:
                    raise
                return handler(_without_placeholders(call))

        super().add(method, template, handle)

    def _from_path(self, method: str, template: str, params: Any) -> None:
        demand, last = self._demand, template.rpartition("/")[2]
        if method == "GET" and template in _LISTS:
            demand.anything(_LISTS[template])
        match {name: unquote(value) for name, value in params.items()}:
            case {"file_id": file_id}:
                demand.file(file_id)
            case {"job_id": job_id}:
                demand.job(job_id, _ACTIONS.get(last), trained=last == "checkpoints")
            case {"batch_id": batch_id}:
                demand.batch(batch_id, cancellable=last == "cancel")
            case {"upload_id": upload_id}:
                demand.upload(upload_id)
            case {"checkpoint": checkpoint, "permission_id": permission_id}:
                demand.permission(checkpoint, permission_id)
            case {"checkpoint": checkpoint}:
                demand.permission(checkpoint)
            case {"completion_id": completion_id}:
                demand.completion(completion_id)
            case {"model": model}:
                demand.model(model)
            case _:
                pass

    def _from_body(self, template: str, call: Call) -> Call:
        """Makes what the body names; the call, without what cannot be meant."""
        try:
            asked = mapping(parse(call.body))
        except ValueError:
            return call
        match template, asked:
            case "/fine_tuning/jobs", {"training_file": str()}:
                for name in ("training_file", "validation_file"):
                    if isinstance(asked.get(name), str):
                        self._demand.file(asked[name], "fine-tune")
            case "/batches", {"input_file_id": str(file_id)}:
                self._demand.file(file_id, "batch", str(asked.get("endpoint")))
            case "/uploads/{upload_id}/complete", {"part_ids": list()}:
                part_ids = [part_id for part_id in sequence(asked["part_ids"]) if isinstance(part_id, str)]
                self._demand.parts(call.params["upload_id"], part_ids)
            case path, {"model": str(model)} if path in _ASKING:
                self._demand.model(model)
            case _:
                pass
        meant = asked | _meant(template, asked)
        return call if meant == asked else _with_body(call, meant)


def _meant(template: str, asked: dict[str, Any]) -> dict[str, object]:
    """What takes the place of a body's placeholders."""
    base, md5 = find(str(asked.get("model"))), asked.get("md5")
    if template == "/fine_tuning/jobs" and base:
        return {"model": base.id}  # an alias is tuned as its snapshot
    if template == "/uploads" and asked.get("bytes") == 0:
        return {"bytes": 1}
    if template == "/uploads/{upload_id}/complete" and md5 and not re.fullmatch("[0-9a-f]{32}", str(md5)):
        return {"md5": None}
    return {}


def _param(refusal: Refusal) -> object:
    return mapping(mapping(refusal.reply.body).get("error")).get("param")


def _with_body(call: Call, body: dict[str, Any]) -> Call:
    request = call.request
    return Call(request_of(request.method, str(request.url), request.headers.raw, compact(body)), call.params)


def _without_placeholders(call: Call) -> Call:
    request, url = call.request, call.request.url
    for name in _PLACEHOLDERS:
        url = url.copy_remove_param(name)
    return Call(request_of(request.method, str(url), request.headers.raw, call.body), call.params)
