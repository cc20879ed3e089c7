"""Rate limits by model: requests and tokens a minute, on the services' clock.

Both are token buckets, which is how OpenAI's headers behave: what is used comes back evenly over the minute
(https://developers.openai.com/api/docs/guides/rate-limits).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Limits", "Standing"]

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
