"""The routes of an account of Azure OpenAI: OpenAI's wire, and the deployments of Azure's resource manager.

Deployments are those of
https://learn.microsoft.com/rest/api/aiservices/accountmanagement/deployments. While one is being made or
removed, the account takes no other change, and a client is to try again (409, `RequestConflict`:
hashicorp/terraform-provider-azurerm, issues 22607 and 22939; Azure/azure-dev, issue 9398).
"""

from __future__ import annotations

import re
from typing import Any

import httpx

from fakes.azure.account import Azure, AzureDeployment
from fakes.json_text import mapping, parse
from fakes.openai.account import OpenAI
from fakes.openai.checks import Endpoints
from fakes.openai.errors import admit as admitted
from fakes.openai.errors import unknown_path
from fakes.openai.records import Job, JobSpec
from fakes.openai.routes import batches, chat, files, jobs, models
from fakes.openai.routes.jobs import JobForm
from fakes.openai.serialize import job_body, stamp
from fakes.openai.tables.others import JOB, PAGE
from fakes.parameters import Table
from fakes.routes import Call, Refusal, Result, Routes

__all__ = ["routes_of"]

_ACCOUNT = (
    "/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.CognitiveServices/accounts/{account}"
)
_TIERS = ("standard", "globalstandard", "developertier")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9]")
_LONGEST_SUFFIX = 18
"""As API version 2024-10-21 has it."""
_UNKNOWN = ("metadata", "integrations")
_JOB = Table({name: kind for name, kind in JOB.parameters.items() if name not in _UNKNOWN})


def routes_of(account: Azure) -> Routes:
    """All routes: those of OpenAI without the `/v1` in front, and those of deployments."""
    routes = Routes(unknown_path, _admit, stamp(account))
    endpoints = Endpoints(routes)
    for module in (chat, files, models, batches):
        module.mount(endpoints, account)
    jobs.mount(endpoints, account, JobForm(_JOB, PAGE, read=_read, show=_shown))
    deployments, path = _Deployments(account), f"{_ACCOUNT}/deployments"
    routes.add("GET", path, deployments.list)
    routes.add("PUT", path + "/{name}", deployments.put)
    routes.add("GET", path + "/{name}", deployments.get)
    routes.add("DELETE", path + "/{name}", deployments.delete)
    return routes


def _admit(request: httpx.Request) -> None:
    """Accept any key, also in Azure's own header."""
    if not request.headers.get("api-key"):
        admitted(request)


def _read(account: OpenAI, payload: dict[str, Any]) -> JobSpec:
    suffix = payload.get("suffix")
    if isinstance(suffix, str) and len(suffix) > _LONGEST_SUFFIX:
        raise _error(400, "invalidPayload", f"The suffix has more than {_LONGEST_SUFFIX} characters.")
    return jobs.requested(account, payload)


def _shown(account: OpenAI, job: Job) -> dict[str, object]:
    whole = job_body(account, job)
    return {name: value for name, value in whole.items() if name not in ("metadata", "organization_id")}


def _error(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message}})


class _Deployments:
    def __init__(self, account: Azure) -> None:
        self._account = account

    def list(self, call: Call) -> Result:
        self._check(call)
        return Result({"value": [_body(call, each) for each in self._there()]})

    def get(self, call: Call) -> Result:
        self._check(call)
        found = self._find(call.params["name"])
        if found is not None:
            if found.has_expired:
                self._account.remove(found)
            found.observe()
        if found is None or found.state == "gone":
            raise _error(404, "ResourceNotFound", f"The deployment '{call.params['name']}' does not exist.")
        return Result(_body(call, found))

    def put(self, call: Call) -> Result:
        self._check(call)
        name, sent = call.params["name"], self._sent(call)
        sku, properties = mapping(sent.get("sku")), mapping(sent.get("properties"))
        model = mapping(properties.get("model"))
        if not _NAME.fullmatch(name):
            raise _error(400, "InvalidResourceName", f"'{name}' is not a valid name of a deployment.")
        if str(sku.get("name")).casefold() not in _TIERS:
            raise _error(400, "InvalidResourceProperties", f"The SKU '{sku.get('name')}' is not supported.")
        self._refuse_if_busy(call, *self._there())
        if (there := self._find(name)) is not None:
            return Result(_body(call, there))
        asked = str(model.get("name")), str(model.get("version"))
        made = None
        if model.get("format") == "OpenAI" and self._fits(sku, asked[0]):
            made = self._account.deploy(name, *asked, sku, model)
        if made is None:
            told = f"Format: {model.get('format')}, Name: {asked[0]}, Version: {asked[1]}"
            raise _error(
                400,
                "DeploymentModelNotSupported",
                f"The model '{told}' of account deployment is not supported.",
            )
        return Result(_body(call, made), 201)

    def delete(self, call: Call) -> Result:
        self._check(call)
        found = self._find(call.params["name"])
        if found is None:
            return Result(b"", 204)
        self._refuse_if_busy(call, *(each for each in self._there() if each is not found))
        if found.state != "Deleting":
            self._account.remove(found)
        return Result(b"", 202)

    @staticmethod
    def _refuse_if_busy(call: Call, *others: AzureDeployment) -> None:
        """Refuses a change while another deployment is being made or removed."""
        if any(each.state in ("Creating", "Deleting") for each in others):
            where = call.request.url.path.rpartition("/deployments/")[0]
            told = f"Another operation is being performed on the parent resource '{where}'."
            raise _error(409, "RequestConflict", f"{told} Please try again later.")

    def _find(self, name: str) -> AzureDeployment | None:
        found = self._account.deployments.get(name)
        return found if isinstance(found, AzureDeployment) else None

    def _there(self) -> list[AzureDeployment]:
        return [each for name in self._account.deployments if (each := self._find(name)) is not None]

    def _fits(self, sku: dict[str, Any], model: str) -> bool:
        """The developer tier is for tuned models alone."""
        return model in self._account.made or str(sku.get("name")).casefold() != "developertier"

    @staticmethod
    def _check(call: Call) -> None:
        if not call.query.get("api-version"):
            raise _error(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )

    @staticmethod
    def _sent(call: Call) -> dict[str, Any]:
        try:
            return mapping(parse(call.body))
        except ValueError:
            raise _error(400, "InvalidRequestContent", "The request content was invalid.") from None


def _body(call: Call, made: AzureDeployment) -> dict[str, object]:
    account = call.request.url.path.partition("/deployments")[0]
    return {
        "id": f"{account}/deployments/{made.name}",
        "type": "Microsoft.CognitiveServices/accounts/deployments",
        "name": made.name,
        "sku": made.sku,
        "properties": {"model": made.asked_for, "provisioningState": made.state},
    }
