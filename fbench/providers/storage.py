"""Cloud Storage objects, as far as files of trainings and batches need them.

google-cloud-storage uses `requests`, which ignores httpx2 transports; so this is fbench's own client over
the same transport as all other calls.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

import httpx2

from fbench.providers.google_tokens import token_of

__all__ = ["Buckets"]

HOST = "https://storage.googleapis.com"
_MISSING = 404


class Buckets:
    """Puts objects into buckets, reads and deletes them.

    Args:
        transport: carries the requests.
        credentials: google-auth credentials; their token is refreshed in a thread and never stored here.
        host: the service's base URL.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport, credentials: Any, host: str = HOST) -> None:
        # without a time-out of its own: `fbench.wire` sets those of every call
        self._client = httpx2.AsyncClient(transport=transport, base_url=host, timeout=None)
        self._credentials = credentials

    async def put(self, bucket: str, name: str, content: bytes) -> str:
        """Store an object and return its `gs://` URI.

        Raises:
            httpx2.HTTPStatusError: the service refused.
            httpx2.TransportError: it did not answer.
        """
        response = await self._client.post(
            f"/upload/storage/v1/b/{quote(bucket, safe='')}/o",
            params={"uploadType": "media", "name": name},
            content=content,
            headers={
                "content-type": "application/jsonl",
                "authorization": f"Bearer {await token_of(self._credentials)}",
            },
        )
        response.raise_for_status()
        return f"gs://{bucket}/{name}"

    async def has(self, bucket: str, name: str) -> bool:
        """Whether the bucket holds an object; raises as `put`."""
        return await self._found("GET", bucket, name)

    async def delete(self, bucket: str, name: str) -> bool:
        """Delete an object; False if it is not there. Raises as `put`."""
        return await self._found("DELETE", bucket, name)

    async def get(self, bucket: str, name: str) -> bytes:
        """The content of an object; raises as `put`, also where there is none."""
        response = await self._client.get(
            f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}",
            params={"alt": "media"},
            headers=await self._authorized(),
        )
        response.raise_for_status()
        return response.content

    async def names(self, bucket: str, prefix: str) -> list[str]:
        """The names of all objects that begin with a prefix, in order; raises as `put`."""
        found: list[str] = []
        asked = {"prefix": prefix}
        while True:
            response = await self._client.get(
                f"/storage/v1/b/{quote(bucket, safe='')}/o", params=asked, headers=await self._authorized()
            )
            response.raise_for_status()
            page: dict[str, Any] = response.json()
            found += [str(each["name"]) for each in cast("list[dict[str, Any]]", page.get("items") or [])]
            if not page.get("nextPageToken"):
                return found
            asked["pageToken"] = page["nextPageToken"]

    async def _found(self, method: str, bucket: str, name: str) -> bool:
        response = await self._client.request(
            method,
            f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}",
            headers=await self._authorized(),
        )
        if response.status_code == _MISSING:
            return False
        response.raise_for_status()
        return True

    async def _authorized(self) -> dict[str, str]:
        return {"authorization": f"Bearer {await token_of(self._credentials)}"}

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()
