"""The network, for a client that may be sync or async."""

from __future__ import annotations

import httpx2

from fbench.wire import WireTransport

__all__ = ["Network"]


class Network(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """HTTP over sockets, opened when needed, through the proxies that the environment names."""

    def __init__(self) -> None:
        self._sync: httpx2.Client | None = None
        self._async = WireTransport(None, keep_alive=False)  # the tested program's own time-outs hold

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and return the response, with its body not yet read."""
        if self._sync is None:
            alone = httpx2.Limits(max_keepalive_connections=0)
            self._sync = httpx2.Client(timeout=None, follow_redirects=False, limits=alone)
        return self._sync.send(request, stream=True)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and return the response, with its body not yet read."""
        return await self._async.handle_async_request(request)

    def close(self) -> None:
        """Close the connections of a sync client."""
        if self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Close the connections of an async client."""
        await self._async.aclose()
