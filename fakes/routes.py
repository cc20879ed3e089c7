"""The one face of respx: a service's routes, as respx routes.

respx matches requests by its patterns; this module gives it what a service needs: path templates on the raw
path (so that `%2F` in an object's name stays in the name), an error on a second route with the same pattern
(respx's router would replace the first silently), the vendor's own answer on an unknown path or method
(respx raises), a log of calls that is bounded (respx keeps all), and requests built without copying.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx
import respx
from respx.patterns import Match, Pattern

from fakes.response import Headers, Response, respond

__all__ = [
    "Admit",
    "Call",
    "Handler",
    "Refusal",
    "Reply",
    "Routes",
    "Stamp",
    "Unknown",
    "bearer",
    "request_of",
]

_NAME = re.compile(r"\\{(\w+)\\}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached a route: the request, and the values of the template's `{names}` (undecoded)."""

    request: httpx.Request
    params: Mapping[str, str]

    @property
    def body(self) -> bytes:
        """The request's body."""
        return self.request.content

    @property
    def query(self) -> httpx.QueryParams:
        """The decoded query parameters."""
        return self.request.url.params


@dataclass(frozen=True, slots=True)
class Reply:
    """What a handler answers: JSON (any value), bytes, or an iterator of bytes, sent piece by piece."""

    body: object
    status: int = 200
    headers: Headers = ()


class Refusal(Exception):
    """Raised by a handler to answer with an error; each service words its own."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.reply = Reply(body, status)


Handler = Callable[[Call], Reply]
Unknown = Callable[[httpx.Request, Collection[str]], Refusal]
"""Words the answer to a request that no route takes; given the methods that the path would take."""
Admit = Callable[[httpx.Request], None]
"""Raises a Refusal where a request carries no credentials."""
Stamp = Callable[[httpx.Request], Headers]
"""The headers that go with every response to a request, whatever it is."""


class Routes:
    """A service's routes. `unknown` words what no route takes; `admit` looks at credentials before a route;
    `stamp` gives the headers of every response.

    Routes are tried in the order they were added: put the ones that are called most first. `counts` holds
    the requests so far by method, template and status.
    """

    def __init__(self, unknown: Unknown, admit: Admit, stamp: Stamp = lambda _: ()) -> None:
        self._routes: dict[tuple[str, str], _Route] = {}
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self._unknown, self._admit, self._stamp = unknown, admit, stamp
        self._log: deque[tuple[httpx.Request, Response]] | None = None

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Mounts `handler` at a template such as `/files/{file_id}`.

        A `{name}` takes anything but a slash or a question mark.

        Raises:
            ValueError: there is a route with that method and pattern already.
        """
        escaped = re.escape(template)
        shape = method, _NAME.sub("{}", escaped)
        if shape in self._routes:
            raise ValueError(f"Two routes take {method} {template}. Mount one handler there.")
        names = _NAME.sub(r"(?P<\1>[^/?]+)", escaped)
        path = re.compile(rf"{names}/?(?:\?|$)".encode())
        route = _Route(method, path, handler, self._admit, self._stamp)
        route.template = template
        self._routes[shape] = route

    def keep_log(self, size: int = 1000) -> deque[tuple[httpx.Request, Response]]:
        """Starts a log of the last `size` requests and responses, and returns it."""
        self._log = deque(maxlen=size)
        return self._log

    def handle(self, request: httpx.Request) -> Response:
        """The service's response. Never raises for what a client sent: the vendor's error is the answer."""
        for route in self._routes.values():
            # respx's own router looks through its list just so, and then keeps the call, for ever
            if (response := route.answer(request)) is not None:
                break
        else:
            path = request.url.raw_path
            methods = sorted({route.method for route in self._routes.values() if route.path.match(path)})
            response = _stamped(self._unknown(request, methods).reply, self._stamp(request))
        self.counts[request.method, request.extensions.get("template", "unknown"), response.status] += 1
        if self._log is not None:
            self._log.append((request, response))
        return response


class _Place(Pattern):
    """A respx pattern on the method, and on the undecoded path as a compiled expression.

    One pattern: to join respx's own on the method to another would cost as much again.
    """

    key = "fakes_place"
    value: tuple[str, re.Pattern[bytes]]

    def match(self, request: httpx.Request) -> Match:
        method, path = self.value
        found = path.match(request.url.raw_path) if request.method == method else None
        if found is None:
            return Match(matches=False)
        return Match(matches=True, **{name: text.decode("ascii") for name, text in found.groupdict().items()})


class _Route(respx.Route):
    """A respx route that answers through a handler, without respx's per-call inspection of its signature."""

    def __init__(
        self, method: str, path: re.Pattern[bytes], handler: Handler, admit: Admit, stamp: Stamp
    ) -> None:
        super().__init__(_Place((method, path)))
        self.template = ""
        self.method, self.path, self.handler, self.admit, self.stamp = method, path, handler, admit, stamp

    def answer(self, request: httpx.Request) -> Response | None:
        found = self.pattern.match(request)
        if not found:
            return None
        request.extensions["template"] = self.template
        try:
            self.admit(request)
            reply = self.handler(Call(request, found.context))
        except Refusal as refusal:
            reply = refusal.reply
        return _stamped(reply, self.stamp(request))


def _stamped(reply: Reply, stamp: Headers) -> Response:
    return respond(reply.status, reply.body, (*reply.headers, *stamp))


class _Request(httpx.Request):
    """A request as a service takes it, read already.

    It shares its URL and headers with all equal ones: httpx's own constructor would copy both.
    """

    def __init__(self, method: str, url: httpx.URL, headers: httpx.Headers, body: bytes) -> None:
        self.method, self.url, self.headers = method.upper(), url, headers
        self.extensions, self.stream = {}, httpx.ByteStream(body)
        self._content = body  # where httpx's `read` leaves it, without the cost of its looks at the stream


@lru_cache(maxsize=4096)
def _parse_url(url: str) -> httpx.URL:
    # parsing costs more than all the rest of a request, and the same few URLs recur
    return httpx.URL(url)


@lru_cache(maxsize=256)
def _parse_headers(headers: tuple[tuple[bytes, bytes], ...]) -> httpx.Headers:
    # a client sends the same two dozen headers with each request, and httpx normalises and decodes each
    parsed = httpx.Headers(list(headers))
    parsed.encoding = parsed.encoding
    return parsed


def request_of(method: str, url: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> httpx.Request:
    """A request as a service takes it; its length is the body's, whatever was announced."""
    known = _parse_headers(tuple([pair for pair in headers if pair[0].lower() != b"content-length"]))
    return _Request(method, _parse_url(url), known, body)


def bearer(request: httpx.Request) -> str:
    """The token of the Authorization header; empty where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
