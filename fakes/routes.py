"""Requests, responses, and the table of a service's routes.

Handlers are plain functions from a `Call` to a `Result`. Path templates match the raw path, so that `%2F` in
the name of an object stays in the name. A second route for the same method and template is an error, and an
unknown path or method gets the vendor's own response. Users' own routes are not here: see
`fakes.user_routes`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import httpx

from fakes.json_text import compact

__all__ = [
    "Admit",
    "BadURL",
    "Call",
    "Check",
    "Handler",
    "Headers",
    "Refusal",
    "Response",
    "Result",
    "Routes",
    "Stamp",
    "Unknown",
    "bearer",
    "readdressed",
    "request_of",
    "respond",
]

_NAME = re.compile(r"\\{(\w+)\\}")
_LENGTH = len(b"content-length")
_JSON = (b"content-type", b"application/json")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Response:
    """What is sent to the client: a status, the headers, and the body.

    A body that is an iterator is sent piece by piece, as it is created. `delay` is the number of seconds that
    the entry point waits before it answers. `route` is the user's own route that answered, in words;
    None where the service did. `due` takes the pieces of a streamed body in order, and gives the seconds
    after the request at which a server sends each; None where it never waits. `unserved` is true where the
    service has no such route. `slow` is true where the pieces of a body have to be waited for. `number` is
    that of the request in the world's log.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | Iterator[bytes]
    delay: float = 0.0
    route: str | None = None
    due: Callable[[bytes], float] | None = None
    unserved: bool = False
    slow: bool = False
    number: int = 0


