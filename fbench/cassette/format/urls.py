"""URLs in the form in which they are compared: how a client wrote one does not matter to the service."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

__all__ = ["has_order", "keyless_url", "plain_url", "steady_url"]

_KEYS = frozenset({"key", "api_key", "api-key", "apikey", "access_token", "token", "subscription-key"})
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


def keyless_url(url: str, *, stored: bool) -> str:
    """A steady URL without keys among its parameters; in a `stored` one, without those that were replaced.

    Who replays has another key than who recorded, or a dummy, and other recorders leave keys out.
    """
    steady = steady_url(url)
    if "=" not in steady:
        return steady
    parts = urlsplit(steady)
    kept = [each for each in parts.query.split("&") if not _is_key(each, stored=stored)]
    return urlunsplit(parts._replace(query="&".join(kept)))


def _is_key(parameter: str, *, stored: bool) -> bool:
    name, _, value = parameter.partition("=")
    return name.lower() in _KEYS and (not stored or value.startswith("scrubbed") or not value)
