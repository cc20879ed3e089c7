"""Rate limits by model: requests and tokens a minute, and the vendors' answers and headers about them.

Both are token buckets, which is how OpenAI's headers behave: what is used comes back evenly over the minute
(https://developers.openai.com/api/docs/guides/rate-limits).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from fakes.json_text import mapping, parse
from fakes.routes import Response, respond
from fakes.tokens import count

__all__ = ["Limits", "Standing", "limit_headers", "limit_reached", "limited_model"]

_MINUTE = 60.0


@dataclass(slots=True)
class _Bucket:
    size: float
    left: float
    at: float

    def refill(self, now: float) -> None:
        self.left = min(self.size, self.left + (now - self.at) * self.size / _MINUTE)
        self.at = now

    def wait(self, amount: float) -> float:
        """Seconds until the amount is there; what never fits waits for a full bucket."""
        return max(0.0, min(amount, self.size) - self.left) * _MINUTE / self.size


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a model's limits stand after a request: whether it was taken, and what is left of what.

    `wait` is the seconds after which a request that was not taken would be.
    """

    taken: bool
    requests: tuple[int, int]
    tokens: tuple[int, int]
    wait: float


class Limits:
    """The limits of an account: so many requests and tokens a minute for each model.

    Args:
        requests: a minute, for each model.
        tokens: a minute, for each model.
        clock: seconds; the wall clock by default.
    """

    def __init__(
        self, requests: int = 500, tokens: int = 200_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if requests < 1 or tokens < 1:
            raise ValueError("A limit is at least one request and one token a minute.")
        self._requests, self._tokens, self._clock = requests, tokens, clock
        self._buckets: dict[str, tuple[_Bucket, _Bucket]] = {}

    def take(self, model: str, tokens: int) -> Standing:
        """Counts a request of so many tokens, or refuses it."""
        now = self._clock()
        if model not in self._buckets:
            full = float(self._requests), float(self._tokens)
            self._buckets[model] = (_Bucket(full[0], full[0], now), _Bucket(full[1], full[1], now))
        buckets = self._buckets[model]
        wait = 0.0
        for bucket, amount in zip(buckets, (1, tokens), strict=True):
            bucket.refill(now)
            wait = max(wait, bucket.wait(amount))
        taken = wait == 0
        if taken:
            for bucket, amount in zip(buckets, (1, tokens), strict=True):
                bucket.left -= min(amount, bucket.size)
        requests, used = buckets
        return Standing(taken, (self._requests, int(requests.left)), (self._tokens, int(used.left)), wait)


_OPENAI = re.compile(r"/(?:chat/completions|responses)/?$")


_GOOGLE = re.compile(r"/([^/:]+):(?:streamGenerateContent|generateContent)$")


def limited_model(service: str, request: httpx.Request) -> tuple[str, int] | None:
    """The model whose limits a request counts for, and its tokens; None where it counts for none."""
    path = request.url.path
    if request.method != "POST":
        return None
    if service == "openai":
        if not _OPENAI.search(path):
            return None
        try:
            model = mapping(parse(request.content)).get("model")
        except ValueError:
            return None
        return (model, _tokens(request)) if isinstance(model, str) else None
    found = _GOOGLE.search(path)
    return (found[1], _tokens(request)) if found else None


def limit_reached(service: str, model: str, standing: Standing) -> Response:
    """The 429 of a model at its limit; Google sends no `Retry-After`."""
    headers: list[tuple[bytes, bytes]] = []
    if service == "openai":
        kind = "requests" if standing.requests[1] < 1 else "tokens"
        limit = (standing.requests if kind == "requests" else standing.tokens)[0]
        message = (
            f"Rate limit reached for {model} in organization org-fakes on {kind} per min: Limit {limit}. "
            f"Please try again in {standing.wait:.3f}s."
        )
        error: dict[str, object] = {
            "message": message,
            "type": kind,
            "param": None,
            "code": "rate_limit_exceeded",
        }
        milliseconds = int(standing.wait * 1000) + 1
        headers = [
            (b"retry-after", b"%d" % (int(standing.wait) + 1)),
            (b"retry-after-ms", b"%d" % milliseconds),
            *limit_headers(service, standing),
        ]
    else:
        message = "Resource exhausted. Please try again later."
        error = {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED"}
    return respond(429, {"error": error}, headers)


def limit_headers(service: str, standing: Standing) -> list[tuple[bytes, bytes]]:
    """OpenAI's headers about where the limits stand; Google sends none."""
    if service != "openai":
        return []
    found: list[tuple[bytes, bytes]] = []
    for name, (limit, left) in ((b"requests", standing.requests), (b"tokens", standing.tokens)):
        reset = (limit - left) * 60_000 // limit
        found += [
            (b"x-ratelimit-limit-" + name, b"%d" % limit),
            (b"x-ratelimit-remaining-" + name, b"%d" % left),
            (b"x-ratelimit-reset-" + name, b"%dms" % reset),
        ]
    return found


def _tokens(request: httpx.Request) -> int:
    return count(request.content.decode("utf-8", "replace"))
