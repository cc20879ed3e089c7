"""Calls on a fake world, each kept with the route that it came to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.routes import Call, Handler, Result, Routes

__all__ = ["SERVICES", "Caller", "Exchange", "Route"]

SERVICES = {
    "openai": "https://api.openai.com/v1",
    "vertex": "https://us-central1-aiplatform.googleapis.com",
    "storage": "https://storage.googleapis.com",
    "gemini": "https://generativelanguage.googleapis.com",
}
"""Service -> the URL in front of the paths of its specification. Nebius and Azure have none here."""


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """A route that is mounted: service, method, template."""

    service: str
    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.service}: {self.method} {self.template}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response; `route` is None where none took it, or it was not let in."""

    service: str
    method: str
    path: str
    status: int
    content_type: str
    headers: httpx2.Headers
    content: bytes
    route: Route | None

    @property
    def json(self) -> Any:
        """The body, of any shape."""
        return json.loads(self.content)

    @property
    def streamed(self) -> bool:
        """True for server-sent events."""
        return self.content_type == "text/event-stream"

    def bodies(self) -> Iterator[Any]:
        """The JSON body, each of a JSON array, or that of each server-sent event but the closing mark.

        None for other content. An array is Google's other form of a stream.
        """
        if self.streamed:
            for line in self.content.splitlines():
                if line.startswith(b"data: ") and line != b"data: [DONE]":
                    yield json.loads(line.removeprefix(b"data: "))
        elif self.content_type == "application/json":
            body = self.json
            yield from cast("list[Any]", body) if isinstance(body, list) else [body]


class Caller:
    """Calls the services of a world of its own; models answer in capitals, so training takes no time."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World(learner=ScriptedLearner(str.upper))
        self.exchanges: list[Exchange] = []
        self._hit: tuple[Routes, str, str] | None = None
        added: list[tuple[Routes, str, str]] = []
        original = Routes.add

        def add(routes: Routes, method: str, template: str, handler: Handler, takes: object = None) -> None:
            route = routes, method, template
            added.append(route)

            def noticed(call: Call) -> Result:
                try:
                    return handler(call)
                finally:
                    self._hit = route  # after the routes that a batch calls

            original(routes, method, template, noticed, takes)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Routes, "add", add)
            transport = FakeTransport(self.world)
        services = vars(transport.services).items()
        self._named = {id(routes): name for name, routes in services if isinstance(routes, Routes)}
        routes = {self._route(each) for each in added}
        self.mounted = frozenset(route for route in routes if route.service in SERVICES)
        self._client = httpx2.Client(transport=transport)

    def __call__(
        self,
        service: str,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        **request: Any,
    ) -> Exchange:
        """Sends a request with credentials, keeps what came back, and returns it. `body` is sent as JSON."""
        self._hit = None
        url = path if path.startswith("https:") else SERVICES[service] + path
        if body is not None:
            request["json"] = body
        signed = {"authorization": "Bearer sk-fake"} if headers is None else headers
        response = self._client.request(method, url, headers=signed, **request)
        raw = response.request.url.raw_path.decode().partition("?")[0]
        exchange = Exchange(
            service,
            method,
            raw.removeprefix("/v1") if service == "openai" else raw,
            response.status_code,
            response.headers.get("content-type", "").partition(";")[0],
            response.headers,
            response.read(),
            self._route(self._hit) if self._hit else None,
        )
        self.exchanges.append(exchange)
        return exchange

    def _route(self, route: tuple[Routes, str, str]) -> Route:
        routes, method, template = route
        return Route(self._named[id(routes)], method, template)
