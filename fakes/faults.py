"""Things that go wrong on purpose: at a given call of a given endpoint, or at a seeded share of its calls.

A fault says which calls it meets and what happens to them. In this process it reaches the caller as the error
that its client raises; on a port as what really happens to a connection. What becomes of jobs and files is
their fate (see `fakes.fates`), which a world is given in the same list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice

from fakes.fates import Fate, Fates
from fakes.ids import Ids
from fakes.response import Response, respond

__all__ = [
    "Broken",
    "Fault",
    "Faults",
    "Kind",
    "answer_of",
    "quota_exhausted",
    "rate_limited",
    "revoked_key",
    "spoil",
]


class Kind(StrEnum):
    """What happens to a call."""

    STATUS = "status"  # the service answers with an error, and does nothing
    REFUSED = "refused"  # nobody takes the connection
    RESET = "reset"  # the connection breaks before the request is taken
    LOST = "lost"  # the request is taken, and the connection breaks before the answer
    TIMEOUT = "timeout"  # the request is taken, and no answer ever comes
    TRUNCATED = "truncated"  # the answer ends in the middle, and so does the connection
    GARBLED = "garbled"  # the answer is whole, and some of its bytes are not what they were
    SLOW = "slow"  # the answer takes its time


class Broken(Exception):
    """The connection breaks, in the way that `kind` says."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(f"a fault on purpose: {kind}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, and at which calls.

    Attributes:
        kind: what happens.
        service: openai, vertex, gemini or storage; None for any.
        method: such as POST; None for any.
        path: an expression that is searched in the path, such as `/chat/completions$`.
        calls: which of the calls that fit, counted from 1; None for all of them.
        share: of the calls that are left, the share that is met, drawn by the world's seed.
        status: of the answer to a `status` fault.
        headers: of the same.
        body: its JSON; None for an error in the service's own shape.
        seconds: how long a `slow` answer takes.
        after: how many events of a streamed answer come as they are before it is `truncated` (by itself 1) or
            `garbled` (by itself 0). An answer that comes in one piece is cut in its middle.
    """

    kind: Kind = Kind.STATUS
    service: str | None = None
    method: str | None = None
    path: str = ""
    calls: tuple[int, ...] | None = None
    share: float = 1.0
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: object = None
    seconds: float = 0.0
    after: int | None = None

    def __post_init__(self) -> None:
        re.compile(self.path)
        if not 0 <= self.share <= 1:
            raise ValueError(f"A share of {self.share} is none. Give a number from 0 to 1.")
        if self.after is not None and self.after < 0:
            raise ValueError(f"Nothing comes after {self.after} events. Give a number from 0.")

    def at(self, *calls: int) -> Fault:
        """The same fault, at these calls only, counted from 1."""
        return replace(self, calls=calls)

    def on(self, path: str, *, service: str | None = None, method: str | None = None) -> Fault:
        """The same fault, at calls of a path only, of a service and a method where they are given."""
        return replace(self, path=path, service=service, method=method)

    def fits(self, service: str, method: str, path: str) -> bool:
        """Whether it is about such a call at all."""
        return (
            self.service in (None, service)
            and self.method in (None, method)
            and re.search(self.path, path) is not None
        )


def rate_limited(wait: float | None = None, *, milliseconds: bool = False) -> Fault:
    """A 429 that says to wait so many seconds, in `retry-after` or `retry-after-ms`, or says nothing."""
    headers: dict[str, str] = {}
    if wait is not None:
        headers = {"retry-after-ms": f"{wait * 1000:g}"} if milliseconds else {"retry-after": f"{wait:g}"}
    return Fault(status=429, headers=headers)


def quota_exhausted() -> Fault:
    """OpenAI's 429 for an account without money: its code says that waiting does not help."""
    message = "You exceeded your current quota, please check your plan and billing details."
    error = {"message": message, "type": "insufficient_quota", "param": None, "code": "insufficient_quota"}
    return Fault(status=429, headers={"x-should-retry": "false"}, body={"error": error}, service="openai")


def revoked_key() -> Fault:
    """A key that is valid no more."""
    return Fault(status=401)


class Faults:
    """The faults of a world, and how many calls each has seen; `fates` are what becomes of jobs and files."""

    def __init__(self, ids: Ids, faults: Iterable[Fault | Fate] = ()) -> None:
        self._ids, self.fates = ids, Fates(ids)
        self._seen: list[tuple[Fault, int]] = []
        self.set(faults)

    def __bool__(self) -> bool:
        return bool(self._seen)

    def set(self, faults: Iterable[Fault | Fate]) -> None:
        """Puts these in place of all others, and counts their calls from 1."""
        given = list(faults)
        self._seen = [(fault, 0) for fault in given if isinstance(fault, Fault)]
        self.fates.set(fate for fate in given if isinstance(fate, Fate))

    def met(self, service: str, method: str, path: str) -> Fault | None:
        """The fault that this call meets, the first that does; every fault that fits counts it."""
        found: Fault | None = None
        for index, (fault, seen) in enumerate(self._seen):
            if not fault.fits(service, method, path):
                continue
            self._seen[index] = (fault, seen + 1)
            if found is None and self._falls(index, fault, seen + 1):
                found = fault
        return found

    def _falls(self, index: int, fault: Fault, call: int) -> bool:
        if fault.calls is not None and call not in fault.calls:
            return False
        return self._ids.of("fault", index, call) % 10**9 < fault.share * 10**9


def answer_of(fault: Fault, service: str) -> Response:
    """The error that a `status` fault answers with."""
    if fault.body is None:
        name = _NAMES.get(fault.status, "UNKNOWN" if fault.status < 500 else "INTERNAL")
        message = f"A fault on purpose: HTTP {fault.status}."
        if service == "openai":
            kind = _KINDS.get(fault.status, "server_error")
            body: object = {"error": {"message": message, "type": kind, "param": None, "code": None}}
        elif service == "storage":
            error = {"message": message, "domain": "global", "reason": name.lower()}
            body = {"error": {"code": fault.status, "message": message, "errors": [error]}}
        else:
            body = {"error": {"code": fault.status, "message": message, "status": name}}
    else:
        body = fault.body
    headers = ((name.encode(), value.encode()) for name, value in fault.headers.items())
    return respond(fault.status, body, headers)


def spoil(fault: Fault, response: Response) -> Response:
    """The response as a `truncated` or `garbled` fault leaves it."""
    body = response.body
    if isinstance(body, bytes):
        half = len(body) // 2
        pieces, after = iter([body[:half], body[half:]]), None
    else:
        pieces, after = body, fault.after
    spoilt = _cut if fault.kind is Kind.TRUNCATED else _garbled
    return replace(response, body=spoilt(pieces, after))


def _cut(pieces: Iterator[bytes], after: int | None) -> Iterator[bytes]:
    """Ends behind the first pieces, and breaks the connection."""
    yield from islice(pieces, 1 if after is None else after)
    raise Broken(Kind.TRUNCATED)


def _garbled(pieces: Iterator[bytes], after: int | None) -> Iterator[bytes]:
    """Has another byte in place of every letter e and every opening brace behind the first pieces."""
    yield from islice(pieces, after or 0)
    yield from (piece.translate(_WRONG) for piece in pieces)


_WRONG = bytes.maketrans(b"e{", b"\x15\x15")
_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_KINDS = {400: "invalid_request_error", 401: "invalid_request_error", 429: "requests"}
