"""The last requests to a world, and what was answered, for a look at what a client really sends.

No credential is in it: of the headers only harmless ones are kept, and values of keys in a query, the
request's own credentials and whatever has the form of a vendor's token are hidden.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

import httpx

from fakes.failures import FaultKind
from fakes.json_text import is_mapping, parse
from fakes.routes import Response
from fakes.service_names import OPENAI_WIRE, SERVICES

__all__ = ["FILTERS", "HIDDEN", "KEPT_BYTES", "KEPT_REQUESTS", "LoggedRequest", "RequestLog", "model_asked"]

KEPT_REQUESTS = 1000
"""The number of requests that a world keeps."""

KEPT_BYTES = 8192
"""The number of bytes that are kept of the body of a request."""

HIDDEN = "[hidden]"
"""What is shown in the place of a credential."""

FILTERS = ("service", "method", "path", "status", "model", "fault", "route", "since", "limit")
"""The names of what `RequestLog.find` takes."""

_HEADERS = (
    "content-type",
    "user-agent",
    "idempotency-key",
    "openai-beta",
    "range",
    "x-stainless-retry-count",
    "x-goog-api-client",
)
"""The headers that are shown. None of them is a credential."""
_CREDENTIALS = ("authorization", "x-goog-api-key", "api-key", "proxy-authorization", "cookie")
_SECRET_NAME = re.compile(
    r"(?:.*[-_.])?(?:(?:api)?key|(?:access|id|refresh|auth)?token|authorization|sig|signature|credential|secret"
    r"|password|assertion)",
    re.IGNORECASE,
)
_PAGE = re.compile(r"page_?token", re.IGNORECASE)
_TOKEN = re.compile(r"sk-[\w-]{8,}|AIza[\w-]{20,}|ya29\.[\w.-]{8,}|(?<=Bearer )[\w.~+/-]{8,}=*")
_SHORTEST = 6  # characters of a credential that is looked for in what is shown: shorter ones are in any text
_GOOGLE_MODEL = re.compile(r"/(?:models|endpoints|tunedModels)/([^/:?]+)")
_OPENAI_MODEL = re.compile(r"/v1/models/([^/?]+)$")


@dataclass(slots=True)
class LoggedRequest:
    """A request and what became of it.

    Attributes:
        number: counts all requests of the world, from 1.
        service: openai, vertex, gemini or storage; None where no service is at that URL.
        method: such as POST.
        url: as users' own routes see it; `path` and `query` are its parts, without credentials.
        status: of the answer; None where none was made, as the connection broke before.
        fault: the kind of the fault that was applied, such as reset, if one was.
        route: the user's own route that answered, in words, if one did; `forwarded` where it was sent on.
        endpoint: the template of the service's route that took it, such as `/files/{file_id}`.
        size: bytes of the body; `head` has the first `KEPT_BYTES` of them.
    """

    number: int
    service: str | None
    method: str
    url: str
    headers: httpx.Headers
    head: bytes
    size: int
    status: int | None = None
    fault: str | None = None
    route: str | None = None
    endpoint: str | None = None
    _model: str | None = field(default=None, repr=False)

    def answered(self, response: Response, request: httpx.Request | None = None) -> Response:
        """Notes what was answered, and by what; `request` is the one that a service's route took."""
        self.status, self.route, response.number = response.status, response.route, self.number
        if request is not None:
            self.endpoint = request.extensions.get("template")
        return response

    @property
    def path(self) -> str:
        """The path of the URL, decoded, such as `/v1/chat/completions`."""
        return self._cleaned(unquote(urlsplit(self.url).path))

    @property
    def query(self) -> dict[str, str | list[str]]:
        """The query's parameters; a list where a name comes several times. Credentials are hidden."""
        found: dict[str, list[str]] = {}
        for pair in urlsplit(self.url).query.split("&") if "?" in self.url else ():
            name, _, value = pair.partition("=")
            shown = unquote_plus(name)
            secret = _SECRET_NAME.fullmatch(shown) and not _PAGE.fullmatch(shown)
            found.setdefault(shown, []).append(HIDDEN if secret else self._cleaned(unquote_plus(value)))
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

    @property
    def model(self) -> str | None:
        """The model that is asked, trained, or read; None where the request names none."""
        if self._model is None and self.size <= KEPT_BYTES:
            self._model = model_asked(self.service, urlsplit(self.url).path, self.head)
        return self._model

    @property
    def body(self) -> object:
        """The body: parsed where it is JSON and was kept whole, else the beginning of its text."""
        text = self._cleaned(self.head.decode("utf-8", "replace"))
        if self.size <= KEPT_BYTES and text.lstrip()[:1] in ("{", "["):
            try:
                return parse(text.encode("utf-8", "surrogatepass"))
            except ValueError:
                pass
        return text

    def shown(self) -> dict[str, Any]:
        """The request as JSON."""
        headers = {name: self._cleaned(self.headers[name]) for name in _HEADERS if name in self.headers}
        return {
            "number": self.number,
            "service": self.service,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "endpoint": self.endpoint,
            "model": self.model,
            "status": self.status,
            "fault": self.fault,
            "route": self.route,
            "headers": headers,
            "body": self.body,
            "body_bytes": self.size,
            "cut": self.size > len(self.head),
        }

    def _cleaned(self, text: str) -> str:
        """The text without this request's own credentials, and without whatever looks like one."""
        for name in _CREDENTIALS:
            for value in (self.headers[name],) if name in self.headers else ():
                secret = value.rpartition(" ")[2] if name.endswith("authorization") else value
                if len(secret) >= _SHORTEST:
                    text = text.replace(secret, HIDDEN)
        return _TOKEN.sub(HIDDEN, text)


