"""Fakes of this process behind a recording: they catch up with what it answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx2

from fbench.cassette.library import Library
from fbench.cassette.transport import CassetteTransport
from fbench.request_context import current_shard, was_replayed

__all__ = ["CaughtUp"]

_TRIES = 2
"""If the first answer to a call is lost, the second was recorded: fakes lose none twice."""


class CaughtUp(httpx2.AsyncBaseTransport):
    """Records what fakes answer, and has them catch up with what was recorded before they began.

    The fakes of a process know nothing of an earlier one, of which a recording answers what was asked: they
    have no job or model that it names. So before they answer what is not recorded of a shard, they are sent
    all of it that the recording answered in this process, in that order; what they say to it is not used.
    Where everything is recorded, they are sent nothing.

    Args:
        library: the recording.
        fakes: answer without waiting, so nothing overtakes what is made up for.
        replaced: the values that the recording has placeholders for, by these. It grows as they are replaced.
    """

    def __init__(
        self, library: Library, fakes: httpx2.AsyncBaseTransport, replaced: Mapping[str, set[str]]
    ) -> None:
        self._fakes, self._replaced = fakes, replaced
        self._recorder = CassetteTransport(library, httpx2.MockTransport(self._asked))
        self._missed: defaultdict[str, list[Any]] = defaultdict(list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The recorded response, or that of the fakes."""
        response = await self._recorder.handle_async_request(request)
        if was_replayed.get():
            self._missed[current_shard.get()].append(request)
        return response

    async def _asked(self, request: httpx2.Request) -> httpx2.Response:
        for missed in map(self._named, self._missed.pop(current_shard.get(), ())):
            for _ in range(_TRIES):
                with suppress(httpx2.TransportError):
                    await self._fakes.handle_async_request(missed)
                    break
        return await self._fakes.handle_async_request(self._named(request))

    def _named(self, request: Any) -> httpx2.Request:
        """A request with the fakes' own names: those that a recorded answer gave may have placeholders."""
        url, body = str(request.url), request.content
        for placeholder, values in self._replaced.items():
            value = min(values, key=len)  # the others are encoded
            url, body = url.replace(placeholder, value), body.replace(placeholder.encode(), value.encode())
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"content-length"]
        return httpx2.Request(
            request.method, url, headers=headers, content=body, extensions=request.extensions
        )
