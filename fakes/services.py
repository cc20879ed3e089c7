"""Which service answers a request: by host, as the vendors' clients address them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import httpx

from fakes.faults import Broken, Fault, Kind, answer_of, spoil
from fakes.gemini.app import routes_of as gemini_routes
from fakes.limiting import asker_of, headers_of, refusal_of
from fakes.openai.app import routes_of as openai_routes
from fakes.response import Response
from fakes.routes import Routes, request_of
from fakes.storage.app import routes_of as storage_routes
from fakes.vertex.app import routes_of as vertex_routes
from fakes.world import World

__all__ = ["Services"]

_HOSTS = (
    (re.compile(r"https://api\.openai\.com(?::443)?/v1(?=/)"), "openai"),
    (re.compile(r"https://(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com(?::443)?(?=/)"), "vertex"),
    (re.compile(r"https://aiplatform\.[a-z]+\.rep\.googleapis\.com(?::443)?(?=/)"), "vertex"),
    (re.compile(r"https://storage\.googleapis\.com(?::443)?(?=/)"), "storage"),
    (re.compile(r"https://generativelanguage\.googleapis\.com(?::443)?(?=/)"), "gemini"),
)
"""Expressions for the beginning of a URL, and the service that stands there."""


class Services:
    """The services of a world, behind one door.

    `openai`, `vertex`, `storage` and `gemini` are their routes. `at` adds further places where a service is
    found, such as `{"https://api.studio.nebius.com/v1": "openai"}`; ValueError where no service is called so.
    """

    def __init__(self, world: World, at: Mapping[str, str] | None = None) -> None:
        self.openai = openai_routes(world.openai)
        self.vertex = vertex_routes(world.vertex)
        self.storage = storage_routes(world.storage)
        self.gemini = gemini_routes(world.vertex)
        self._world = world
        named = self._named = {
            "openai": self.openai,
            "vertex": self.vertex,
            "storage": self.storage,
            "gemini": self.gemini,
        }
        self._places: list[tuple[re.Pattern[str], str, Routes]] = []
        for base, name in (at or {}).items():
            if name not in named:
                raise ValueError(
                    f"There is no service {name!r} to put at {base}. Name one of {', '.join(named)}."
                )
            self._places.append((re.compile(re.escape(base.rstrip("/")) + "(?=/)"), name, named[name]))
        self._places += [(prefix, name, named[name]) for prefix, name in _HOSTS]

    def handle(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        fault: Fault | None = None,
    ) -> Response | None:
        """The response of the service at that URL; None where no service is.

        `fault` meets this call, whatever the world's faults are. The world's lock is held meanwhile. To wait
        for a slow response (`delay`) is left to the door.

        Raises:
            Broken: a fault breaks the connection.
        """
        for prefix, name, routes in self._places:
            if found := prefix.match(url):
                with self._world.lock:
                    request = request_of(method, "https://service" + url[found.end() :], headers, body)
                    if fault is None and self._world.faults:
                        fault = self._world.faults.met(name, method, request.url.path)
                    if fault is None:
                        return self._answer(name, routes, request)
                    return self._fail(fault, name, routes, request)
        return None

    def requests(self) -> dict[str, dict[str, int]]:
        """How many requests each service has had, by endpoint and status."""
        return {
            name: {
                f"{method} {template} {status}": n
                for (method, template, status), n in sorted(routes.counts.items())
            }
            for name, routes in self._named.items()
        }

    def _answer(self, name: str, routes: Routes, request: httpx.Request) -> Response:
        limits = self._world.limits
        asker = asker_of(name, request) if limits else None
        if limits is None or asker is None:
            return routes.handle(request)
        standing = limits.take(*asker)
        if not standing.taken:
            return refusal_of(name, asker[0], standing)
        response = routes.handle(request)
        response.headers += headers_of(name, standing)
        return response

    def _fail(self, fault: Fault, name: str, routes: Routes, request: httpx.Request) -> Response:
        match fault.kind:
            case Kind.STATUS:
                return answer_of(fault, name)
            case Kind.REFUSED | Kind.RESET:
                raise Broken(fault.kind)
            case Kind.LOST | Kind.TIMEOUT:
                self._answer(name, routes, request)
                raise Broken(fault.kind)
            case Kind.TRUNCATED | Kind.GARBLED:
                return spoil(fault, self._answer(name, routes, request))
            case Kind.SLOW:
                response = self._answer(name, routes, request)
                response.delay = fault.seconds
                return response
