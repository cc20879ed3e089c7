"""`models` and `endpoints` that tuning jobs have made: list, read, undeploy, delete."""

from __future__ import annotations

from fakes.routes import Call, Result, Routes
from fakes.vertex.account import Vertex
from fakes.vertex.catalogue import is_open, open_on
from fakes.vertex.errors import failed_precondition, invalid, not_found
from fakes.vertex.job_tables import LISTED, LISTED_ENDPOINTS, LISTED_MODELS, UNDEPLOY, VERSIONS
from fakes.vertex.paging import filtered, in_order, page_of, parent_of
from fakes.vertex.reading import STANDARD, Takes
from fakes.vertex.records import Endpoint, Version
from fakes.vertex.serialize import endpoint_body, finished_operation, model_body, publisher_model_body

__all__ = ["mount"]

_PLACE = "/{version}/projects/{project}/locations/{location}"


def mount(routes: Routes, project: Vertex) -> None:
    """Add the routes of models and endpoints. Operations are finished when they are answered."""
    models, endpoints = _Models(project), _Endpoints(project)
    routes.add("GET", _PLACE + "/models", models.list, Takes(LISTED_MODELS))
    # ahead of the route below, whose name would take the colon too
    routes.add("GET", _PLACE + "/models/{model}:listVersions", models.versions, Takes(VERSIONS))
    routes.add("GET", _PLACE + "/models/{model}", models.retrieve, Takes(STANDARD))
    routes.add("DELETE", _PLACE + "/models/{model}", models.delete, Takes(STANDARD))
    routes.add("GET", _PLACE + "/endpoints", endpoints.list, Takes(LISTED_ENDPOINTS))
    routes.add("GET", _PLACE + "/endpoints/{endpoint}", endpoints.retrieve, Takes(STANDARD))
    routes.add(
        "POST", _PLACE + "/endpoints/{endpoint}:undeployModel", endpoints.undeploy, Takes(STANDARD, UNDEPLOY)
    )
    routes.add("DELETE", _PLACE + "/endpoints/{endpoint}", endpoints.delete, Takes(STANDARD))
    routes.add("GET", "/{version}/publishers/google/models", models.published, Takes(LISTED))
    routes.add("GET", "/{version}/publishers/google/models/{model}", models.one_published, Takes(STANDARD))


class _Models:
    def __init__(self, project: Vertex) -> None:
        self._project, self._registry = project, project.registry

    def list(self, call: Call) -> Result:
        parent, keep = f"{parent_of(call)}/models/", filtered(call.asked.get("filter", ""))
        newest = (versions[-1] for versions in self._registry.models.values())
        kept = (each for each in newest if each.name.startswith(parent) and keep(each.labels, ""))
        shown, token = in_order(call, kept, lambda each: (each.created, each.name.rpartition("/")[2]))
        body: dict[str, object] = (
            {"models": [model_body(self._registry, each) for each in shown]} if shown else {}
        )
        return Result(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Result:
        return Result(model_body(self._registry, self._get(call)))

    def versions(self, call: Call) -> Result:
        versions = self._registry.models[self._get(call).name]
        shown, token = page_of(call, versions)
        body: dict[str, object] = {"models": [model_body(self._registry, each) for each in shown]}
        return Result(body | ({"nextPageToken": token} if token else {}))

    def delete(self, call: Call) -> Result:
        name = self._get(call).name
        if deployed := self._registry.deployments(name):
            names = ", ".join(endpoint.name for endpoint in deployed)
            raise failed_precondition(f"The Model {name} is deployed at: {names}. Undeploy it there first.")
        del self._registry.models[name]
        return finished_operation(self._project.ids, parent_of(call), "DeleteOperationMetadata", name)

    def published(self, call: Call) -> Result:
        shown, token = page_of(call, open_on(self._project.date.day))
        body: dict[str, object] = {"publisherModels": [publisher_model_body(name) for name in shown]}
        return Result(body | ({"nextPageToken": token} if token else {}))

    def one_published(self, call: Call) -> Result:
        if not is_open(name := call.params["model"], self._project.date.day):
            raise not_found(f"Publisher Model `publishers/google/models/{name}` was not found.")
        return Result(publisher_model_body(name))

    def _get(self, call: Call) -> Version:
        name = f"{parent_of(call)}/models/{call.params['model'].replace('%40', '@')}"
        if (found := self._registry.find(name)) is None:
            raise not_found(f"The Model does not exist: {name}")
        return found


class _Endpoints:
    def __init__(self, project: Vertex) -> None:
        self._project, self._endpoints = project, project.registry.endpoints

    def list(self, call: Call) -> Result:
        parent, keep = f"{parent_of(call)}/endpoints/", filtered(call.asked.get("filter", ""))
        kept = (
            each
            for each in self._endpoints.values()
            if each.name.startswith(parent) and keep(each.version.labels, "")
        )
        shown, token = in_order(call, kept, lambda each: (each.version.created, each.name.rpartition("/")[2]))
        body: dict[str, object] = {"endpoints": [endpoint_body(each) for each in shown]} if shown else {}
        return Result(body | ({"nextPageToken": token} if token else {}))

    def retrieve(self, call: Call) -> Result:
        return Result(endpoint_body(self._get(call)))

    def undeploy(self, call: Call) -> Result:
        endpoint, wanted = self._get(call), call.sent.get("deployedModelId")
        if not endpoint.deployed or wanted != endpoint.deployed_id:
            raise invalid(f"There is no DeployedModel {wanted!r} at {endpoint.name}.")
        endpoint.deployed = False
        return finished_operation(
            self._project.ids, parent_of(call), "UndeployModelOperationMetadata", endpoint.name
        )

    def delete(self, call: Call) -> Result:
        endpoint = self._get(call)
        if endpoint.deployed:
            raise failed_precondition(
                f"The Endpoint {endpoint.name} has a deployed model. Undeploy {endpoint.deployed_id} first."
            )
        del self._endpoints[endpoint.name]
        return finished_operation(
            self._project.ids, parent_of(call), "DeleteOperationMetadata", endpoint.name
        )

    def _get(self, call: Call) -> Endpoint:
        name = f"{parent_of(call)}/endpoints/{call.params['endpoint']}"
        if (found := self._endpoints.get(name)) is None:
            raise not_found(f"Endpoint `{name}` not found.")
        return found
