"""`/batches`: create, list, read, cancel. Shapes are those of recordings of 2025."""

from __future__ import annotations

from typing import Any

from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints, check_body
from fakes.openai.errors import invalid, refuse
from fakes.openai.records import Batch, File
from fakes.openai.response_object import respond
from fakes.openai.routes.chat import complete
from fakes.openai.serialize import batch_body, page, shown_yet, without_metadata
from fakes.openai.tables.chat import CHAT
from fakes.openai.tables.others import BATCH, PAGE
from fakes.openai.tables.responses import RESPONSE
from fakes.openai.values import choice, expiry_of, metadata_of, missing
from fakes.parameters import NOTHING
from fakes.routes import Call, Refusal, Result

__all__ = ["add_batch", "mount"]


def _respond(account: OpenAI, payload: dict[str, Any], key: bytes) -> dict[str, Any]:
    return respond(account, payload, key).response


_ENDPOINTS = {"/v1/chat/completions": (complete, CHAT), "/v1/responses": (_respond, RESPONSE)}


def mount(endpoints: Endpoints, account: OpenAI) -> None:
    """Adds the batch routes. Reading a batch is an observation: it moves on."""
    batches = _Batches(account)
    endpoints.add("GET", "/batches/{batch_id}", batches.retrieve, query=NOTHING)
    endpoints.add_json("POST", "/batches", batches.create, query=NOTHING, body=BATCH)
    endpoints.add("GET", "/batches", batches.list, query=PAGE)
    endpoints.add("POST", "/batches/{batch_id}/cancel", batches.cancel, query=NOTHING)


def add_batch(
    account: OpenAI,
    endpoint: str,
    source: File,
    metadata: dict[str, str] | None = None,
    batch_id: str | None = None,
) -> Batch:
    """Create a batch whose requests this account answers; with that id, or one derived from its content."""

    def answer(endpoint: str, payload: dict[str, Any], key: bytes) -> tuple[int, Any]:
        reply, table = _ENDPOINTS[endpoint]
        try:
            check_body(payload, table, newer=table is RESPONSE)
            body = reply(account, payload, key)
        except Refusal as refusal:
            return refusal.result.status, refusal.result.body
        account.answered("batches", body["model"], body["usage"])
        return 200, body

    return account.add_batch(endpoint, source, metadata, answer, batch_id)


class _Batches:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call, payload: dict[str, Any]) -> Result:
        del call
        endpoint = choice(payload, "endpoint", tuple(_ENDPOINTS))
        window = choice(payload, "completion_window", ("24h",))
        for name, value in (("endpoint", endpoint), ("completion_window", window)):
            if value is None:
                raise missing(name)
        source, metadata = self._source(payload.get("input_file_id")), metadata_of(payload)
        expires = expiry_of(payload.get("output_expires_after"), "output_expires_after")
        batch = add_batch(self._account, str(endpoint), source, metadata)
        batch.output_seconds = expires
        return Result(self._body(batch))

    def list(self, call: Call) -> Result:
        batches = sorted(
            self._account.batches.values(), key=lambda each: (-each.times["validating"], each.id)
        )
        for batch in batches:
            batch.observe(glance=True)
        shown = shown_yet(call, self._account.listings, "batches", batches, lambda batch: batch.id)
        return Result(page(call, shown, lambda batch: batch.id, self._body))

    def retrieve(self, call: Call) -> Result:
        batch = self._get(call)
        batch.observe()
        return Result(self._body(batch))

    def cancel(self, call: Call) -> Result:
        batch = self._get(call)
        batch.observe(glance=True)
        if not batch.cancel():
            raise refuse(409, f"Cannot cancel a batch with status '{batch.timeline.state}'.")
        return Result(self._body(batch))

    def _body(self, batch: Batch) -> dict[str, object]:
        return without_metadata(self._account, batch_body(batch))

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
