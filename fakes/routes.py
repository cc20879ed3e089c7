"""The one face of respx: a service's routes, as respx routes.

respx matches requests by its patterns; this module gives it what a service needs: path templates on the raw
path (so that `%2F` in an object's name stays in the name), an error on a second route with the same pattern
(respx's router would replace the first silently), the vendor's own answer on an unknown path or method
(respx raises), a log of calls that is bounded (respx keeps all), and responses built without copying.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import httpx
import respx
from respx.patterns import Match, Pattern

from fakes.shape import compact

__all__ = [
    "Admit",
    "Call",
    "Handler",
    "Headers",
    "Refusal",
    "Reply",
    "Routes",
    "Stamp",
    "Unknown",
    "Whole",
    "bearer",
    "request_of",
]

_JSON = (b"content-type", b"application/json")
_NAME = re.compile(r"\\{(\w+)\\}")

Headers = Sequence[tuple[bytes, bytes]]


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
        self._log: deque[tuple[httpx.Request, httpx.Response]] | None = None

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

    def keep_log(self, size: int = 1000) -> deque[tuple[httpx.Request, httpx.Response]]:
        """Starts a log of the last `size` requests and responses, and returns it."""
        self._log = deque(maxlen=size)
        return self._log

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The service's response. Never raises for what a client sent: the vendor's error is the answer."""
        for route in self._routes.values():
            # respx's own router looks through its list just so, and then keeps the call, for ever
            if (response := route.answer(request)) is not None:
                break
        else:
            path = request.url.raw_path
            methods = sorted({route.method for route in self._routes.values() if route.path.match(path)})
            response = _respond(request, self._unknown(request, methods).reply, self._stamp(request))
        self.counts[request.method, request.extensions.get("template", "unknown"), response.status_code] += 1
        if self._log is not None:
            self._log.append((request, response))
        return response


class _RawPath(Pattern):
    """A respx pattern on the undecoded path, from a compiled expression."""

    key = "fakes_raw_path"
    value: re.Pattern[bytes]

    def match(self, request: httpx.Request) -> Match:
        found = self.value.match(request.url.raw_path)
        if found is None:
            return Match(matches=False)
        return Match(matches=True, **{name: text.decode("ascii") for name, text in found.groupdict().items()})


class _Route(respx.Route):
    """A respx route that answers through a handler, without respx's per-call inspection of its signature."""

    def __init__(
        self, method: str, path: re.Pattern[bytes], handler: Handler, admit: Admit, stamp: Stamp
    ) -> None:
        super().__init__(_RawPath(path), method=method)
        self.template = ""
        self.method, self.path, self.handler, self.admit, self.stamp = method, path, handler, admit, stamp

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        found = self.pattern.match(request)
        return self.resolve(request, **found.context) if found else None

    def resolve(self, request: httpx.Request, **params: str) -> httpx.Response:
        request.extensions["template"] = self.template
        try:
            self.admit(request)
            reply = self.handler(Call(request, params))
        except Refusal as refusal:
            reply = refusal.reply
        return _respond(request, reply, self.stamp(request))


class Whole(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is there already.

    It is none of httpx's own streams, which respx would read, at a tenth of the cost of a call.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content

    async def __aiter__(self):
        yield self.content


class _Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is sent piece by piece, as it is made."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    async def __aiter__(self):
        for piece in self._pieces:
            yield piece


def _respond(request: httpx.Request, reply: Reply, stamped: Headers) -> httpx.Response:
    # httpx builds a response from `stream=` and `request=` several times faster than from `content=`
    body, headers = reply.body, [*reply.headers, *stamped]
    if isinstance(body, Iterator):
        stream = _Pieces(cast("Iterator[bytes]", body))
        return httpx.Response(reply.status, headers=headers, stream=stream, request=request)
    if not isinstance(body, bytes):
        body = compact(body)
        headers.append(_JSON)
    headers.append((b"content-length", b"%d" % len(body)))
    return httpx.Response(reply.status, headers=headers, stream=Whole(body), request=request)


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
    """A request as a service takes it, read already; its length is the body's, whatever was announced."""
    known = _parse_headers(tuple(pair for pair in headers if pair[0].lower() != b"content-length"))
    request = httpx.Request(method, _parse_url(url), headers=known, stream=httpx.ByteStream(body))
    request.headers.encoding = known.encoding
    request.read()
    return request


def bearer(request: httpx.Request) -> str:
    """The token of the Authorization header; empty where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
