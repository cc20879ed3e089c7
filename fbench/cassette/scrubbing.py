"""What a cassette asks of whom cleans requests and responses before they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

__all__ = ["AsIs", "Scrub"]


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


class AsIs:
    """Keeps everything."""

    def url(self, url: str) -> str:
        return url

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        return [(n.lower(), v) for n, v in headers if n.lower() in ("content-type", "retry-after")]

    def body(self, body: bytes, content_type: str) -> bytes:
        return body
