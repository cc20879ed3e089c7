"""`/batches`: create, list, read, cancel. Shapes are those of the specification; nothing of this was
recorded.
"""

from __future__ import annotations

from typing import Any

from fakes.fates import bend
from fakes.ids import base62
from fakes.openai.asked import metadata_of
from fakes.openai.batch import BENDS, PHASES, Batch
from fakes.openai.chat import complete
from fakes.openai.errors import invalid, refuse
from fakes.openai.responses import respond
from fakes.openai.state import File, OpenAI
from fakes.openai.wire import object_of, page
from fakes.routes import Call, Refusal, Reply, Routes
from fakes.timeline import Timeline

__all__ = ["add_batch", "mount"]

_ENDPOINTS = {"/v1/chat/completions": complete, "/v1/responses": respond}
_STATES = (
    "in_progress",
    "finalizing",
    "completed",
    "failed",
    "expired",
    "cancelling",
    "cancelled",
)
_DAY = 86_400


def mount(routes: Routes, account: OpenAI) -> None:
    """Adds the batch routes. Reading a batch is an observation: it moves on."""
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
    """Creates a batch in its first state, validating; of that id, or of one from its content."""

    def run(endpoint: str, asked: dict[str, Any], key: bytes) -> tuple[int, Any]:
        try:
            return 200, _ENDPOINTS[endpoint](account, asked, key)
        except Refusal as refusal:
            return refusal.reply.status, refusal.reply.body

    if batch_id is None:
        number = account.ids.create("batch", source.id, endpoint, sorted((metadata or {}).items()))
        batch_id = f"batch_{base62(number, 24)}"
    else:
        number = account.ids.of("batch", batch_id)
    fate = source.fate or account.fates.of("batch", "openai", batch_id)
    phases = bend(PHASES, fate, BENDS)
    batch = Batch(
        account=account,
        run=run,
        id=batch_id,
        endpoint=endpoint,
        source=source,
        metadata=metadata,
        timeline=Timeline(source.created_at + 1 + number % 30, phases, account.pace.mark()),
        fate=fate,
    )
    batch.times["validating"] = batch.timeline.begin
    account.batches[batch.id] = batch
    return batch


class _Batches:
    def __init__(self, account: OpenAI) -> None:
        self._account = account

    def create(self, call: Call) -> Reply:
        asked = object_of(call)
        endpoint, window = asked.get("endpoint"), asked.get("completion_window")
        if endpoint not in list(_ENDPOINTS):
            raise invalid(
                f"Invalid value: {endpoint!r}. Supported values are: {', '.join(_ENDPOINTS)}.", "endpoint"
            )
        if window != "24h":
            raise invalid(f"Invalid value: {window!r}. Supported values are: '24h'.", "completion_window")
        source, metadata = self._source(asked.get("input_file_id")), metadata_of(asked)
        return Reply(_body(add_batch(self._account, str(endpoint), source, metadata)))

    def list(self, call: Call) -> Reply:
        batches = sorted(
            self._account.batches.values(), key=lambda each: (-each.times["validating"], each.id)
        )
        for batch in batches:
            batch.observe(glance=True)
        return Reply(page(call, batches, lambda batch: batch.id, _body))

    def retrieve(self, call: Call) -> Reply:
        batch = self._get(call)
        batch.observe()
        return Reply(_body(batch))

    def cancel(self, call: Call) -> Reply:
        batch = self._get(call)
        batch.observe(glance=True)
        if not batch.cancel():
            raise refuse(409, f"Cannot cancel a batch with status '{batch.timeline.state}'.")
        return Reply(_body(batch))

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


def _body(batch: Batch) -> dict[str, object]:
    begin = batch.times["validating"]
    errors = [error._asdict() for error in batch.errors]
    body: dict[str, object] = {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "model": batch.model,
        "errors": {"object": "list", "data": errors} if errors else None,
        "input_file_id": batch.source.id,
        "completion_window": "24h",
        "status": batch.timeline.state,
        "output_file_id": batch.output.id if batch.output else None,
        "error_file_id": batch.failures.id if batch.failures else None,
        "created_at": begin,
        **{f"{state}_at": batch.times.get(state) for state in _STATES},
        "expires_at": begin + _DAY,
        "request_counts": batch.counts,
        "usage": batch.usage,
        "metadata": batch.metadata,
    }
    # the specification has what is not set yet absent, not null
    return {name: value for name, value in body.items() if value is not None}
