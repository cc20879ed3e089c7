"""`/batches`: create, list, read, cancel. Formats follow the specification; none of this was recorded."""

from __future__ import annotations

from typing import Any

from fakes.openai.account import OpenAI
from fakes.openai.errors import invalid, refuse
from fakes.openai.records import Batch, File
from fakes.openai.routes.chat import complete
from fakes.openai.routes.responses import respond
from fakes.openai.serialize import batch_body, page
from fakes.openai.validate import metadata_of, object_of
from fakes.routes import Call, Refusal, Result, Routes

__all__ = ["add_batch", "mount"]

_ENDPOINTS = {"/v1/chat/completions": complete, "/v1/responses": respond}


def mount(routes: Routes, account: OpenAI) -> None:
    """Add the batch routes. Reading a batch is an observation: it moves the batch on."""
    batches = _Batches(account)
    routes.add("GET", "/batches/{batch_id}", batches.retrieve)
    routes.add("POST", "/batches", batches.create)
    routes.add("GET", "/batches", batches.list)
    routes.add("POST", "/batches/{batch_id}/cancel", batches.cancel)


def add_batch(
    account: OpenAI,
    endpoint: str,
    source: File,
    metadata: dict[str, str] | None = None,
    batch_id: str | None = None,
) -> Batch:
    """Create a batch whose requests this account answers; with that id, or one derived from its content."""

    def answer(endpoint: str, payload: dict[str, Any], key: bytes) -> tuple[int, Any]:
        try:
            return 200, _ENDPOINTS[endpoint](account, payload, key)
        except Refusal as refusal:
            return refusal.result.status, refusal.result.body

    return account.add_batch(endpoint, source, metadata, answer, batch_id)


class _Batches:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call) -> Result:
        payload = object_of(call)
        endpoint, window = payload.get("endpoint"), payload.get("completion_window")
        if endpoint not in list(_ENDPOINTS):
            raise invalid(
                f"Invalid value: {endpoint!r}. Supported values are: {', '.join(_ENDPOINTS)}.", "endpoint"
            )
        if window != "24h":
            raise invalid(f"Invalid value: {window!r}. Supported values are: '24h'.", "completion_window")
        source, metadata = self._source(payload.get("input_file_id")), metadata_of(payload)
        return Result(batch_body(add_batch(self._account, str(endpoint), source, metadata)))

    def list(self, call: Call) -> Result:
        batches = sorted(
            self._account.batches.values(), key=lambda each: (-each.times["validating"], each.id)
        )
        for batch in batches:
            batch.observe(glance=True)
        return Result(page(call, batches, lambda batch: batch.id, batch_body))

    def retrieve(self, call: Call) -> Result:
        batch = self._get(call)
        batch.observe()
        return Result(batch_body(batch))

    def cancel(self, call: Call) -> Result:
        batch = self._get(call)
        batch.observe(glance=True)
        if not batch.cancel():
            raise refuse(409, f"Cannot cancel a batch with status '{batch.timeline.state}'.")
        return Result(batch_body(batch))

    def _source(self, file_id: object) -> File:
        file = self._account.files.get(file_id) if isinstance(file_id, str) else None
        if file is None:
            raise invalid(f"Invalid input_file_id: {file_id}", "input_file_id")
        if file.purpose != "batch":
            raise invalid(
                f"Invalid input_file_id: {file_id} has purpose {file.purpose!r}, not 'batch'", "input_file_id"
            )
        return file

    def _get(self, call: Call) -> Batch:
        batch = self._account.batches.get(call.params["batch_id"])
        if batch is None:
            raise refuse(404, f"No batch found with id '{call.params['batch_id']}'.")
        return batch
