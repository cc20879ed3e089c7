"""Deployments of Azure OpenAI, through Azure's resource manager: nothing answers there without one.

A tuned model is deployed in the developer tier, which costs nothing an hour and is removed after a day
(https://learn.microsoft.com/azure/ai-foundry/openai/how-to/fine-tuning-deploy); a base model in the global
standard tier, unless the account has a deployment that is called like the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import httpx2

from fbench.errors import ProviderFailed, UsageError, told
from fbench.providers.connection import MANAGEMENT_URL, MANAGEMENT_VARIABLE, RESOURCE_VARIABLE
from fbench.providers.deployments import Deployment, DeploymentState, until_gone
from fbench.providers.failures import CallFailure, FailureKind, response_failure, text_of
from fbench.providers.retry import Retries

if TYPE_CHECKING:
    from fbench.providers.connection import Connection

__all__ = ["AzureDeployments"]

_UNAUTHORIZED, _NOT_FOUND = 401, 404
_FORBIDDEN = ("AuthorizationFailed", "LinkedAuthorizationFailed")
_NO_ACCOUNT = (
    "SubscriptionNotFound",
    "InvalidSubscriptionId",
    "ResourceGroupNotFound",
    "ParentResourceNotFound",
)
"""Codes of the resource manager that hold for all that is deployed in the account
(https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors)."""
_SIGN_IN = "sign in with `az login` as somebody who may deploy models in the account"
_CORRECT = f"correct {RESOURCE_VARIABLE}"
_VERSION = "2024-10-01"
_RESOURCE = re.compile(
    r"/subscriptions/[^/?#]+/resourceGroups/[^/?#]+/providers/Microsoft\.CognitiveServices/accounts/[^/?#]+/?",
    re.IGNORECASE,
)
_TUNED = re.compile(r"\.ft-[0-9a-f]+")
_DATED = re.compile(r"(?P<name>.+)-(?P<version>\d{4}-\d\d-\d\d)")
_STATES = {
    "succeeded": DeploymentState.READY,
    "failed": DeploymentState.FAILED,
    "canceled": DeploymentState.FAILED,
}
_LEAVING = "deleting"
_PATIENCE = 4 * 3600.0
"""In seconds. Of all that is to be deployed one is made at a time, in minutes; the others wait for it."""
_CAPACITY = 50
"""In units of 1,000 tokens a minute."""


class AzureDeployments:
    """The deployments of an account."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        resource = connection.environ.get(RESOURCE_VARIABLE, "").strip()
        if not _RESOURCE.fullmatch(resource):
            raise UsageError(
                f"{RESOURCE_VARIABLE}: is not the id of an account, which is written /subscriptions/S/"
                "resourceGroups/G/providers/Microsoft.CognitiveServices/accounts/A: see the account's page "
                "`Properties`, or `az cognitiveservices account show --query id`."
            )
        self._path = resource.rstrip("/")
        # without a time-out of its own: `fbench.wire` sets those of every call
        self._client = httpx2.AsyncClient(
            transport=connection.transport,
            base_url=connection.environ.get(MANAGEMENT_VARIABLE) or MANAGEMENT_URL,
            timeout=None,
        )
        self._retry = Retries(
            connection.clock,
            _explain,
            connection.clean,
            look=connection.look_seconds,
            patience=_PATIENCE,
            rejects=False,
        )

    async def sign_in(self) -> None:
        """Sign in to the resource manager, before something is paid for that is to be deployed.

        Raises:
            UsageError: azure-identity is not installed.
            ProviderStopped: nobody is signed in.
        """
        await self._retry("signing in to Azure", self._connection.azure_token)

    async def standing(self, model: str) -> str | None:
        """As `Deployments.standing`: a deployment that is called like a base model is used as it is."""
        if _TUNED.search(model):
            return None
        found = await self.find(model)
        return model if found is not None and found.state is DeploymentState.READY else None

    async def create(self, name: str, model: str, base: str) -> Deployment:
        """As `Deployments.create`. Azure takes the same creation twice for one."""
        tuned = _TUNED.search(model) is not None
        dated = _DATED.fullmatch(model)
        if not tuned and dated is None:
            raise ProviderFailed(
                f"{base} cannot be deployed: a model of Azure is named with its version, such as "
                "gpt-4o-mini-2024-07-18."
            )
        version = {"name": model, "version": "1"} if dated is None or tuned else dated.groupdict()
        sku = {"name": "DeveloperTier" if tuned else "GlobalStandard", "capacity": _CAPACITY}
        asked = {"sku": sku, "properties": {"model": {"format": "OpenAI", **version}}}

        async def create() -> Deployment:
            there = await self._read(name)
            if there is not None:
                if there.state is not DeploymentState.FAILED:
                    return there
                await self._send("DELETE", name)
            return _of(name, _provisioning((await self._send("PUT", name, asked)).json()))

        return await self._retry(f"deploying {model} as {name}", create)

    async def find(self, name: str) -> Deployment | None:
        """As `Deployments.find`."""
        return await self._retry(f"looking for deployment {name}", lambda: self._read(name))

    async def remove(self, name: str) -> bool:
        """As `Deployments.remove`."""

        async def delete() -> bool:
            state = await self._state(name)
            if state not in (None, _LEAVING):
                await self._send("DELETE", name)
            return state is not None

        return await until_gone(name, self._retry, delete)

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def _read(self, name: str) -> Deployment | None:
        state = await self._state(name)
        return None if state in (None, _LEAVING) else _of(name, state)

    async def _state(self, name: str) -> str | None:
        try:
            body = (await self._send("GET", name)).json()
        except httpx2.HTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND or _code(error.response) in ("", *_NO_ACCOUNT):
                raise
            return None
        return _provisioning(body)

    async def _send(self, method: str, name: str, body: object = None) -> httpx2.Response:
        response = await self._client.request(
            method,
            f"{self._path}/deployments/{quote(name, safe='')}",
            params={"api-version": _VERSION},
            json=body,
            headers={"authorization": f"Bearer {await self._connection.azure_token()}"},
        )
        response.raise_for_status()
        return response


