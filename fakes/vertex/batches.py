"""`batchPredictionJobs`: create, list, read, cancel, delete."""

from __future__ import annotations

import json
from typing import Any

from fakes.google import timestamp
from fakes.learners import Model
from fakes.routes import Call, Reply, Routes
from fakes.shape import mapping, sequence
from fakes.vertex.batch import Batch, BatchOrder
from fakes.vertex.deployed import done
from fakes.vertex.errors import failed_precondition, invalid, not_found
from fakes.vertex.generate import response_of
from fakes.vertex.lifecycle import TRANSITIONS
from fakes.vertex.paging import filtered, in_order, parent_of
from fakes.vertex.question import question_of
from fakes.vertex.state import Vertex
from fakes.vertex.wire import object_of

__all__ = ["mount"]

_JOBS = "/{version}/projects/{project}/locations/{location}/batchPredictionJobs"
_ECHOED = ("displayName", "model", "inputConfig", "outputConfig", "labels")


def mount(routes: Routes, project: Vertex) -> None:
    """Adds the routes of batches. Reading a batch is an observation: it moves on."""
    batches = _Batches(project)
    routes.add("GET", _JOBS + "/{batch}", batches.retrieve)
    routes.add("POST", _JOBS, batches.create)
    routes.add("GET", _JOBS, batches.list)
    routes.add("POST", _JOBS + "/{batch}:cancel", batches.cancel)
    routes.add("DELETE", _JOBS + "/{batch}", batches.delete)


class _Batches:
    def __init__(self, project: Vertex) -> None:
        self._project = project

    def create(self, call: Call) -> Reply:
        project, order = self._project, self._order(object_of(call), parent_of(call))
        number = project.ids.create("batch", order.parent, json.dumps(order.echo, sort_keys=True))
        batch = Batch(
            order,
            number,
            ids=project.ids,
            storage=project.storage,
            pace=project.pace,
            fates=project.fates,
            respond=_respond,
        )
        project.batches[batch.name] = batch
        return Reply(_body(batch))

    def list(self, call: Call) -> Reply:
        parent, keep = parent_of(call), filtered(call.query.get("filter", ""))
        batches = self._project.batches.values()
        for batch in batches:
            batch.observe(glance=True)
        kept = (
            batch
            for batch in batches
            if batch.order.parent == parent and keep(mapping(batch.order.echo.get("labels")), batch.state)
        )
        shown, token = in_order(call, kept, lambda batch: (batch.timeline.begin, batch.id))
        body: dict[str, object] = {"batchPredictionJobs": [_body(batch) for batch in shown]} if shown else {}
        return Reply(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Reply:
        batch = self._get(call)
        batch.observe()
        return Reply(_body(batch))

    def cancel(self, call: Call) -> Reply:
        batch = self._get(call)
        if not batch.cancel():
            raise failed_precondition(f"{batch.name} is in state {batch.state} and cannot be cancelled.")
        return Reply({})

    def delete(self, call: Call) -> Reply:
        batch = self._get(call)
        if TRANSITIONS[batch.state]:
            raise failed_precondition(f"{batch.name} is in state {batch.state}; only a finished job goes.")
        del self._project.batches[batch.name]
        return done(self._project, parent_of(call), "DeleteOperationMetadata", batch.name)

    def _get(self, call: Call) -> Batch:
        name = f"{parent_of(call)}/batchPredictionJobs/{call.params['batch']}"
        if (batch := self._project.batches.get(name)) is None:
            raise not_found(f"The BatchPredictionJob does not exist: {name}")
        return batch

    def _order(self, asked: dict[str, Any], parent: str) -> BatchOrder:
        if not isinstance(asked.get("displayName"), str) or not asked["displayName"]:
            raise invalid("displayName must be set.")
        source, dest = mapping(asked.get("inputConfig")), mapping(asked.get("outputConfig"))
        if (source.get("instancesFormat"), dest.get("predictionsFormat")) != ("jsonl", "jsonl"):
            raise invalid("instancesFormat and predictionsFormat must be jsonl, which is what is served.")
        found = mapping(source.get("gcsSource")).get("uris")
        uris = [found] if isinstance(found, str) else sequence(found)
        prefix = mapping(dest.get("gcsDestination")).get("outputUriPrefix")
        if not uris or not all(isinstance(uri, str) and uri.startswith("gs://") for uri in (*uris, prefix)):
            raise invalid("gcsSource.uris and gcsDestination.outputUriPrefix must be Cloud Storage URIs.")
        version, model = self._model(asked.get("model"))
        echo = {name: asked[name] for name in _ECHOED if name in asked}
        return BatchOrder(parent, echo, version, model, tuple(uris), str(prefix))

    def _model(self, name: object) -> tuple[str, Model]:
        """The version and the model that a name means: a publisher's model, or a tuned one."""
        if not isinstance(name, str) or "/models/" not in name:
            raise invalid(f"model must be the name of a model; it is {name!r}.")
        if "publishers/google/models/" in name:
            return self._project.served(name[name.index("publishers/") :])
        if (version := self._project.registry.find(name)) is None:
            raise not_found(f"The Model does not exist: {name}")
        return version.full_name, version.checkpoints[-1].model


def _respond(version: str, model: Model, request: dict[str, Any], number: int) -> dict[str, object]:
    return response_of(version, model, question_of(request), number)


def _body(batch: Batch) -> dict[str, object]:
    """A BatchPredictionJob resource; int64 as strings, and counts of 0 left out."""
    line = batch.timeline
    body: dict[str, object] = {
        "name": batch.name,
        **batch.order.echo,
        "state": batch.state,
        "createTime": timestamp(line.begin),
        "updateTime": timestamp(line.now),
    }
    if (started := line.entered("JOB_STATE_RUNNING")) is not None:
        body["startTime"] = timestamp(started)
    if line.ended:
        body["endTime"] = timestamp(line.now)
    if batch.error:
        body["error"] = batch.error
    if batch.counts:
        named = zip(("successfulCount", "failedCount"), batch.counts, strict=True)
        body["completionStats"] = {name: str(count) for name, count in named if count}
        body["outputInfo"] = {"gcsOutputDirectory": batch.directory}
    return body
