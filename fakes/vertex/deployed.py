"""`models` and `endpoints`, as tuning jobs leave them: list, read, undeploy, delete."""

from __future__ import annotations

from fakes.google import timestamp
from fakes.ids import decimal
from fakes.routes import Call, Reply, Routes
from fakes.vertex.catalogue import MODELS
from fakes.vertex.errors import failed_precondition, invalid, not_found
from fakes.vertex.paging import filtered, in_order, parent_of
from fakes.vertex.registry import Endpoint, Version
from fakes.vertex.state import Vertex
from fakes.vertex.wire import object_of

__all__ = ["done", "mount"]

_PLACE = "/{version}/projects/{project}/locations/{location}"


def mount(routes: Routes, project: Vertex) -> None:
    """Adds the routes of models and endpoints. Operations are done when they are answered."""
    models, endpoints = _Models(project), _Endpoints(project)
    routes.add("GET", _PLACE + "/models", models.list)
    # ahead of the route below, whose name would take the colon too
    routes.add("GET", _PLACE + "/models/{model}:listVersions", models.versions)
    routes.add("GET", _PLACE + "/models/{model}", models.retrieve)
    routes.add("DELETE", _PLACE + "/models/{model}", models.delete)
    routes.add("GET", _PLACE + "/endpoints", endpoints.list)
    routes.add("GET", _PLACE + "/endpoints/{endpoint}", endpoints.retrieve)
    routes.add("POST", _PLACE + "/endpoints/{endpoint}:undeployModel", endpoints.undeploy)
    routes.add("DELETE", _PLACE + "/endpoints/{endpoint}", endpoints.delete)
    routes.add("GET", "/{version}/publishers/google/models", models.published)
    routes.add("GET", "/{version}/publishers/google/models/{model}", models.one_published)


