"""Which service answers a request: by host, as the vendors' clients address them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import httpx

from fakes.gemini.app import routes_of as gemini_routes
from fakes.openai.app import routes_of as openai_routes
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
        self._lock = world.lock
        named = {
            "openai": self.openai,
            "vertex": self.vertex,
            "storage": self.storage,
            "gemini": self.gemini,
        }
        self._places: list[tuple[re.Pattern[str], Routes]] = []
        for base, name in (at or {}).items():
            if name not in named:
                raise ValueError(
                    f"There is no service {name!r} to put at {base}. Name one of {', '.join(named)}."
                )
            self._places.append((re.compile(re.escape(base.rstrip("/")) + "(?=/)"), named[name]))
        self._places += [(prefix, named[name]) for prefix, name in _HOSTS]

    def handle(
        self, method: str, url: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
    ) -> httpx.Response | None:
        """The response of the service at that URL; None where no service is.

        The world's lock is held meanwhile.
        """
        for prefix, routes in self._places:
            if found := prefix.match(url):
                root = "https://service" + url[found.end() :]
                with self._lock:
                    return routes.handle(request_of(method, root, headers, body))
        return None
