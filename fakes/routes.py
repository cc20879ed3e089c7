"""The one face of respx: a service's routes, on a respx router.

respx matches requests and keeps the table; this module gives it what a service needs: path templates on
the raw path (so that `%2F` in an object's name stays in the name), an error on a second route with the same
pattern (respx would replace the first silently), the vendor's own answer on an unknown path or method
(respx raises), a log of calls that is bounded (respx keeps all), and responses built without copying.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import httpx
import respx
from respx.models import Call as RespxCall
from respx.patterns import Match, Pattern

__all__ = ["Call", "Handler", "Refusal", "Reply", "Routes"]

_JSON = (b"content-type", b"application/json")
_LOG = 1000


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
    """What a handler answers: JSON (any value), bytes, or an iterator of bytes that is sent piece by piece."""

    body: object
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Refusal(Exception):
    """Raised by a handler to answer with an error; each service words its own."""

    def __init__(self, status: int, body: object, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.reply = Reply(body, status, headers)


Handler = Callable[[Call], Reply]
Unknown = Callable[[httpx.Request, Collection[str]], Refusal]
"""Words the answer to a request that no route takes; given the methods that the path would take."""


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

    def __init__(self, method: str, path: re.Pattern[bytes], handler: Handler) -> None:
        super().__init__(_RawPath(path), method=method)
        self.method, self.path, self.handler = method, path, handler

    def resolve(self, request: httpx.Request, **params: str) -> httpx.Response:
        try:
            reply = self.handler(Call(request, params))
        except Refusal as refusal:
            reply = refusal.reply
        return _respond(request, reply)


class _Router(respx.Router):
    """A respx router whose log of calls is bounded, and only kept when asked for."""

    log: deque[RespxCall] | None = None

    def record(
        self,
        request: httpx.Request,
        *,
        response: httpx.Response | None = None,
        route: respx.Route | None = None,  # noqa: ARG002 - respx's own signature
    ) -> None:
        if self.log is not None:
            self.log.append(RespxCall(request=request, optional_response=response))


class Routes:
    """A service's routes. `unknown` words what no route takes.

    Routes are tried in the order they were added: put the ones that are called most first.
    """

    def __init__(self, unknown: Unknown) -> None:
        self.router = _Router(assert_all_called=False)
        self._routes: list[_Route] = []
        self._unknown = unknown

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Mounts `handler` at a template such as `/files/{file_id}`.

        A `{name}` takes anything but a slash or a question mark.

        Raises:
            ValueError: there is a route with that method and pattern already.
        """
        names = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/?]+)", re.escape(template))
        path = re.compile(rf"{names}/?(?:\?|$)".encode())
        shape = re.sub(rb"\?P<\w+>", b"", path.pattern)
        if any(
            r.method == method and re.sub(rb"\?P<\w+>", b"", r.path.pattern) == shape for r in self._routes
        ):
            raise ValueError(f"two routes take {method} {template}")
        route = _Route(method, path, handler)
        self._routes.append(route)
        self.router.add(route)

    def keep_log(self, size: int = _LOG) -> deque[RespxCall]:
        """Starts to log the last `size` calls, and returns the log."""
        self.router.log = deque(maxlen=size)
        return self.router.log

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The service's response. Never raises for what a client sent: the vendor's error is the answer."""
        try:
            return self.router.handler(request)
        except respx.models.AllMockedAssertionError:
            path = request.url.raw_path
            methods = sorted({route.method for route in self._routes if route.path.match(path)})
            return _respond(request, self._unknown(request, methods).reply)


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is sent piece by piece, as it is made."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    async def __aiter__(self):
        for piece in self.pieces:
            yield piece


def _respond(request: httpx.Request, reply: Reply) -> httpx.Response:
    body = reply.body
    headers = list(reply.headers)
    if isinstance(body, Iterator):
        stream: httpx.SyncByteStream = Pieces(cast("Iterator[bytes]", body))
        return httpx.Response(reply.status, headers=headers, stream=stream, request=request)
    if not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers.append(_JSON)
    headers.append((b"content-length", b"%d" % len(body)))
    return httpx.Response(reply.status, headers=headers, stream=httpx.ByteStream(body), request=request)


@lru_cache(maxsize=4096)
def parse_url(url: str) -> httpx.URL:
    """The parsed URL. Parsing costs more than all the rest of a request, and the same few URLs recur."""
    return httpx.URL(url)


def request_of(method: str, url: str, headers: Any, body: bytes) -> httpx.Request:
    """A request as respx takes them; `headers` is a list of pairs of bytes."""
    request = httpx.Request(method, parse_url(url), headers=headers, stream=httpx.ByteStream(body))
    request.read()
    return request
