"""Permits to send requests: one pacer for each model, shared by all processes of a run.

What is known of a model's limits lies in memory that the processes share, so a permit costs some microseconds
and no message. A process has one queue for each model: only its first request looks for a permit. How fast
permits are given is decided in `rate_control`.

A response's headers reach the pacer through `header_transport`, which stands right above the network. So a
replayed answer, which never came there, teaches nothing, and no SDK has to hand on what it hides.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
import zlib
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from fbench.errors import Incomplete
from fbench.providers.rate_control import Control, State, Ticket

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext

__all__ = ["PATIENCE", "UNKNOWN", "Pacer", "Pacers", "Permit", "Rates", "note", "paced_as", "pacing_here"]

PATIENCE = 3600.0
"""Seconds without a single accepted request after which a run ends, to be resumed later."""

_LOOK = 0.25
"""How often the first of a queue looks for a permit at least, since limits change meanwhile."""

_LOCK_SECONDS = 1.0

Sleep = Callable[[float], Awaitable[None]]


class Permit:
    """A request that may be sent now. Say once how it ended: `answered`, `limited`, or else `ended`.

    `headers` are those of the last response from the network; None if there was none.
    """

    def __init__(self, pacer: Pacer, ticket: Ticket, slots: asyncio.Semaphore | None) -> None:
        self._pacer, self._ticket, self._slots = pacer, ticket, slots
        self._is_open = True
        self.headers: Mapping[str, str] | None = None

    @contextmanager
    def noting(self) -> Generator[Permit]:
        """In the block, responses of this task are noted here; at its end, the permit has ended."""
        token = _NOTING.set(self)
        try:
            yield self
        finally:
            _NOTING.reset(token)
            self.ended()

    def answered(self) -> None:
        """The request was accepted, by the headers that were noted."""
        headers = self.headers or {}
        self._end(lambda control, now: control.answered(self._ticket, now, headers))

    def limited(self, headers: Mapping[str, str]) -> None:
        """The request was refused for its rate: the whole queue waits as long as the headers ask.

        A refusal that was replayed is not one of now, and changes nothing.
        """
        if self.headers is not None:
            self._end(lambda control, now: control.limited(self._ticket, now, headers))
        else:
            self.ended()

    def ended(self) -> None:
        """The request ended in another way, if nothing was said yet."""
        self._end(lambda control, now: control.lost(self._ticket, now))

    def _end(self, tell: Callable[[Control, float], None]) -> None:
        if self._is_open:
            self._is_open = False
            if self._slots is not None:
                self._slots.release()
            self._pacer.tell(tell)


_NOTING: ContextVar[Permit | None] = ContextVar("fbench_permit", default=None)
_PACED: ContextVar[tuple[Pacer, asyncio.Semaphore] | None] = ContextVar("fbench_pacer", default=None)


class Pacer:
    """The permits of one model, in one process."""

    def __init__(
        self, name: str, state: State, lock: _Lock, now: Callable[[], float], patience: float = PATIENCE
    ) -> None:
        self.name = name
        self._control, self._lock, self._now, self._patience = Control(state), lock, now, patience
        self._queue: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def permit(self, sleep: Sleep, tokens: float = 0, slots: asyncio.Semaphore | None = None) -> Permit:
        """Wait until a request of so many tokens, prompt and longest answer, may be sent.

        Waiting is by `sleep`, which takes seconds and may raise, such as when the run is stopped. `slots` is
        how many requests of the process, to all models, may be in flight: the permit takes one until it ends,
        but waits for its time without one, so that a model that has to wait does not keep others waiting.

        Raises:
            Incomplete: the service has refused every request for an hour, or asks to wait beyond that.
        """
        loop = asyncio.get_running_loop()
        if self._queue is None or self._queue[0] is not loop:  # a judge is asked in a loop of its own
            self._queue = loop, asyncio.Lock()
        async with self._queue[1]:
            while True:
                wait = self._wait(tokens)
                if wait > 0:
                    await sleep(min(wait, _LOOK))
                    continue
                if slots is not None:
                    await slots.acquire()
                if (ticket := self._take(tokens)) is not None:
                    return Permit(self, ticket, slots)
                if slots is not None:
                    slots.release()

    def _wait(self, tokens: float) -> float:
        now = self._now()
        with self._lock:
            wait = self._control.wait(now, tokens)
            stuck, parked = self._control.stuck_since, self._control.parked_until
        until = max(now, parked)
        if wait > 0 and stuck and until - stuck > self._patience:
            raise Incomplete(
                f"{self.name}: the service has refused every request for its rate (429) for "
                f"{now - stuck:,.0f} seconds and asks to wait {until - now:,.0f} more, and the run waits "
                f"{self._patience:,.0f} seconds in all. What was answered is saved: go on later with "
                "`fbench resume`."
            )
        return wait

    def _take(self, tokens: float) -> Ticket | None:
        now = self._now()
        with self._lock:
            return self._control.take(now, tokens) if self._control.wait(now, tokens) <= 0 else None

    def tell(self, tell: Callable[[Control, float], None]) -> None:
        """Take in how a request ended."""
        with self._lock:
            tell(self._control, self._now())


class _Lock:
    """A lock between processes that a process which was killed inside does not keep for ever.

    What it guards is then at worst a number that is a little wrong.
    """

    def __init__(self, context: SpawnContext) -> None:
        self._lock = context.Lock()

    def __enter__(self) -> None:
        self._lock.acquire(timeout=_LOCK_SECONDS)

    def __exit__(self, *_error: object) -> None:
        with suppress(ValueError):  # after such a kill, two came in, and the other one has released it
            self._lock.release()


class Rates(NamedTuple):
    """Requests and tokens a minute for each model, set by hand; None to find them out."""

    rpm: float | None = None
    tpm: float | None = None


UNKNOWN = Rates()


class Pacers:
    """The pacers of a run's models, to be handed to its worker processes as an argument of theirs.

    Args:
        models: the names of base models, as an experiment writes them.
        rates: the limits of each model, where they are set by hand.
        now: seconds of a clock that all processes share, as `time.monotonic` is.
        patience: see `PATIENCE`.
    """

    def __init__(
        self,
        models: Sequence[str],
        *,
        rates: Rates = UNKNOWN,
        now: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._now, self._patience = now, patience
        self.models = tuple(dict.fromkeys(models))
        self._states = context.RawArray(State, max(1, len(self.models)))
        self.lock = _Lock(context)
        self._pacers: dict[str, Pacer] = {}
        for name, state in zip(self.models, self._states, strict=False):
            state.seed = zlib.crc32(name.encode()) % 2**31
            state.requests.fixed = (rates.rpm or 0) / 60
            state.tokens.fixed = (rates.tpm or 0) / 60

    def __getstate__(self) -> dict[str, object]:
        """Another process has queues of its own."""
        state: dict[str, object] = dict(self.__dict__)
        return state | {"_pacers": dict[str, Pacer]()}

    def of(self, model: str) -> Pacer | None:
        """The pacer of a base model; None if the run does not pace it."""
        if model not in self.models:
            return None
        if model not in self._pacers:
            state = self._states[self.models.index(model)]
            self._pacers[model] = Pacer(model, state, self.lock, self._now, self._patience)
        return self._pacers[model]

    def waits(self) -> dict[str, float]:
        """For how many seconds nothing may be sent to each model, because its service refused a request."""
        now = self._now()
        with self.lock:
            parked = [Control(state).parked_until for state in self._states]
        return {name: until - now for name, until in zip(self.models, parked, strict=False) if until > now}


@contextmanager
def paced_as(pacer: Pacer | None, slots: asyncio.Semaphore) -> Generator[None]:
    """In the block, questions of this task, and of those it starts, take permits of that pacer, and slots."""
    token = _PACED.set(None if pacer is None else (pacer, slots))
    try:
        yield
    finally:
        _PACED.reset(token)


def pacing_here() -> tuple[Pacer, asyncio.Semaphore] | None:
    """The pacer and the slots of this task's questions; None if they are not paced."""
    return _PACED.get()


def note(headers: Mapping[str, str]) -> None:
    """Note the headers of a response from the network, for the permit under which it was asked for."""
    permit = _NOTING.get()
    if permit is not None:
        permit.headers = headers
