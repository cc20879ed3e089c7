"""A discrete-event simulation of a service with a limit, and of workers that ask it through the pacer.

Its clock is simulated, and its chance seeded: the same case gives the same figures everywhere.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
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


def simulate(case: Case, warm_up: float = 180.0, measured: float = 600.0) -> Outcome:
    """What becomes of a case in `measured` seconds after `warm_up` seconds."""
    chance = random.Random(case.seed)
    service = Service(case)
    models = [Model(max(1, case.concurrency // case.models)) for _ in range(case.models)]
    events: list[tuple[float, int, Callable[[float], None]]] = []
    order = 0
    counts = {"accepted": 0, "refused": 0, "accepted_later": 0, "refused_later": 0}

    def at(time: float, what: Callable[[float], None]) -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (time, order, what))

    def look(model: Model) -> Callable[[float], None]:
        def act(now: float) -> None:
            model.looks = False
            while model.waiting:
                wait = model.control.wait(now, 1.0)
                if wait > 0:
                    model.looks = True
                    late = chance.uniform(0.0001, 0.002)  # as timers are
                    at(now + min(wait, LOOK) + late, look(model))
                    return
                model.waiting -= 1
                ticket = model.control.take(now, 1.0)
                at(now + chance.uniform(0.005, 0.015), arrive(model, ticket))

        return act

    def arrive(model: Model, ticket: Ticket) -> Callable[[float], None]:
        def act(now: float) -> None:
            taken, headers = service.take(now)
            later = "_later" if now >= warm_up else ""
            name = "accepted" if taken else "refused"
            counts[name] += 1
            if later:
                counts[name + later] += 1
            model.accepted += taken
            mean = case.latency - 0.02 if taken else min(case.refusal, case.latency) - 0.02
            at(now + mean * chance.uniform(0.8, 1.2) + 0.01, answer(model, ticket, taken, headers))

        return act

    def answer(model: Model, ticket: Ticket, taken: bool, headers: dict[str, str]) -> Callable[[float], None]:
        def act(now: float) -> None:
            (model.control.answered if taken else model.control.limited)(ticket, now, headers)
            model.waiting += 1
            if not model.looks:
                look(model)(now)

        return act

    for number, model in enumerate(models):
        model.looks = True
        at(0.1 + number * 3.0, look(model))
    end = warm_up + measured
    while events and events[0][0] < end:
        time, _, what = heapq.heappop(events)
        what(time)
    total = counts["accepted"] + counts["refused"]
    later = counts["accepted_later"] + counts["refused_later"]
    return Outcome(
        used=counts["accepted_later"] / (case.possible * measured / MINUTE),
        refused=counts["refused"] / max(1, total),
        refused_later=counts["refused_later"] / max(1, later),
        least=min(model.accepted for model in models) / max(1, counts["accepted"]),
    )


_ = deque
