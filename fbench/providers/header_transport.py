"""Shows the headers of responses from the network to the pacers."""

from __future__ import annotations

import httpx2

from fbench.providers.pacing import note

__all__ = ["HeaderTransport"]


class HeaderTransport(httpx2.AsyncBaseTransport):
    """A transport whose responses tell the permit of their request what they say of limits."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request on, and note the headers of its response."""
        response = await self._inner.handle_async_request(request)
        note(response.headers)
        return response

    async def aclose(self) -> None:
        """Close the transport below."""
        await self._inner.aclose()
