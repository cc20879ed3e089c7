from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["Scrubber", "scrubber_from_environ"]


class Scrubber:
    def url(self, url: str) -> str:
        return url

    def text(self, text: str) -> str:
        return text

    def headers(self, headers: Iterable[tuple[str, str]], *, response: bool) -> list[tuple[str, str]]:
        del response
        return [(n.lower(), v) for n, v in headers if n.lower() in ("content-type", "retry-after")]

    def body(self, body: bytes, content_type: str) -> bytes:
        del content_type
        return body


def scrubber_from_environ(environ: Mapping[str, str]) -> Scrubber:
    del environ
    return Scrubber()