def respond(status: int, body: object, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """The response with a body of JSON (any value), bytes, or an iterator of bytes.

    The content type of JSON is added after `headers`, and a length for all but an iterator.
    """
    sent = [*headers]
    if isinstance(body, Iterator):
        return Response(status, sent, cast("Iterator[bytes]", body))
    if not isinstance(body, bytes):
        body = compact(body)
        sent.append(_JSON)
    sent.append((b"content-length", b"%d" % len(body)))
    return Response(status, sent, body)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that reached a route: the request, and the values of the template's `{names}` (undecoded).

    `asked` and `sent` are the query and the body as the service's `check` read them, where it has one.
    """

    request: httpx.Request
    params: Mapping[str, str]
    asked: Mapping[str, str] = field(default_factory=dict[str, str])
    sent: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def body(self) -> bytes:
        """The request's body."""
        return self.request.content

    @property
    def query(self) -> httpx.QueryParams:
        """The decoded query parameters."""
        return self.request.url.params


@dataclass(frozen=True, slots=True)
class Result:
    """The response of a handler: JSON (any value), bytes, or an iterator of bytes, sent piece by piece."""

    body: object
    status: int = 200
    headers: Headers = ()


class BadURL(Exception):
    """A URL that cannot be parsed; the message says why."""


class Refusal(Exception):
    """Raised by a handler to answer with an error; each service has its own wording."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.result = Result(body, status)


Handler = Callable[[Call], Result]
Unknown = Callable[[httpx.Request, Collection[str]], Refusal]
"""The response to a request without a route; it gets the methods that the path accepts."""
Admit = Callable[[httpx.Request], None]
"""Raises a Refusal if a request has no credentials."""
Stamp = Callable[[httpx.Request], Headers]
"""The headers that go with every response to a request."""
Check = Callable[[Call, Any], Call]
"""The call with its query and body read by what its route takes; raises a Refusal where that is not all."""


@dataclass(frozen=True, slots=True)
class _Route:
    template: str
    path: re.Pattern[bytes]
    handler: Handler
    takes: object


class Routes:
    """A service's routes.

    `unknown` answers where no route does; `admit` checks the credentials before a route is called; `stamp`
    gives the headers of every response; `check` reads a request by what its route takes. Where several
    templates match a path, the one that was added first is called. `counts` holds the requests so far by
    method, template and status, `takes` what each route takes by method and template.
    """

    def __init__(
        self, unknown: Unknown, admit: Admit, stamp: Stamp = lambda _: (), check: Check | None = None
    ) -> None:
        self._routes: defaultdict[tuple[str, int], list[_Route]] = defaultdict(list)
        self._shapes: set[tuple[str, str]] = set()
        self.counts: Counter[tuple[str, str, int | str]] = Counter()
        self.takes: dict[tuple[str, str], Any] = {}
        self._unknown, self._admit, self._stamp, self._check = unknown, admit, stamp, check
        self._log: deque[tuple[httpx.Request, Response]] | None = None

    def add(self, method: str, template: str, handler: Handler, takes: object = None) -> None:
        """Mounts `handler` at a template such as `/files/{file_id}`.

        A `{name}` matches anything but a slash or a question mark. `takes` says which parameters the handler
        takes, in the form that the service's `check` reads.

        Raises:
            ValueError: there is already a route for that method and template.
        """
        escaped = re.escape(template)
        shape = method, _NAME.sub("{}", escaped)
        if shape in self._shapes:
            raise ValueError(f"Two routes take {method} {template}. Mount one handler there.")
        self._shapes.add(shape)
        path = re.compile((_NAME.sub(r"(?P<\1>[^/?]+)", escaped) + "/?").encode())
        self._routes[method, template.count("/")].append(_Route(template, path, handler, takes))
        if takes is not None:
            self.takes[method, template] = takes

    def keep_log(self, size: int = 1000) -> deque[tuple[httpx.Request, Response]]:
        """Start a log of the last `size` requests and responses, and return it."""
        self._log = deque(maxlen=size)
        return self._log

    def handle(self, request: httpx.Request) -> Response:
        """The service's response. A client's request never raises: its fault gives the vendor's error."""
        found = self._find(request)
        if found is None:
            response = self._stamped(request, self._unknown(request, self._methods(request)).result)
            response.unserved = True
        else:
            route, match = found
            request.extensions["template"] = route.template
            try:
                self._admit(request)
                params = {name: text.decode("ascii") for name, text in match.groupdict().items()}
                call = Call(request, params)
                if route.takes is not None and self._check is not None:
                    call = self._check(call, route.takes)
                result = route.handler(call)
            except Refusal as refusal:
                result = refusal.result
            response = self._stamped(request, result)
        self.count(request, response.status, found[0] if found else None)
        if self._log is not None:
            self._log.append((request, response))
        return response

    def refuse(self, request: httpx.Request) -> Response | None:
        """What is answered whatever the body is: no route takes the request, or it has no credentials."""
        if found := self._find(request):
            try:
                self._admit(request)
            except Refusal:
                pass
            else:
                return None
            request.extensions["template"] = found[0].template
        return self.handle(request)

    def count(self, request: httpx.Request, status: int | str, route: _Route | None = None) -> None:
        """Count a request and its status, which may come from elsewhere than these routes."""
        if route is None and (found := self._find(request)):
            route = found[0]
        self.counts[request.method, route.template if route else "unknown", status] += 1

    def _find(self, request: httpx.Request) -> tuple[_Route, re.Match[bytes]] | None:
        path, depth = _path_of(request)
        for route in self._routes.get((request.method, depth), ()):
            if match := route.path.fullmatch(path):
                return route, match
        return None

    def _methods(self, request: httpx.Request) -> list[str]:
        """The methods that the path of a request accepts."""
        path, depth = _path_of(request)
        return sorted(
            {
                method
                for (method, slashes), routes in self._routes.items()
                if slashes == depth and any(route.path.fullmatch(path) for route in routes)
            }
        )

    def _stamped(self, request: httpx.Request, result: Result) -> Response:
        return respond(result.status, result.body, (*result.headers, *self._stamp(request)))


def _path_of(request: httpx.Request) -> tuple[bytes, int]:
    """The undecoded path, and the number of slashes in its template."""
    path = request.url.raw_path.partition(b"?")[0]
    return path, path.count(b"/") - path.endswith(b"/")


class _Request(httpx.Request):
    """A request that has already been read.

    It shares its URL and headers with all equal requests: httpx's own constructor would copy both.
    """

    def __init__(self, method: str, url: httpx.URL, headers: httpx.Headers, body: bytes) -> None:
        self.method, self.url, self.headers = method.upper(), url, headers
        self.extensions, self.stream = {}, httpx.ByteStream(body)
        self._content = body  # httpx's `read` stores it here; assigning it is faster than reading the stream


@lru_cache(maxsize=4096)
def _parse_url(url: str) -> httpx.URL:
    # parsing takes longer than the rest of a request, and the same few URLs recur
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadURL(str(error).rstrip(".")) from error


class _Headers(httpx.Headers):
    """Headers that equal requests share, which look up each name once."""

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        super().__init__(pairs)
        self.encoding = self.encoding  # found once: each look-up would find it again
        self._found: dict[str, str | None] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a header; several are joined by commas."""
        if key not in self._found:
            self._found[key] = super().get(key)
        found = self._found[key]
        return default if found is None else found


@lru_cache(maxsize=256)
def _parse_headers(headers: tuple[tuple[bytes, bytes], ...]) -> httpx.Headers:
    # a client sends the same two dozen headers with each request, and httpx normalises and decodes each one
    return _Headers(list(headers))


def request_of(method: str, url: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> httpx.Request:
    """A request in the form for a service; its length is the body's, whatever its header says.

    Raises:
        BadURL: it is none.
    """
    rest = [pair for pair in headers if len(pair[0]) != _LENGTH or pair[0].lower() != b"content-length"]
    known = _parse_headers(tuple(rest))
    return _Request(method, _parse_url(url), known, body)


def readdressed(request: httpx.Request, url: str) -> httpx.Request:
    """The same request with another URL."""
    return _Request(request.method, _parse_url(url), request.headers, request.content)


def bearer(request: httpx.Request) -> str:
    """The token of the Authorization header; empty if there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
