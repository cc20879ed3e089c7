"""What a training left at Vertex AI: its endpoints and its model.

google-genai cannot delete endpoints; so this is fbench's own client over the same transport as all other
calls, see https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import httpx2
from google.genai import errors

from fbench.errors import Incomplete
from fbench.plurals import counted
from fbench.providers.google_tokens import token_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Rejected

if TYPE_CHECKING:
    from fbench.providers.retry import Retries
from fbench.providers.vertex_names import address_of

__all__ = ["LOOKS", "VertexResources"]

LOOKS = 60
"""How often an operation is looked at: five minutes, with five seconds between two looks."""
_PAUSE = 5.0
_MISSING = 404


class VertexResources:
    """Endpoints and models, by their names in full (`projects/P/locations/L/endpoints/E`).

    Args:
        client: over the connection's transport.
        credentials: google-auth credentials.
        base_url: the service's URL; empty for the vendor's own, which depends on the location.
        retry: how calls are tried again.
        short: a name without its project, for messages.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        credentials: Any,
        base_url: str,
        retry: Retries,
        short: Callable[[str], str],
    ) -> None:
        self._client, self._credentials, self._base = client, credentials, base_url.rstrip("/")
        self._retry, self._short = retry, short

    async def left(self, model: str, endpoints: Iterable[str]) -> list[Leftover]:
        """Which of these are still there: endpoints first, as a model that is deployed cannot be deleted.

        An endpoint at which somebody deployed another model stays, and so does a model with versions that
        this training did not make.
        """
        left: list[Leftover] = []
        name, _, version = model.partition("@")
        for endpoint in endpoints:
            found = await self.get(endpoint)
            if found is None:
                continue
            deployed: list[dict[str, Any]] = found.get("deployedModels") or []
            others = [each for each in deployed if str(each.get("model")).partition("@")[0] != name]
            why = "another model is deployed there too" if others else ""
            ids = [str(each["id"]) for each in deployed]
            left.append(self._leftover("endpoint", endpoint, why, *ids))
        if name and await self.get(name) is not None:
            versions: list[dict[str, Any]] = (await self.get(f"{name}:listVersions") or {}).get(
                "models"
            ) or []
            other = any(str(each.get("versionId")) != (version or "1") for each in versions)
            why = "it has versions that this training did not make" if other else ""
            left.append(self._leftover("model", name, why))
        return left

    def _leftover(self, kind: str, name: str, why: str, *deployed: str) -> Leftover:
        if why:
            return Leftover(kind, self._short(name), why=why)

        async def delete() -> bool:
            for number in deployed:
                await self._call("POST", f"{name}:undeployModel", {"deployedModelId": number})
            return await self._call("DELETE", name)

        return Leftover(kind, self._short(name), delete)

    async def _call(self, method: str, name: str, body: dict[str, object] | None = None) -> bool:
        """Make a call, and wait until its operation has ended; False if there is no such resource."""
        operation = await self._send(method, name, body)
        for _ in range(LOOKS):
            if operation is None:
                return False
            if problem := operation.get("error"):
                raise Rejected(f"{method} {self._short(name)}: {problem.get('message')}")
            if operation.get("done", True):
                return True
            await self._retry.clock.sleep(_PAUSE)
            operation = await self.get(str(operation["name"]))
        raise Incomplete(
            f"{self._short(name)}: was looked at {counted(LOOKS, 'time')} and is still being deleted."
        )

    async def get(self, name: str) -> dict[str, Any] | None:
        """A resource by its name in full; None if there is none."""
        return await self._send("GET", name)

    async def _send(
        self, method: str, name: str, body: dict[str, object] | None = None
    ) -> dict[str, Any] | None:
        return await self._retry(f"{method} {self._short(name)}", lambda: self.once(method, name, body))

    async def once(
        self,
        method: str,
        name: str,
        body: dict[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        """One attempt at a call; None if the service says that there is no such thing (404)."""
        host = self._base or address_of(name.split("/")[3])
        headers = {"authorization": f"Bearer {await token_of(self._credentials)}"}
        url = f"{host}/v1/{name}"
        response = await self._client.request(method, url, json=body, headers=headers, params=query)
        if response.status_code == _MISSING:
            return None
        if response.is_error:
            raise errors.APIError(response.status_code, _told(response), response)  # pyright: ignore[reportUnknownMemberType] - of several clients
        return response.json()


def _told(response: httpx2.Response) -> Any:
    """What the service says of an error."""
    try:
        return response.json()
    except ValueError:
        return {"error": {"message": f"HTTP {response.status_code} from {response.url.host}"}}
