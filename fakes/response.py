"""A service's response on its way to a door: what goes over the wire, and nothing worked out from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from fakes.shape import compact

__all__ = ["Headers", "Response", "respond"]

_JSON = (b"content-type", b"application/json")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Response:
    """A status, the headers as they are sent, and the body.

    A body that is an iterator is sent piece by piece, as it is made. `delay` is how many seconds the door
    waits before it answers.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes | Iterator[bytes]
    delay: float = 0.0


def respond(status: int, body: object, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """The response with a body of JSON (any value), bytes, or an iterator of bytes.

    What is JSON is named so behind `headers`, and a length is given to all but an iterator.
    """
    sent = [*headers]
    if isinstance(body, Iterator):
        return Response(status, sent, cast("Iterator[bytes]", body))
    if not isinstance(body, bytes):
        body = compact(body)
        sent.append(_JSON)
    sent.append((b"content-length", b"%d" % len(body)))
    return Response(status, sent, body)