class _Models:
    def __init__(self, project: Vertex) -> None:
        self._project, self._registry = project, project.registry

    def list(self, call: Call) -> Reply:
        parent, keep = f"{parent_of(call)}/models/", filtered(call.query.get("filter", ""))
        newest = (versions[-1] for versions in self._registry.models.values())
        kept = (each for each in newest if each.name.startswith(parent) and keep(each.labels, ""))
        shown, token = in_order(call, kept, lambda each: (each.created, each.name.rpartition("/")[2]))
        body: dict[str, object] = {"models": [self._body(each) for each in shown]} if shown else {}
        return Reply(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Reply:
        return Reply(self._body(self._get(call)))

    def versions(self, call: Call) -> Reply:
        return Reply({"models": [self._body(each) for each in self._registry.models[self._get(call).name]]})

    def delete(self, call: Call) -> Reply:
        name = self._get(call).name
        if deployed := self._registry.deployments(name):
            names = ", ".join(endpoint.name for endpoint in deployed)
            raise failed_precondition(f"The Model {name} is deployed at: {names}. Undeploy it there first.")
        del self._registry.models[name]
        return done(self._project, parent_of(call), "DeleteOperationMetadata", name)

    def published(self, call: Call) -> Reply:
        del call
        return Reply({"publisherModels": [_published(name) for name in MODELS]})

    def one_published(self, call: Call) -> Reply:
        if (name := call.params["model"]) not in MODELS:
            raise not_found(f"Publisher Model `publishers/google/models/{name}` was not found.")
        return Reply(_published(name))

    def _get(self, call: Call) -> Version:
        name = f"{parent_of(call)}/models/{call.params['model'].replace('%40', '@')}"
        if (found := self._registry.find(name)) is None:
            raise not_found(f"The Model does not exist: {name}")
        return found

    def _body(self, version: Version) -> dict[str, object]:
        """A Model resource."""
        newest = self._registry.models[version.name][-1] is version
        deployed = [
            {"endpoint": each.name, "deployedModelId": each.deployed_id}
            for each in self._registry.deployments(version.name)
            if each.version is version
        ]
        when = timestamp(version.created)
        return {
            "name": version.name,
            "displayName": version.display_name,
            "versionId": str(version.number),
            **({"versionAliases": ["default"]} if newest else {}),
            "labels": version.labels,
            "createTime": timestamp(self._registry.models[version.name][0].created),
            "versionCreateTime": when,
            "updateTime": when,
            "versionUpdateTime": when,
            **({"deployedModels": deployed} if deployed else {}),
            "checkpoints": [
                {"checkpointId": str(number), "epoch": str(each.epoch), "step": str(each.step)}
                for number, each in enumerate(version.checkpoints, 1)
            ],
            "defaultCheckpointId": str(len(version.checkpoints)),
        }


class _Endpoints:
    def __init__(self, project: Vertex) -> None:
        self._project, self._endpoints = project, project.registry.endpoints

    def list(self, call: Call) -> Reply:
        parent, keep = f"{parent_of(call)}/endpoints/", filtered(call.query.get("filter", ""))
        kept = (
            each
            for each in self._endpoints.values()
            if each.name.startswith(parent) and keep(each.version.labels, "")
        )
        shown, token = in_order(call, kept, lambda each: (each.version.created, each.name.rpartition("/")[2]))
        body: dict[str, object] = {"endpoints": [_endpoint(each) for each in shown]} if shown else {}
        return Reply(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Reply:
        return Reply(_endpoint(self._get(call)))

    def undeploy(self, call: Call) -> Reply:
        endpoint, wanted = self._get(call), object_of(call).get("deployedModelId")
        if not endpoint.deployed or wanted != endpoint.deployed_id:
            raise invalid(f"There is no DeployedModel {wanted!r} at {endpoint.name}.")
        endpoint.deployed = False
        return done(self._project, parent_of(call), "UndeployModelOperationMetadata", endpoint.name)

    def delete(self, call: Call) -> Reply:
        endpoint = self._get(call)
        if endpoint.deployed:
            raise failed_precondition(
                f"The Endpoint {endpoint.name} has a deployed model. Undeploy {endpoint.deployed_id} first."
            )
        del self._endpoints[endpoint.name]
        return done(self._project, parent_of(call), "DeleteOperationMetadata", endpoint.name)

    def _get(self, call: Call) -> Endpoint:
        name = f"{parent_of(call)}/endpoints/{call.params['endpoint']}"
        if (found := self._endpoints.get(name)) is None:
            raise not_found(f"Endpoint `{name}` not found.")
        return found


def _endpoint(endpoint: Endpoint) -> dict[str, object]:
    """An Endpoint resource."""
    version, when = endpoint.version, timestamp(endpoint.version.created)
    body: dict[str, object] = {
        "name": endpoint.name,
        "displayName": version.display_name,
        "labels": version.labels,
        "createTime": when,
        "updateTime": when,
    }
    if endpoint.deployed:
        body["deployedModels"] = [
            {
                "id": endpoint.deployed_id,
                "model": version.name,
                "modelVersionId": str(version.number),
                "checkpointId": endpoint.checkpoint_id,
                "displayName": version.display_name,
                "createTime": when,
            }
        ]
        body["trafficSplit"] = {endpoint.deployed_id: 100}
    return body


def _published(name: str) -> dict[str, object]:
    return {"name": f"publishers/google/models/{name}", "versionId": "default", "launchStage": "GA"}


def done(project: Vertex, parent: str, metadata: str, name: str) -> Reply:
    """A google.longrunning.Operation that is done."""
    number = decimal(project.ids.of("operation", metadata, name), 19)
    space = "type.googleapis.com/google.cloud.aiplatform.v1beta1"
    return Reply(
        {
            "name": f"{parent}/operations/{number}",
            "metadata": {"@type": f"{space}.{metadata}"},
            "done": True,
            "response": {"@type": "type.googleapis.com/google.protobuf.Empty"},
        }
    )
