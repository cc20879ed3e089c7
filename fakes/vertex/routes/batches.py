"""`batchPredictionJobs`: create, list, read, cancel, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes.json_text import mapping, sequence
from fakes.routes import Call, Result, Routes
from fakes.vertex.account import Vertex
from fakes.vertex.candidates import answered
from fakes.vertex.content_tables import GENERATE
from fakes.vertex.errors import failed_precondition, invalid, not_found
from fakes.vertex.job_tables import BATCH, LISTED_BATCHES
from fakes.vertex.paging import filtered, in_order, parent_of
from fakes.vertex.reading import EMPTY, STANDARD, Takes, read_message
from fakes.vertex.records import TRANSITIONS, Batch, BatchSpec, Served
from fakes.vertex.routes.generate import response_of
from fakes.vertex.serialize import batch_body, finished_operation
from fakes.vertex.validate import check_labels

__all__ = ["mount"]

_JOBS = "/{version}/projects/{project}/locations/{location}/batchPredictionJobs"
_ECHOED = ("displayName", "model", "inputConfig", "outputConfig", "labels")


def mount(routes: Routes, project: Vertex) -> None:
    """Add the routes of batches. Reading a batch is an observation: it moves the batch on."""
    batches = _Batches(project)
    routes.add("GET", _JOBS + "/{batch}", batches.retrieve, Takes(STANDARD))
    routes.add("POST", _JOBS, batches.create, Takes(STANDARD, BATCH, "batchPredictionJob"))
    routes.add("GET", _JOBS, batches.list, Takes(LISTED_BATCHES))
    routes.add("POST", _JOBS + "/{batch}:cancel", batches.cancel, Takes(STANDARD, EMPTY))
    routes.add("DELETE", _JOBS + "/{batch}", batches.delete, Takes(STANDARD))


class _Batches:
    def __init__(self, project: Vertex) -> None:
        self._project = project

    def create(self, call: Call) -> Result:
        spec = self._spec(call.sent, parent_of(call))
        return Result(batch_body(self._project.add_batch(spec, self._answer_request)))

    def list(self, call: Call) -> Result:
        parent, keep = parent_of(call), filtered(call.asked.get("filter", ""))
        batches = self._project.batches.values()
        for batch in batches:
            batch.observe(glance=True)
        listings = self._project.listings
        listings.begin("batches", first="pageToken" not in call.asked)
        kept = (
            batch
            for batch in batches
            if batch.spec.parent == parent
            and listings.shows("batches", batch.name)
            and keep(mapping(batch.spec.echo.get("labels")), batch.state)
        )
        shown, token = in_order(call, kept, lambda batch: (batch.timeline.begin, batch.id))
        body: dict[str, object] = (
            {"batchPredictionJobs": [batch_body(batch) for batch in shown]} if shown else {}
        )
        return Result(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Result:
        batch = self._get(call)
        batch.observe()
        return Result(batch_body(batch))

    def cancel(self, call: Call) -> Result:
        batch = self._get(call)
        if not batch.cancel():
            raise failed_precondition(f"{batch.name} is in state {batch.state} and cannot be cancelled.")
        return Result({})

    def delete(self, call: Call) -> Result:
        batch = self._get(call)
        if TRANSITIONS[batch.state]:
            raise failed_precondition(f"{batch.name} is in state {batch.state}; only a finished job goes.")
        del self._project.batches[batch.name]
        return finished_operation(self._project.ids, parent_of(call), "DeleteOperationMetadata", batch.name)

    def _get(self, call: Call) -> Batch:
        name = f"{parent_of(call)}/batchPredictionJobs/{call.params['batch']}"
        if (batch := self._project.batches.get(name)) is None:
            raise not_found(f"The BatchPredictionJob does not exist: {name}")
        return batch

    def _spec(self, payload: Mapping[str, Any], parent: str) -> BatchSpec:
        if not isinstance(payload.get("displayName"), str) or not payload["displayName"]:
            raise invalid("displayName must be set.")
        source, dest = mapping(payload.get("inputConfig")), mapping(payload.get("outputConfig"))
        if (source.get("instancesFormat"), dest.get("predictionsFormat")) != ("jsonl", "jsonl"):
            raise invalid("instancesFormat and predictionsFormat must be jsonl, which is what is served.")
        found = mapping(source.get("gcsSource")).get("uris")
        uris = [found] if isinstance(found, str) else sequence(found)
        prefix = mapping(dest.get("gcsDestination")).get("outputUriPrefix")
        if not uris or not all(isinstance(uri, str) and uri.startswith("gs://") for uri in (*uris, prefix)):
            raise invalid("gcsSource.uris and gcsDestination.outputUriPrefix must be Cloud Storage URIs.")
        check_labels(payload.get("labels"))
        echo = {name: payload[name] for name in _ECHOED if name in payload}
        return BatchSpec(parent, echo, self._served(payload.get("model")), tuple(uris), str(prefix))

    def _served(self, name: object) -> Served:
        """What a name means: a publisher's model, or a tuned one."""
        if not isinstance(name, str) or "/models/" not in name:
            raise invalid(f"model must be the name of a model; it is {name!r}.")
        if "publishers/google/models/" in name:
            return self._project.published(name)
        if (version := self._project.registry.find(name)) is None:
            raise not_found(f"The Model does not exist: {name}")
        self._project.check_open(version.base_model, name.partition("/models/")[0])
        return Served(version.full_name, version.base_model, version.checkpoints[-1].model)

    def _answer_request(self, served: Served, request: object, line: bytes) -> dict[str, object]:
        read = read_message({} if request is None else request, GENERATE)
        place = ("batch", served.version, line)
        asked, answers, number = answered(self._project, served, read, "batchPredictionJobs", place)
        made = number, self._project.date.epoch
        return response_of(served, asked, answers, made, regional=False)