class RequestLog:
    """The last requests to a world, at most `KEPT_REQUESTS`, in the order in which they came.

    All are in it: also those without a key, those that a limit or a fault refused, and those that a user's
    own route answered. `total` counts those that are no longer kept, too.
    """

    def __init__(self) -> None:
        self.total = 0
        self._kept: deque[LoggedRequest] = deque(maxlen=KEPT_REQUESTS)

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(list(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def numbered(self, number: int) -> LoggedRequest | None:
        """The request with this number; None where it is no longer kept."""
        return next((entry for entry in reversed(self._kept) if entry.number == number), None)

    def add(
        self, service: str | None, method: str, url: str, headers: httpx.Headers, body: bytes
    ) -> LoggedRequest:
        """Adds a request; the caller tells the entry what became of it."""
        self.total += 1
        size = len(body)
        # the rest of a long body is gone when the entry is shown
        model = model_asked(service, urlsplit(url).path, body) if size > KEPT_BYTES else None
        entry = LoggedRequest(
            self.total, service, method, url, headers, body[:KEPT_BYTES], size, _model=model
        )
        self._kept.append(entry)
        return entry

    def clear(self) -> None:
        """Forgets all requests, and counts from 1."""
        self.total = 0
        self._kept.clear()

    def find(
        self,
        *,
        service: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        model: str | None = None,
        fault: str | None = None,
        route: str | None = None,
        since: int | None = None,
        limit: int | None = None,
    ) -> list[LoggedRequest]:
        """The requests that fit all arguments, oldest first.

        Args:
            service: openai, vertex, gemini or storage.
            method: such as POST, in any case.
            path: a pattern for the path (`fnmatch`), such as `/v1/chat/*`.
            status: of the answer.
            model: a pattern for the model's name.
            fault: the kind of a fault, such as reset.
            route: a pattern for the name of the user's own route that answered.
            since: only requests with a higher number.
            limit: at most so many: with `since` the first ones, so that a client that goes on from the last
                number that it saw skips nothing; otherwise the newest.

        Raises:
            ValueError: an argument can fit nothing: an unknown service or fault, a negative number.
        """
        for name, value, known in (
            ("service", service, SERVICES),
            ("fault", fault, [kind.value for kind in FaultKind]),
        ):
            if value is not None and value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}.")
        for name, number in (("status", status), ("since", since), ("limit", limit)):
            if number is not None and number < 0:
                raise ValueError(f"{name} must be 0 or more, got {number}.")
        fits = [
            entry
            for entry in self
            if (since is None or entry.number > since)
            and service in (None, entry.service)
            and (method is None or entry.method == method.upper())
            and status in (None, entry.status)
            and fault in (None, entry.fault)
            and (path is None or fnmatchcase(entry.path, path))
            and (model is None or fnmatchcase(entry.model or "", model))
            and (route is None or fnmatchcase(entry.route or "", route))
        ]
        if limit is None or limit >= len(fits):
            return fits
        return fits[:limit] if since is not None else fits[len(fits) - limit :]

    def answer(self, query: Iterable[tuple[str, str]]) -> dict[str, object]:
        """What the control endpoint answers: the requests that fit a query, at most 100 without a `limit`.

        Raises:
            ValueError: an unknown or repeated filter, or an invalid value.
        """
        given: dict[str, Any] = {}
        for name, value in query:
            if name not in FILTERS:
                raise ValueError(f"requests have no filter {name!r}; the filters are {', '.join(FILTERS)}.")
            if name in given:
                raise ValueError(f"the filter {name!r} is given twice; give it once.")
            given[name] = _number(name, value) if name in ("status", "since", "limit") else value
        given.setdefault("limit", 100)
        found = self.find(**given)
        first = self._kept[0].number if self._kept else self.total + 1
        return {
            "requests": [entry.shown() for entry in found],
            "total": self.total,
            "forgotten": first - 1,
        }


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise ValueError(f"{name} must be a whole number, got {value!r}.")
    return int(value)


def model_asked(service: str | None, path: str, body: bytes) -> str | None:
    """The model that a request names: in its path, or as `model` or `baseModel` of its JSON body."""
    if service == "storage":
        return None
    pattern = _OPENAI_MODEL if service in OPENAI_WIRE else _GOOGLE_MODEL
    if found := pattern.search(path):
        return unquote(found[1])
    if path.startswith("/upload/") or body.lstrip()[:1] != b"{":
        return None
    try:
        sent = parse(body)
    except ValueError:
        return None
    named: Mapping[str, Any] = sent if is_mapping(sent) else {}
    model = named.get("model") or named.get("baseModel")
    return model if isinstance(model, str) else None
