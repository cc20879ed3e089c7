"""What a cassette asks of whom cleans requests and responses before they are kept; and steady base URLs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import httpx2

from fbench.cassette.format.interaction import Response, type_of
from fbench.cassette.scrub.content import apart

__all__ = ["Rebased", "Scrub", "kept_response"]

_UNKEPT = frozenset({"content-length", "transfer-encoding"})


class Scrub(Protocol):
    """Replaces what must not be kept. Idempotent, and the same for equal values wherever they stand."""

    @property
    def older(self) -> Scrub:
        """The same by the rules of older recordings; itself, where there are none."""
        ...

    def url(self, url: str) -> str:
        """A URL as it may be kept."""
        ...

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        """The headers that may be kept, with names in lower case."""
        ...

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body as it may be kept."""
        ...


class Rebased:
    """Puts the vendor's base URL where a service was reached at another: a port, a proxy, an own host.

    Args:
        scrub: does all the rest.
        bases: base URL as reached -> as kept.
    """

    def __init__(self, scrub: Scrub, bases: Mapping[str, str]) -> None:
        self._scrub, self._given = scrub, bases
        self._bases = [(reached.rstrip("/"), kept.rstrip("/")) for reached, kept in bases.items()]

    @property
    def older(self) -> Scrub:
        """The same by the rules of older recordings."""
        older = self._scrub.older
        return self if older is self._scrub else Rebased(older, self._given)

    def url(self, url: str) -> str:
        """A URL as it may be kept."""
        return self._scrub.url(self._replaced(url))

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        """The headers that may be kept, with names in lower case."""
        moved = [(name, self._replaced(value)) for name, value in headers]
        return self._scrub.headers(moved, response=response)

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body as it may be kept. What models and their users say of such a URL stays."""
        if any(reached.encode() in body for reached, _ in self._bases):
            text = body.decode(errors="surrogateescape")
            old = self._scrub.older is self._scrub
            text = self._replaced(text) if old else apart(text, self._replaced, str)
            body = text.encode(errors="surrogateescape")
        return self._scrub.body(body, content_type)

    def _replaced(self, text: str) -> str:
        for reached, kept in self._bases:
            text = text.replace(reached, kept)
        return text


def kept_response(answered: Response, scrub: Scrub) -> Response:
    """A response as it may be kept: scrubbed, its body decoded, without headers of its transfer.

    Raises:
        httpx2.DecodingError: the body is not encoded as its headers say.
    """
    content, headers = answered.body, list(answered.headers)
    if any(name.lower() == "content-encoding" for name, _ in headers):
        content = httpx2.Response(answered.status, headers=headers, content=content).content
        headers = [(name, value) for name, value in headers if name.lower() != "content-encoding"]
    kept = [pair for pair in scrub.headers(headers, response=True) if pair[0] not in _UNKEPT]
    body = scrub.body(content, type_of(tuple(kept)))
    return Response(answered.status, answered.reason, tuple(kept), body)
