"""Find the service for a request: by host, as the vendors' clients address them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import httpx

from fakes.azure.routes import routes_of as azure_routes
from fakes.failures import BrokenConnection, Fault, FaultKind
from fakes.fault_responses import damaged, fault_response
from fakes.gemini.routes import routes_of as gemini_routes
from fakes.learners.capabilities import is_slow
from fakes.limits import limit_headers, limit_reached, limited_model
from fakes.nebius.routes import routes_of as nebius_routes
from fakes.openai.routes import routes_of as openai_routes
from fakes.request_log import LoggedRequest
from fakes.routes import BadURL, Response, Routes, readdressed, request_of
from fakes.storage.routes import routes_of as storage_routes
from fakes.stream_pace import pace_of
from fakes.vertex.routes import routes_of as vertex_routes
from fakes.world import World

if TYPE_CHECKING:
    from fakes.user_routes import UserRoutes  # only worlds with such a route need respx

__all__ = ["Services"]

Served = TypeVar("Served", Response, Response | None)

_HOSTS = (
    (re.compile(r"https://api\.openai\.com(?::443)?/v1(?=/)"), "openai"),
    (re.compile(r"https://api\.(?:tokenfactory|studio)\.nebius\.(?:com|ai)(?::443)?(?=/)"), "nebius"),
    (
        re.compile(
            r"https://[a-z0-9-]+\.(?:openai|services\.ai|cognitiveservices)\.azure\.com(?::443)?/openai/v1(?=/)"
        ),
        "azure",
    ),
    (re.compile(r"https://management\.azure\.com(?::443)?(?=/)"), "azure"),
    (re.compile(r"https://(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com(?::443)?(?=/)"), "vertex"),
    (re.compile(r"https://aiplatform\.[a-z]+\.rep\.googleapis\.com(?::443)?(?=/)"), "vertex"),
    (re.compile(r"https://storage\.googleapis\.com(?::443)?(?=/)"), "storage"),
    (re.compile(r"https://generativelanguage\.googleapis\.com(?::443)?(?=/)"), "gemini"),
)
"""Expressions for the beginning of a URL, each with its service."""

_ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "nebius": "https://api.tokenfactory.nebius.com",
    "azure": "https://fakes.openai.azure.com/openai/v1",
    "vertex": "https://aiplatform.googleapis.com",
    "storage": "https://storage.googleapis.com",
    "gemini": "https://generativelanguage.googleapis.com",
}
"""The vendors' own URLs of their services; Azure's deployments are at another one."""
_DEPLOYMENTS = "https://management.azure.com"


class Services:
    """The services of a world, for its entry points.

    `openai`, `nebius`, `azure`, `vertex`, `storage` and `gemini` are their routes. `at` adds further base
    URLs of a service, such as `{"https://any.example/v1": "openai"}`; ValueError if there is no service with
    that name. With `vendor_addresses`, users' own routes see such requests at the vendor's URL, because they
    do not depend on a server's own address. Where they `are_slow`, a call waits for its model while others
    are answered, so it is made in a thread of its own.
    """

    def __init__(
        self, world: World, at: Mapping[str, str] | None = None, *, vendor_addresses: bool = False
    ) -> None:
        self.openai = openai_routes(world.openai)
        self.nebius = nebius_routes(world.nebius)
        self.azure = azure_routes(world.azure)
        self.vertex = vertex_routes(world.vertex)
        self.storage = storage_routes(world.storage)
        self.gemini = gemini_routes(world.gemini)
        self._world, self._vendor_addresses = world, vendor_addresses
        self.are_slow = is_slow(world.learner)
        named = self._named = {
            "openai": self.openai,
            "nebius": self.nebius,
            "azure": self.azure,
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
            root = base.rstrip("/")
            if name == "nebius":  # its custom models are beside OpenAI's wire
                root = root.removesuffix("/v1")
            self._places.append((re.compile(re.escape(root) + "(?=/)"), name, named[name]))
        self._places += [(prefix, name, named[name]) for prefix, name in _HOSTS]

    def handle(
        self,
        method: str,
        url: str,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        fault: Fault | None = None,
    ) -> Response | None:
        """The response of the service at that URL, or of a user's own route; None if there is neither.

        `fault` is applied to this call, whatever the world's faults are. The world's lock is held during the
        call. The caller must wait for a slow response (`delay`).

        Raises:
            BadURL: the URL cannot be parsed.
            BrokenConnection: a fault, or a side effect of a user's route, breaks the connection.
        """
        for prefix, name, routes in self._places:
            if found := prefix.match(url):
                path = url[found.end() :]
                sent = _address(name, path) if self._vendor_addresses else url
                with self._world.turn:
                    request = request_of(method, "https://service" + path, headers, body)
                    logged = self._world.requests.add(name, method, sent, request.headers, body)
                    if name == "storage":
                        request.extensions["place"] = found[0]
                    if fault is None and self._world.faults:
                        fault = self._world.faults.find(name, method, request.url.path)
                    if fault is None and self._world.lost.loses(name, request):
                        fault = Fault(FaultKind.LOST)
                    if fault is None:
                        return self._answer(logged, routes, request)
                    return self._fail(fault, logged, routes, request)
        with self._world.turn:
            request = request_of(method, url, headers, body)
            logged = self._world.requests.add(None, method, url, request.headers, body)
            own = self._world.user_routes
            response = None if own is None else _own_answer(own, request, lambda: None, logged)
            return None if response is None else logged.answered(response)

    def refuse(self, method: str, url: str, headers: Iterable[tuple[bytes, bytes]]) -> Response | None:
        """What a service answers whatever the body is, so that it need not be read; None where it must."""
        if self._world.user_routes is not None or self._world.faults:
            return None
        for prefix, name, routes in self._places:
            if found := prefix.match(url):
                if name == "storage":
                    return None
                path = url[found.end() :]
                try:
                    request = request_of(method, "https://service" + path, headers, b"")
                except BadURL:
                    return None  # `handle` tells
                if (refused := routes.refuse(request)) is not None:
                    sent = _address(name, path) if self._vendor_addresses else url
                    logged = self._world.requests.add(name, method, sent, request.headers, b"")
                    logged.answered(refused, request)
                return refused
        return None

    def forwarded(self, number: int, answered: Response) -> None:
        """Counts and logs a request to OpenAI, which was refused as unknown, as one that was sent on."""
        logged = self._world.requests.numbered(number)
        if logged is None:
            return  # a thousand others came meanwhile
        counts, refused = self.openai.counts, (logged.method, "unknown", logged.status or 404)
        counts[refused] -= 1
        if not counts[refused]:
            del counts[refused]
        counts[logged.method, "forwarded", answered.status] += 1
        logged.status, logged.route = answered.status, "forwarded"

    def requests(self) -> dict[str, dict[str, int]]:
        """The number of requests to each service, by endpoint and status.

        All are counted: also those that a limit or a fault refused, and with `reset` or `refused` those whose
        connection a fault broke before they were handled.
        """
        return {
            name: {
                f"{method} {template} {status}": n
                for (method, template, status), n in sorted(routes.counts.items(), key=str)
            }
            for name, routes in self._named.items()
        }

    def _answer(self, logged: LoggedRequest, routes: Routes, request: httpx.Request) -> Response:
        name = logged.service or ""
        own = self._world.user_routes
        if own is None:
            return logged.answered(self._paced(logged, self._serve(name, routes, request)), request)
        serve = partial(self._serve, name, routes, request)
        response = _own_answer(own, readdressed(request, logged.url), serve, logged)
        if response.route is not None:
            routes.count(request, response.status)
        return logged.answered(self._paced(logged, response), request)

    def _paced(self, logged: LoggedRequest, response: Response) -> Response:
        """The response, which tells when its pieces are sent if a model streams it."""
        streams = self._world.streams
        if streams and response.route is None and not isinstance(response.body, bytes):
            pace = pace_of(streams, logged.model)
            response.due = pace.schedule() if pace is not None else None
        return response

    def _serve(self, name: str, routes: Routes, request: httpx.Request) -> Response:
        """The service's own response, within the limits of the model."""
        limits = self._world.limits
        limited = limited_model(name, request) if limits else None
        if limits is None or limited is None:
            return routes.handle(request)
        standing = limits.take(*limited)
        if not standing.taken:
            refused = limit_reached(name, limited[0], standing)
            routes.count(request, refused.status)
            return refused
        response = routes.handle(request)
        response.headers += limit_headers(name, standing)
        return response

    def _fail(self, fault: Fault, logged: LoggedRequest, routes: Routes, request: httpx.Request) -> Response:
        logged.fault = fault.kind.value
        match fault.kind:
            case FaultKind.STATUS:
                refused = fault_response(fault, logged.service or "")
                routes.count(request, refused.status)
                return logged.answered(refused)
            case FaultKind.REFUSED | FaultKind.RESET:
                routes.count(request, fault.kind.value)
                raise BrokenConnection(fault.kind)
            case FaultKind.LOST | FaultKind.TIMEOUT:
                self._answer(logged, routes, request)
                raise BrokenConnection(fault.kind)
            case FaultKind.TRUNCATED | FaultKind.GARBLED:
                return damaged(fault, self._answer(logged, routes, request))
            case FaultKind.SLOW:
                response = self._answer(logged, routes, request)
                response.delay = fault.seconds
                return response


def _address(name: str, path: str) -> str:
    """The vendor's URL of a path at a service."""
    return (_DEPLOYMENTS if path.startswith("/subscriptions/") else _ADDRESSES[name]) + path


def _own_answer(
    own: UserRoutes, request: httpx.Request, serve: Callable[[], Served], logged: LoggedRequest
) -> Served | Response:
    """What users' own routes answer, or the service; the log is told where a route breaks the connection."""
    try:
        return own.answer(request, serve)
    except BrokenConnection as broken:
        logged.fault = broken.kind.value
        raise
