"""Retries of failed calls, for every provider.

They are above the SDK clients, whose own retries are switched off. So a recorded 429 is replayed, and a
replay never waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from fbench.clock import Clock
from fbench.errors import Incomplete, ProviderFailed
from fbench.plurals import counted
from fbench.providers.model import Rejected

__all__ = ["FailedCall", "Retries", "create_once", "wait_of"]

Result = TypeVar("Result")

_RETRIED = frozenset({408, 409, 429})
_FINAL = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that failed: the HTTP status (None if there was no response), and the service's message."""

    status: int | None
    message: str
    headers: Mapping[str, str]

    @property
    def is_passing(self) -> bool:
        """Whether another attempt may succeed; the service's `x-should-retry` takes precedence."""
        word = self.headers.get("x-should-retry")
        if word in ("true", "false"):
            return word == "true"
        return self.status is None or self.status in _RETRIED or self.status >= 500


@dataclass(frozen=True, slots=True)
class Retries:
    """Makes at most `attempts` attempts at a call.

    It waits as long as the service asks, else `first` seconds, doubled each time, at most `most`. `explain`
    turns an SDK's exception into a `FailedCall`, or None if the service did not cause it; `clean` removes
    secrets from the service's message.
    """

    clock: Clock
    explain: Callable[[Exception], FailedCall | None]
    clean: Callable[[str], str] = str
    attempts: int = 6
    first: float = 0.5
    most: float = 60.0

    async def __call__(self, what: str, call: Callable[[], Awaitable[Result]]) -> Result:
        """The result of the call; `what` names the call in errors."""
        wait = self.first
        for attempt in range(1, self.attempts + 1):
            try:
                return await call()
            except Exception as error:
                failed = self.explain(error)
                if failed is None:
                    raise
                if not failed.is_passing:
                    final = failed.status in _FINAL
                    said = self.clean(f"{what}: {failed.message}")
                    raise (ProviderFailed if final else Rejected)(said) from error
                if attempt == self.attempts:
                    raise Incomplete(
                        f"{self.clean(what)}: no answer in {counted(attempt, 'try', 'tries')}; the last "
                        f"error was: "
                        f"{self.clean(failed.message)}. "
                        "What was answered is saved: go on later with `fbench resume`."
                    ) from error
                asked = wait_of(failed.headers)
                await self.clock.sleep(min(self.most, wait if asked is None else asked))
                wait *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")


async def create_once(
    retry: Retries,
    what: str,
    create: Callable[[], Awaitable[Result]],
    find: Callable[[], Awaitable[Result | None]],
) -> Result:
    """Create something that must not be paid for twice, if the service has no idempotency key.

    An attempt without a response may still have created it. So each further attempt first looks for it with
    `find`, and returns what is found. `what` names the call in errors; raises what `Retries` raises.
    """
    tried = False

    async def attempt() -> Result:
        nonlocal tried
        if tried and (found := await find()) is not None:
            return found
        tried = True
        return await create()

    return await retry(what, attempt)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """The seconds that a response asks to wait, by `retry-after-ms` or else `retry-after`; else None."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * scale
        except (KeyError, ValueError):  # a date is allowed there, but no service here sends one
            continue
        if seconds >= 0:
            return seconds
    return None
