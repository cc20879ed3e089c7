"""Who may talk to a server: this machine's own programs, and no page of a browser that was not named.

A page on the internet reaches a loopback port in two ways. It may send requests to it across sites, which the
browser marks with the page's origin. Or its host's name may change its address to a loopback one (DNS
rebinding): then the browser takes both for one site, and only the Host header shows the name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from fakes.routes import Response, respond
from fakes.service_names import OPENAI_WIRE

__all__ = ["Guard", "refusal_of"]

_OWN = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://(?:{_HOST.pattern})(?::\d{{1,5}})?/?", re.IGNORECASE)
_READING = frozenset({"GET", "HEAD"})
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

Pairs = Iterable[tuple[bytes, bytes]]


class Guard:
    """Looks at the headers of requests.

    Args:
        hosts: names under which the server may be asked, besides those of this machine; without ports.
        origins: pages that may use it from a browser, such as `http://localhost:3000`; `*` for all.

    Raises:
        ValueError: one is no name of a host, or no origin: no request would ever have it.
    """

    def __init__(self, hosts: Collection[str] = (), origins: Collection[str] = ()) -> None:
        for origin in origins:
            if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"--cors {origin!r} is no origin of a page: write it as http://localhost:3000, without a "
                    "path, or * for any."
                )
        for name in hosts:
            if not _HOST.fullmatch(name):
                raise ValueError(
                    f"--allow-host {name!r} is no name of a host: write it as fakes.test, without a "
                    "scheme, a port or a path."
                )
        self._hosts = frozenset(name.lower() for name in hosts)
        self._origins = frozenset(origin.rstrip("/") for origin in origins)

    def refusal(self, method: str, headers: Pairs) -> Response | None:
        """The answer to a request that is not let in; None for one that is.

        With a foreign Host nothing is answered at all. A foreign page may not change anything; what it may
        read, its browser decides.
        """
        host = origin = site = ""
        for name, value in headers:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
            elif name == b"sec-fetch-site":
                site = value.decode("latin-1").lower()
        if method not in _METHODS:
            return _told(501, f"There is no method {method[:20]} here.")
        if host and not self._is_own(host):
            return _told(
                403,
                "The Host header names no address of this machine. Ask 127.0.0.1 or localhost, or start the "
                "server with --allow-host NAME.",
            )
        foreign = not host or origin != f"http://{host}" if origin else site in ("cross-site", "same-site")
        if method in _READING or not foreign or self._knows(origin):
            return None
        return _told(
            403,
            "Pages of other origins may not change anything here. Start the server with --cors ORIGIN to let "
            "one.",
        )

    def preflight(self, headers: Pairs) -> Response:
        """The answer to a browser that asks what a page may do."""
        given = {name: value for name, value in headers if name.startswith((b"access-control-", b"origin"))}
        allowed = self.allowed(given.items())
        if allowed:
            asked = given.get(b"access-control-request-headers", b"")
            allowed += [
                (b"access-control-allow-methods", ", ".join(_METHODS).encode()),
                (b"access-control-allow-headers", asked),
                (b"access-control-max-age", b"600"),
            ]
            if given.get(b"access-control-request-private-network") == b"true":
                allowed.append((b"access-control-allow-private-network", b"true"))
        return respond(204 if allowed else 403, b"", allowed)

    def allowed(self, headers: Pairs) -> list[tuple[bytes, bytes]]:
        """The headers that let a page read an answer; none where its origin is not known."""
        if self._origins:
            for name, value in headers:
                if name == b"origin" and self._knows(value.decode("latin-1")):
                    return [
                        (b"access-control-allow-origin", value),
                        (b"access-control-expose-headers", b"*"),
                        (b"vary", b"Origin"),
                    ]
        return []

    def _is_own(self, host: str) -> bool:
        return _OWN.fullmatch(host) is not None or re.sub(r":\d{1,5}$", "", host).lower() in self._hosts

    def _knows(self, origin: str) -> bool:
        return bool(origin) and (origin in self._origins or ("*" in self._origins and origin != "null"))


def refusal_of(service: str, status: int, message: str) -> Response:
    """An error in a service's own shape."""
    if service in OPENAI_WIRE:
        error: dict[str, object] = {
            "message": message,
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
    elif service == "storage":
        reason = {413: "uploadTooLarge"}.get(status, "invalid")
        detail = {"message": message, "domain": "global", "reason": reason}
        error = {"code": status, "message": message, "errors": [detail]}
    else:
        error = {"code": status, "message": message, "status": "INVALID_ARGUMENT"}
    return respond(status, {"error": error})


def _told(status: int, message: str) -> Response:
    return respond(status, {"error": {"message": message, "type": "invalid_request_error", "code": status}})
