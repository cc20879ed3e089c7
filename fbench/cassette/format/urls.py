"""URLs in the form in which they are compared: how a client wrote one does not matter to the service."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

__all__ = ["has_order", "plain_url", "steady_url"]

_PORTS = {"http": ":80", "https": ":443"}


@lru_cache(4096)
def plain_url(url: str) -> str:
    """A URL without its fragment and the usual port, and with scheme and host in lower case."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    rest = rest.partition("#")[0]
    end = next((at for at, letter in enumerate(rest) if letter in "/?"), len(rest))
    user, at, host = rest[:end].rpartition("@")
    scheme = scheme.lower()
    host = host.lower().removesuffix(_PORTS.get(scheme, "://"))
    return f"{scheme}://{user}{at}{host}{rest[end:]}"


def has_order(url: str) -> bool:
    """Whether a URL has several parameters, so that another client may send them in another order."""
    return "&" in url.partition("?")[2]


def steady_url(url: str) -> str:
    """A plain URL with its parameters sorted by name; those with the same name keep their order."""
    plain = plain_url(url)
    if not has_order(plain):
        return plain
    parts = urlsplit(plain)
    query = "&".join(sorted(parts.query.split("&"), key=lambda each: each.partition("=")[0]))
    return urlunsplit(parts._replace(query=query))
