"""Retries of failed calls, for every provider.

They are above the SDK clients, whose own retries are switched off. So a recorded 429 is replayed, and a
replay never waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from fbench.clock import Clock
from fbench.errors import Incomplete, ProviderFailed, ProviderStopped
from fbench.messages import Prompt, text_in
from fbench.plurals import counted
from fbench.providers.failures import CallFailure, FailureKind, malformed
from fbench.providers.model import CannotTell, Rejected, Sampling
from fbench.providers.pacing import pacing_here
from fbench.providers.rate_headers import asked_wait
from fbench.request_context import current_attempt

__all__ = ["Retries", "create_once", "look_for", "tokens_of"]

Result = TypeVar("Result")

_LOOKS = 5
"""How often something is looked for in a list: waiting 1, 2, 4 and 8 seconds, 15 in all."""

_PATIENCE = 3600.0
"""How many seconds a call waits in all for a service that says that there are too many requests, and at most
for one that says when to ask again."""

_UNAUTHORIZED = 401

_FINAL: dict[FailureKind, type[Exception]] = {
    FailureKind.STOPPED: ProviderStopped,
    FailureKind.REFUSED: ProviderFailed,
    FailureKind.REJECTED: Rejected,
}


@dataclass(frozen=True, slots=True)
class Retries:
    """Makes at most `attempts` attempts at a call; those that were too many at once do not count.

    It waits as long as the service asks, else `first` seconds, doubled each time, at most `most`. `explain`
    turns an SDK's exception into a `CallFailure`, or None if the service did not cause it; `clean` removes
    secrets from the service's message. `look` is how long `create_once` waits first for a late list. Where no
    call is a question, which a rejection answers, `rejects` is False.
    """

    clock: Clock
    explain: Callable[[Exception], CallFailure | None]
    clean: Callable[[str], str] = str
    attempts: int = 6
    first: float = 0.5
    most: float = 60.0
    look: float = 1.0
    patience: float = _PATIENCE
    rejects: bool = True

    async def __call__(
        self, what: str, call: Callable[[], Awaitable[Result]], tokens: float | None = None
    ) -> Result:
        """The result of the call; `what` names the call in errors.

        `tokens` are those of a question and its longest answer: it is sent when the model's pacer permits it
        (`paced_as`). Without a pacer, as in a replay, a refusal for the rate is waited out here.

        Raises:
            ProviderStopped: nothing succeeds at this service before somebody acts.
            ProviderFailed: this call never succeeds.
            Rejected: the service rejects this request; ProviderFailed where nothing `rejects`.
            Incomplete: it did not answer as it should, in all attempts.
        """
        wait, attempt, waited = self.first, 1, 0.0
        while True:
            try:
                return await self._sent(call, tokens)
            except _Refused:
                if (paid := current_attempt.get()) is not None:
                    await paid.again()
                continue
            except Exception as error:
                failed = self.failure(error)
                if failed is None:
                    raise
                if (paid := current_attempt.get()) is not None:
                    paid.failed(may_be_paid=failed.may_be_paid)
                if failed.kind in _FINAL:
                    raise self.final(what, failed) from error
                asked = asked_wait(failed.headers)
                pause = min(self.most, wait) if asked is None else asked
                is_rate = failed.kind is FailureKind.RATE
                is_last = waited >= self.patience if is_rate else attempt == self.attempts
                if is_last or pause > self.patience:
                    raise self._given_up(what, failed, attempt, waited, pause) from error
                waited += max(pause, self.first)
                attempt += not is_rate
                wait *= 2
                await self.clock.sleep(pause)
                if paid is not None:
                    await paid.again()

    def failure(self, error: Exception) -> CallFailure | None:
        """What an exception says about a call; None if it does not come from the service."""
        return self.explain(error) or malformed(error)

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
                failed = self.failure(error)
                if failed is not None and failed.kind is FailureKind.RATE:
                    permit.limited(failed.headers)
                    raise _Refused from error
                raise
            permit.answered()
            return result

    def final(self, what: str, failed: CallFailure) -> Exception:
        """The error for a failure that no further attempt mends: stopped, refused or rejected."""
        kind = (
            _FINAL[failed.kind] if self.rejects or failed.kind is not FailureKind.REJECTED else ProviderFailed
        )
        final = kind(self.clean(f"{what}: {failed.message}"))
        if isinstance(final, ProviderStopped):
            final.is_key, final.do = failed.status == _UNAUTHORIZED, failed.do
        return final

    def _given_up(
        self, what: str, failed: CallFailure, attempt: int, waited: float, pause: float
    ) -> Incomplete:
        said = self.clean(failed.message).rstrip(".")
        if pause > self.patience:
            tried = f"the service asks to wait {pause / 60:,.0f} minutes more; it said: {said}"
        elif failed.kind is FailureKind.RATE:
            tried = (
                f"too many requests for {waited / 60:.0f} minutes; the last word of the service was: {said}"
            )
        else:
            tried = f"no answer in {counted(attempt, 'try', 'tries')}; the last error was: {said}"
        return Incomplete(
            f"{self.clean(what)}: {tried}. What was answered is saved: go on later with `fbench resume`."
        )


class _Refused(Exception):
    """A request was refused for its rate; it is sent again when the pacer permits it."""


async def create_once(
    retry: Retries,
    what: str,
    create: Callable[[], Awaitable[Result]],
    find: Callable[[], Awaitable[Result | None]],
) -> Result:
    """Create something that must not be paid for twice, if the service has no idempotency key.

    An attempt without a clear end may still have created it. So each further attempt first looks for it with
    `find`, and returns what is found; after an unclear end it looks several times (`look_for`). `what` names
    the call in errors.

    Raises:
        CannotTell: an attempt had an unclear end, and `find` cannot tell what became of it.
        FbenchError, Rejected: what `Retries` raises.
    """
    tried = unclear = False

    async def glanced_at() -> Result | None:
        with suppress(CannotTell):  # the attempt before did nothing, so there is nothing to find
            return await find()
        return None

    async def looked_for() -> Result | None:
        try:
            return await look_for(find, retry.clock, retry.look)
        except Exception as error:
            failed = retry.failure(error)
            if failed is None or failed.kind not in _FINAL:
                raise
            raise CannotTell(
                f"{what}: the request got no clear answer, and the service does not list what it created "
                f"({retry.clean(failed.message)}). Look there whether it exists; `fbench resume` looks "
                "again, and with --retry-errors creates another one."
            ) from error

    async def attempt() -> Result:
        nonlocal tried, unclear
        if tried:
            found = await (looked_for() if unclear else glanced_at())
            if found is not None:
                return found
        tried = True
        try:
            return await create()
        except Exception as error:
            unclear = _is_unclear(retry.failure(error)) or unclear
            raise

    return await retry(what, attempt)


def _is_unclear(failed: CallFailure | None) -> bool:
    """Whether a creation that failed may have been carried out; then its attempt knows it too."""
    if failed is None or not failed.may_have_created:
        return False
    if (paid := current_attempt.get()) is not None:
        paid.failed(may_be_paid=True)
    return True


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


def tokens_of(prompt: Prompt, sampling: Sampling) -> int:
    """The tokens that a question counts for in a limit: about four characters each, and the longest answer.

    As OpenAI counts, https://developers.openai.com/api/docs/guides/rate-limits.
    """
    return len(text_in(prompt).encode()) // 4 + 1 + (sampling.max_tokens or 0)
