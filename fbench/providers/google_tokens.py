"""Access tokens of Google, fetched over the network with the limits of every other call.

google-auth fetches them through `requests`, whose time-outs bound the wait for the next byte only: a server
that sends a byte now and then would hold the call, and with it the thread and the end of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from google.auth import transport
from google.auth.exceptions import TransportError

from fbench.errors import told
from fbench.wire import TIMES, CallTimes, WireTransport

__all__ = ["TokenRequest", "TokenResponse", "bound", "token_of"]


class TokenResponse(transport.Response):  # type: ignore[misc] - google-auth has no types
    """An answer, as google-auth reads it."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, found by a name in any case."""
        return self._response.headers

    @property
    def data(self) -> bytes:
        """The body."""
        return self._response.content


class TokenRequest(transport.Request):  # type: ignore[misc] - as above
    """Sends a request of google-auth over `WireTransport`. It may be called in any thread."""

    def __init__(self, times: CallTimes = TIMES) -> None:
        self._times = times

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - those of `CallTimes` hold instead
        **_: object,
    ) -> TokenResponse:
        """The answer.

        Raises:
            google.auth.exceptions.TransportError: none came, or not in time.
        """
        request = httpx2.Request(method, url, content=body, headers=headers)
        with ThreadPoolExecutor(1) as thread:  # this one may run an event loop already
            try:
                return TokenResponse(thread.submit(asyncio.run, self._answer(request)).result())
            except httpx2.TransportError as error:
                raise TransportError(f"fetching a token of Google: {told(error)}") from error

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        async with httpx2.AsyncClient(transport=WireTransport(self._times)) as client:
            return await client.send(request)


def bound(credentials: Any, times: CallTimes = TIMES) -> Any:
    """The credentials, which fetch each token through `TokenRequest`, whoever asks them to."""
    fetch = credentials.refresh

    def refresh(_: object) -> None:
        fetch(TokenRequest(times))

    credentials.refresh = refresh
    return credentials


async def token_of(credentials: Any) -> str:
    """A valid token, fetched in a thread if there is none; it is never stored here."""
    if not credentials.valid:
        await asyncio.to_thread(credentials.refresh, TokenRequest())
    return credentials.token