def _of(name: str, state: str) -> Deployment:
    found = _STATES.get(state, DeploymentState.PENDING)
    told = f"its provisioning {state}" if found is DeploymentState.FAILED else ""
    return Deployment(name, found, told)


def _provisioning(body: object) -> str:
    properties = cast("Mapping[str, Any]", body).get("properties") if isinstance(body, Mapping) else None
    if not isinstance(properties, Mapping):
        raise ValueError("a deployment without properties")  # noqa: TRY004 - the service sent it
    return text_of(cast("Mapping[str, object]", properties).get("provisioningState")).casefold()


def _explain(error: Exception) -> CallFailure | None:
    if isinstance(error, httpx2.HTTPStatusError):
        return _refusal(error.response)
    if isinstance(error, httpx2.TransportError):
        not_sent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        return CallFailure(FailureKind.TRANSIENT if not_sent else FailureKind.UNCLEAR, told(error))
    if isinstance(error, httpx2.RequestError):
        return CallFailure(FailureKind.MALFORMED, told(error))
    if type(error).__module__.startswith("azure."):  # no credential, or one that has expired
        return CallFailure(FailureKind.STOPPED, told(error), do=_SIGN_IN)
    return None


def _refusal(response: httpx2.Response) -> CallFailure:
    status, code = response.status_code, _code(response)
    words = ": ".join(filter(None, [code, _message(response)])) or f"HTTP {status}"
    if code == "RequestConflict":  # another deployment is being made: to wait helps
        return CallFailure(FailureKind.RATE, words, status, response.headers)
    if status == _UNAUTHORIZED or code in _FORBIDDEN:
        return CallFailure(FailureKind.STOPPED, words, status, response.headers, _SIGN_IN)
    if code in _NO_ACCOUNT:
        return CallFailure(FailureKind.STOPPED, words, status, response.headers, _CORRECT)
    return response_failure(status, words, response.headers, [code])


def _error(response: httpx2.Response) -> Mapping[str, object]:
    try:
        body = cast("object", response.json())
    except ValueError:
        return {}
    found = cast("Mapping[str, object]", body).get("error") if isinstance(body, Mapping) else None
    return cast("Mapping[str, object]", found) if isinstance(found, Mapping) else {}


def _code(response: httpx2.Response) -> str:
    code = _error(response).get("code")
    return code if isinstance(code, str) else ""


def _message(response: httpx2.Response) -> str:
    message = _error(response).get("message")
    return text_of(message) if isinstance(message, str) else ""
