"""What a cassette asks of whom cleans requests and responses before they are kept; and steady base URLs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

__all__ = ["Rebased", "Scrub"]


class Scrub(Protocol):
    """Replaces what must not be kept. Idempotent, and the same for equal values wherever they stand."""

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
        self._scrub = scrub
        self._bases = [(reached.rstrip("/"), kept.rstrip("/")) for reached, kept in bases.items()]

    def url(self, url: str) -> str:
        """A URL as it may be kept."""
        return self._scrub.url(self._replaced(url))

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        """The headers that may be kept, with names in lower case."""
        moved = [(name, self._replaced(value)) for name, value in headers]
        return self._scrub.headers(moved, response=response)

    def body(self, body: bytes, content_type: str) -> bytes:
        """A body as it may be kept."""
        for reached, kept in self._bases:
            body = body.replace(reached.encode(), kept.encode())
        return self._scrub.body(body, content_type)

    def _replaced(self, text: str) -> str:
        for reached, kept in self._bases:
            text = text.replace(reached, kept)
        return text
