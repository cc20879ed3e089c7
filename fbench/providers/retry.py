"""Retries of failed calls, for every provider.

They stand above the SDK clients, whose own retries are off. So a recorded 429 is replayed, and a replay never
waits.
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
    """A call that failed: the HTTP status (None if nothing came back), and what the service said."""

    status: int | None
    message: str
    headers: Mapping[str, str]

    @property
    def is_passing(self) -> bool:
        """Whether another try may succeed; the service's `x-should-retry` has the last word."""
        word = self.headers.get("x-should-retry")
        if word in ("true", "false"):
            return word == "true"
        return self.status is None or self.status in _RETRIED or self.status >= 500


@dataclass(frozen=True, slots=True)
class Retries:
    """Tries a call at most `attempts` times.

    Waits what the service asks for, else `first` seconds, twice as long each time, at most `most`.
    `explain` turns an SDK's exception into a `FailedCall`, or None where the service did not cause it;
    `clean` takes secrets out of what the service said.
    """

    clock: Clock
    explain: Callable[[Exception], FailedCall | None]
    clean: Callable[[str], str] = str
    attempts: int = 6
    first: float = 0.5
    most: float = 60.0

    async def __call__(self, what: str, call: Callable[[], Awaitable[Result]]) -> Result:
        """The call's result; `what` names the call in errors."""
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
    """Creates something that must not be paid for twice, where the service knows no idempotency key.

    A try that got no answer may have created it all the same. So each further try looks for it with `find`
    first, and returns what is found. `what` names the call in errors; raises what `Retries` raises.
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
    """The seconds a response asks to wait: `retry-after-ms` before `retry-after`; None if it does not say."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * scale
        except (KeyError, ValueError):  # a date is allowed there, and no service here sends one
            continue
        if seconds >= 0:
            return seconds
    return None
