"""Calls that no fake serves, sent on to a real service and recorded (`fbench serve --forward --record`)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Collection, Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx2

from fakes.routes import Response, respond
from fbench.cassette import CassetteTransport, Library, Rebased, finish, scrubber_from_environ
from fbench.cassette.library import INDEX
from fbench.errors import FbenchError, UsageError
from fbench.upstream import provenance_of
from fbench.wire import CallTimes, WireTransport

__all__ = ["Forwarder", "base_of"]

_HOP = frozenset(
    (b"host", b"connection", b"keep-alive", b"content-length", b"transfer-encoding", b"te", b"upgrade")
)
"""Headers of one connection."""
_UNSENT = _HOP | {b"accept-encoding", b"cookie", b"origin", b"referer", b"x-fakes-fault"}
_TIMES = CallTimes(connect=10.0, write=600.0, read=600.0, pool=10.0, call=3600.0)
"""A client of another project may ask for anything, so these are long."""
_VENDOR = "https://api.openai.com/v1"


def base_of(given: str) -> str:
    """The base URL of an option, without a slash at its end.

    Raises:
        UsageError: it is no base URL of http or https.
    """
    try:
        parts = urlsplit(given)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
        parts = urlsplit("")
    if not valid or parts.query or parts.fragment or parts.username:
        raise UsageError(f"--forward: {given!r} is no base URL, such as {_VENDOR}.")
    return given.rstrip("/")


def _parts(folder: Path) -> bool:
    """Whether a folder has a recording that is not closed."""
    return next(folder.rglob("*.yaml.part"), None) is not None


class Forwarder:
    """Sends calls of OpenAI's API to another base URL, and records them in a folder, scrubbed.

    What is recorded already is played and not sent again. The client's own key goes with the call; no
    recording has it. Failed connections are answered with 502 and not recorded.

    Args:
        base: the base URL, such as `https://api.openai.com/v1`.
        folder: of the recording; it is made with the first call.
        environ: whose secrets are scrubbed.

    Raises:
        UsageError: the folder holds something else than a recording.
    """

    def __init__(self, base: str, folder: Path, environ: Mapping[str, str] = os.environ) -> None:
        if folder.is_dir() and any(folder.iterdir()) and not (folder / INDEX).exists() and not _parts(folder):
            raise UsageError(f"--record: {folder} is not empty and no recording. Name another folder.")
        self._base, self._folder = base, folder
        self._provenance = provenance_of("live", {"OPENAI_BASE_URL": base})
        scrub = Rebased(scrubber_from_environ(environ), {base: _VENDOR})
        self._library = Library(folder, "new", scrub=scrub, provenance=self._provenance)

    async def __call__(
        self, method: str, path: str, headers: Collection[tuple[bytes, bytes]], body: bytes
    ) -> Response:
        """The service's answer; `path` is what follows the base URL, with its query."""
        sent = [pair for pair in headers if pair[0].lower() not in _UNSENT]
        sent += [(b"accept-encoding", b"identity"), (b"host", urlsplit(self._base).netloc.encode())]
        wire = WireTransport(_TIMES)
        try:
            request = httpx2.Request(method, self._base + path, headers=sent, content=body)
            answered = await CassetteTransport(self._library, wire).handle_async_request(request)
            stream = cast("AsyncIterable[bytes]", answered.stream)
            pieces = [piece async for piece in stream]
        except (httpx2.TransportError, FbenchError) as error:
            told = f"{method} {self._base}{path.partition('?')[0]} cannot be forwarded: {error}"
            return respond(
                502, {"error": {"message": told, "type": "forward_error", "param": None, "code": None}}
            )
        finally:
            await wire.aclose()
        kept = [pair for pair in answered.headers.raw if pair[0].lower() not in _HOP]
        if answered.headers.get("content-type", "").startswith("text/event-stream"):
            return Response(answered.status_code, kept, iter(pieces))
        return respond(answered.status_code, b"".join(pieces), kept)

    def close(self) -> None:
        """Closes the recording and writes its index, if anything was recorded.

        Raises:
            CassetteError: it cannot be written; what was recorded is safe.
        """
        self._library.release()
        if _parts(self._folder):
            finish(self._folder, self._provenance)
