"""Cloud Storage objects, as far as training files need them.

google-cloud-storage uses `requests`, which ignores httpx2 transports; so this is fbench's own client over
the same transport as all other calls.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import httpx2

__all__ = ["Buckets"]

HOST = "https://storage.googleapis.com"


class Buckets:
    """Puts objects into buckets.

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
            headers={"content-type": "application/jsonl", "authorization": f"Bearer {await self._token()}"},
        )
        response.raise_for_status()
        return f"gs://{bucket}/{name}"

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    async def _token(self) -> str:
        credentials = self._credentials
        if not credentials.valid:
            from fbench.providers.google_tokens import TokenRequest  # noqa: PLC0415 - only live runs refresh

            await asyncio.to_thread(credentials.refresh, TokenRequest())
        return credentials.token
