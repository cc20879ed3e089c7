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
from fbench.providers.model import Rejected, Sampling
from fbench.providers.pacing import pacing_here
from fbench.providers.rate_headers import asked_wait

__all__ = ["FailedCall", "Retries", "create_once", "look_for", "tokens_of", "wait_of"]

Result = TypeVar("Result")

_RETRIED = frozenset({408, 409, 429})
_FINAL = frozenset({401, 403, 404})
_LIMITED = 429
_REFUSALS = 200
_LOOKS = 5
"""How often something is looked for in a list: waiting 1, 2, 4 and 8 seconds, 15 in all."""


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that failed: the HTTP status (None if there was no response), and the service's message.

    `sent` is whether the service may have received it: False where no connection was made.
    """

    status: int | None
    message: str
    headers: Mapping[str, str]
    sent: bool = True

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
    secrets from the service's message. `look` is how long `create_once` waits first for a late list.
    """

    clock: Clock
    explain: Callable[[Exception], FailedCall | None]
    clean: Callable[[str], str] = str
    attempts: int = 6
    first: float = 0.5
    most: float = 60.0
    look: float = 1.0

    async def __call__(
        self, what: str, call: Callable[[], Awaitable[Result]], tokens: float | None = None
    ) -> Result:
        """The result of the call; `what` names the call in errors.

        `tokens` are those of a question and its longest answer: it is sent when the model's pacer permits it
        (`paced_as`), and being refused for its rate is no attempt. Neither is it in a replay or against fakes
        in this process, which need no pacer, up to `_REFUSALS` times.
        """
        wait = self.first
        attempt = refusals = 1
        while True:
            try:
                return await self._sent(call, tokens)
            except _Refused:
                continue
            except Exception as error:
                failed = self.explain(error)
                if failed is None:
                    raise
                if not failed.is_passing:
                    final = failed.status in _FINAL
                    said = self.clean(f"{what}: {failed.message}")
                    raise (ProviderFailed if final else Rejected)(said) from error
                limited = tokens is not None and failed.status == _LIMITED and refusals < _REFUSALS
                if attempt == self.attempts and not limited:
                    raise Incomplete(
                        f"{self.clean(what)}: no answer in {counted(attempt, 'try', 'tries')}; the last "
                        f"error was: {self.clean(failed.message).rstrip('.')}. "
                        "What was answered is saved: go on later with `fbench resume`."
                    ) from error
                asked = wait_of(failed.headers)
                await self.clock.sleep(min(self.most, wait if asked is None else asked))
                wait *= 2
                attempt, refusals = attempt + (not limited), refusals + limited

    async def _sent(self, call: Callable[[], Awaitable[Result]], tokens: float | None) -> Result:
        """The result of one attempt, made when the pacer permits it.

        Raises:
            _Refused: it was refused for its rate; the pacer knows it.
        """
        paced = None if tokens is None else pacing_here()
        if paced is None or tokens is None:
            return await call()
        pacer, slots = paced
        permit = await pacer.permit(self.clock.sleep, tokens, slots)
        with permit.noting():
            try:
                result = await call()
            except Exception as error:
                failed = self.explain(error)
                if failed is not None and failed.status == _LIMITED and failed.is_passing:
                    permit.limited(failed.headers)
                    raise _Refused from error
                raise
            permit.answered()
            return result


class _Refused(Exception):
    """A request was refused for its rate; it is sent again when the pacer permits it."""


async def create_once(
    retry: Retries,
    what: str,
    create: Callable[[], Awaitable[Result]],
    find: Callable[[], Awaitable[Result | None]],
) -> Result:
    """Create something that must not be paid for twice, if the service has no idempotency key.

    An attempt without a response may still have created it. So each further attempt first looks for it with
    `find`, and returns what is found; after an attempt without a response it looks several times
    (`look_for`). `what` names the call in errors; raises what `Retries` raises.
    """
    tried = lost = False

    async def attempt() -> Result:
        nonlocal tried, lost
        if tried:
            found = await (look_for(find, retry.clock, retry.look) if lost else find())
            if found is not None:
                return found
        tried = True
        try:
            return await create()
        except Exception as error:
            failed = retry.explain(error)
            lost = lost or (failed is not None and failed.status is None and failed.sent)
            raise

    return await retry(what, attempt)


async def look_for(
    find: Callable[[], Awaitable[Result | None]], clock: Clock, first: float = 1.0
) -> Result | None:
    """What `find` finds in a service's list, which may show what was created some seconds late.

    Returns None if it is not there after five looks, within 15 times the `first` wait in seconds.
    """
    wait = first
    for look in range(1, _LOOKS + 1):
        if (found := await find()) is not None or look == _LOOKS:
            return found
        await clock.sleep(wait)
        wait *= 2
    raise AssertionError("unreachable: the last look returns")


def wait_of(headers: Mapping[str, str]) -> float | None:
    """The seconds that a response asks to wait (`asked_wait`); else None."""
    return asked_wait(headers)


def tokens_of(prompt: str, sampling: Sampling) -> int:
    """The tokens that a question counts for in a limit: about four characters each, and the longest answer.

    As OpenAI counts, https://developers.openai.com/api/docs/guides/rate-limits.
    """
    return len(prompt.encode()) // 4 + 1 + (sampling.max_tokens or 0)
