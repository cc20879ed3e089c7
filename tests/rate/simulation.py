"""A discrete-event simulation of a service with a limit, and of workers that ask it through the pacer.

Its clock is simulated, and its chance seeded: the same case gives the same figures everywhere.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass

from fbench.providers.rate_control import Control, State, Ticket

__all__ = ["Case", "Outcome", "simulate"]

MINUTE = 60.0
LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Case:
    """A service and those who ask it.

    `limit` is a minute, for all models together; `latency` is seconds; `concurrency` is of all models
    together. A refusal takes `refusal` seconds. `headers` is whether OpenAI's headers are sent.
    """

    limit: int
    models: int = 1
    window: bool = False
    headers: bool = True
    concurrency: int = 50
    latency: float = 0.5
    refusal: float = 0.05
    offset: float = 17.0
    retry_after: bool = False
    seed: int = 1

    @property
    def possible(self) -> float:
        """Requests a minute that could be answered at best."""
        return min(self.limit, self.concurrency / self.latency * MINUTE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`used`: answers after the warm-up, over those possible; shares of 429 of the whole run, and after the
    warm-up; `least`: the smallest share of a model among the answers.
    """

    used: float
    refused: float
    refused_later: float
    least: float


class Service:
    """A limit of requests a minute: a bucket that is full at first, or windows that begin at `offset`."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._left, self._at = float(case.limit), 0.0
        self._end = case.offset

    def take(self, now: float) -> tuple[bool, dict[str, str]]:
        """Whether a request that arrives now is accepted, and the headers of the answer."""
        case = self._case
        if case.window:
            while now >= self._end:
                self._left, self._end = float(case.limit), self._end + MINUTE
        else:
            self._left = min(case.limit, self._left + (now - self._at) * case.limit / MINUTE)
        self._at = now
        taken = self._left >= 1
        if taken:
            self._left -= 1
        reset = self._end - now if case.window else (case.limit - self._left) * MINUTE / case.limit
        headers: dict[str, str] = {}
        if case.headers:
            headers = {
                "x-ratelimit-limit-requests": str(case.limit),
                "x-ratelimit-remaining-requests": str(int(self._left)),
                "x-ratelimit-reset-requests": f"{int(reset * 1000)}ms",
            }
        if not taken and (case.headers or case.retry_after):
            wait = reset if case.window else (1 - self._left) * MINUTE / case.limit
            headers["retry-after-ms"] = str(int(wait * 1000) + 1)
        return taken, headers


class Model:
    """The queue of a model: its pacer, and those who wait for a permit, of whom the first one looks."""

    def __init__(self, concurrency: int) -> None:
        self.control = Control(State())
        self.waiting = concurrency
        self.looks = False
        self.accepted = 0


class Simulation:
    """The service, the models' queues and what happens next."""

    def __init__(self, case: Case) -> None:
        self._case, self._service = case, Service(case)
        self._chance = random.Random(case.seed)  # noqa: S311 - reproducible, and no secret
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self.now = 0.0
        self.models = [Model(max(1, case.concurrency // case.models)) for _ in range(case.models)]
        self.counts = {True: 0, False: 0}
        for number, model in enumerate(self.models):
            self._begin_looking(model, 0.1 + number * 3.0)

    def run(self, until: float) -> None:
        """Let happen what happens before a time."""
        while self._events and self._events[0][0] < until:
            self.now, _, act = heapq.heappop(self._events)
            act()

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._events, (self.now + seconds, self._order, act))

    def _begin_looking(self, model: Model, seconds: float) -> None:
        model.looks = True
        self._after(seconds, lambda: self._look(model))

    def _look(self, model: Model) -> None:
        model.looks = False
        while model.waiting:
            wait = model.control.wait(self.now, 1.0)
            if wait > 0:
                self._begin_looking(model, min(wait, LOOK) + self._chance.uniform(0.0001, 0.002))
                return
            model.waiting -= 1
            ticket = model.control.take(self.now, 1.0)
            self._after(self._chance.uniform(0.005, 0.015), lambda ticket=ticket: self._arrive(model, ticket))

    def _arrive(self, model: Model, ticket: Ticket) -> None:
        taken, headers = self._service.take(self.now)
        self.counts[taken] += 1
        model.accepted += taken
        case = self._case
        mean = (case.latency if taken else min(case.refusal, case.latency)) - 0.02
        seconds = mean * self._chance.uniform(0.8, 1.2) + 0.01
        self._after(seconds, lambda: self._hear(model, ticket, taken=taken, headers=headers))

    def _hear(self, model: Model, ticket: Ticket, *, taken: bool, headers: dict[str, str]) -> None:
        (model.control.answered if taken else model.control.limited)(ticket, self.now, headers)
        model.waiting += 1
        if not model.looks:
            self._look(model)


def simulate(case: Case, warm_up: float = 180.0, measured: float = 600.0) -> Outcome:
    """What becomes of a case in `measured` seconds after `warm_up` seconds."""
    simulation = Simulation(case)
    simulation.run(warm_up)
    before = dict(simulation.counts)
    simulation.run(warm_up + measured)
    accepted, refused = simulation.counts[True], simulation.counts[False]
    later, refused_later = accepted - before[True], refused - before[False]
    return Outcome(
        used=later / (case.possible * measured / MINUTE),
        refused=refused / max(1, accepted + refused),
        refused_later=refused_later / max(1, later + refused_later),
        least=min(model.accepted for model in simulation.models) / max(1, accepted),
    )
