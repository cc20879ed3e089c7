"""Rate limits by model: requests and tokens per minute, and the vendors' responses and headers about them.

Both are token buckets, like the limits that OpenAI's headers describe: used capacity comes back evenly over
the minute (https://developers.openai.com/api/docs/guides/rate-limits).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from fakes.json_text import mapping, parse
from fakes.routes import Response, respond
from fakes.service_names import OPENAI_WIRE
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
        """Seconds until the amount is available; an amount above the size waits for a full bucket."""
        return max(0.0, min(amount, self.size) - self.left) * _MINUTE / self.size


@dataclass(frozen=True, slots=True)
class Standing:
    """A model's limits after a request: whether it was accepted, and what is left of requests and tokens.

    `wait` is the number of seconds after which a refused request would be accepted.
    """

    taken: bool
    requests: tuple[int, int]
    tokens: tuple[int, int]
    wait: float


class Limits:
    """The limits of an account: requests and tokens per minute for each model.

    Args:
        requests: per minute, for each model.
        tokens: per minute, for each model.
        clock: gives seconds; the wall clock by default.
    """

    def __init__(
        self, requests: int = 500, tokens: int = 200_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if requests < 1 or tokens < 1:
            raise ValueError("A limit is at least one request and one token a minute.")
        self._requests, self._tokens, self._clock = requests, tokens, clock
        self._buckets: dict[str, tuple[_Bucket, _Bucket]] = {}

    def take(self, model: str, tokens: int) -> Standing:
        """Count a request with this number of tokens, or refuse it."""
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
    """The model whose limits a request counts for, and its tokens; None if it counts for none."""
    path = request.url.path
    if request.method != "POST":
        return None
    if service in OPENAI_WIRE:
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
    if service in OPENAI_WIRE:
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
    """OpenAI's headers about the limits; Google sends none."""
    if service not in OPENAI_WIRE:
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
