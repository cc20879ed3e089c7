"""The network as a transport.

A client with a custom transport ignores the proxy variables, so this transport reads them.
"""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import httpx2

__all__ = ["WireTransport"]


class WireTransport(httpx2.AsyncBaseTransport):
    """HTTP over sockets, through the proxies of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""

    def __init__(self) -> None:
        self._proxies = getproxies()
        self._direct = httpx2.AsyncHTTPTransport()
        self._through: dict[str, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and return the response, with its body not yet read."""
        return await self._transport(request.url).handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in (self._direct, *self._through.values()):
            await transport.aclose()

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncHTTPTransport:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if proxy is None or proxy_bypass(url.host):
            return self._direct
        if proxy not in self._through:
            self._through[proxy] = httpx2.AsyncHTTPTransport(proxy=proxy)
        return self._through[proxy]
