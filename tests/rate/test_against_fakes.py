"""Questions through the real clients to the fakes, which keep limits, in time that jumps."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import NamedTuple

import httpx2
import pytest

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.limits import Limits
from fbench.clock import WallClock
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.header_transport import HeaderTransport
from fbench.providers.model import Sampling
from fbench.providers.pacing import UNKNOWN, Pacers, Rates, paced_as
from fbench.providers.profiles import profile_of
from tests.rate.jumping_loop import JumpingLoop, run_jumping

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-flash"
ENVIRON = {
    "OPENAI_API_KEY": "sk-fake",
    "GOOGLE_CLOUD_PROJECT": "p",
    "GOOGLE_CLOUD_LOCATION": "us-central1",
    "STORAGE_EMULATOR_HOST": "https://storage.googleapis.com",
}
LATENCY = 0.5


class Served(NamedTuple):
    """What a service had of some questions: statuses with their numbers, and the seconds of all."""

    statuses: Counter[int]
    seconds: float

    @property
    def refused(self) -> float:
        return self.statuses[429] / self.statuses.total()


class Slow(httpx2.AsyncBaseTransport):
    """Lets answers take as long as those of a service, and counts them."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner
        self.statuses: Counter[int] = Counter()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        self.statuses[response.status_code] += 1
        await asyncio.sleep(LATENCY if response.status_code == 200 else 0.05)
        return response


def served(
    model: str, questions: int, limits: tuple[int, int], *, rates: Rates = UNKNOWN, processes: int = 1
) -> Served:
    """What a service with limits, of requests and tokens, has of a run's questions."""
    loop = JumpingLoop()
    world = World(learner=ScriptedLearner(lambda _prompt: "twelve weeks"), limits=Limits(*limits, loop.time))
    slow = Slow(FakeTransport(world))
    profile, name = profile_of(model)
    state = Pacers([model], rates=rates, now=loop.time)

    async def worker(numbers: range) -> None:
        """One of several processes: it has pacers of its own over the memory that they share."""
        pacers = Pacers.__new__(Pacers)
        pacers.__dict__.update(state.__getstate__())
        provider = connect(Connection("live", HeaderTransport(slow), WallClock(), ENVIRON), profile)
        with paced_as(pacers.of(model), asyncio.Semaphore(50 // processes)):
            await asyncio.gather(*(provider.ask(name, f"Question {n}?", Sampling()) for n in numbers))
        await provider.close()

    async def run() -> float:
        began = loop.time()
        await asyncio.gather(*(worker(range(n, questions, processes)) for n in range(processes)))
        return loop.time() - began

    return Served(slow.statuses, run_jumping(loop, run()))


@pytest.mark.parametrize("processes", [1, 2])
def test_openais_headers_keep_all_requests_within_the_limit(processes: int) -> None:
    had = served(OPENAI, 600, (240, 10**9), processes=processes)
    assert had.statuses[200] == 600
    assert had.refused < 0.01
    assert had.seconds < 1.1 * 60 * (600 - 240) / 240 + 25  # the last of a bucket is spent slowly


def test_a_limit_of_tokens_is_kept_by_headers_too() -> None:
    had = served(OPENAI, 300, (10**6, 12_000))
    assert had.statuses[200] == 300
    assert had.refused < 0.02


@pytest.mark.long
def test_vertex_which_says_nothing_is_asked_as_fast_as_it_lets() -> None:
    had = served(VERTEX, 1200, (600, 10**9))
    assert had.statuses[200] == 1200
    assert had.refused < 0.03
    assert had.seconds < 100


def test_a_rate_by_hand_needs_no_refusal() -> None:
    had = served(VERTEX, 100, (60, 10**9), rates=Rates(rpm=55))
    assert had.statuses == {200: 100}
    assert 100 <= had.seconds <= 115


def test_a_slow_rate_by_hand_is_no_reason_to_end_a_run() -> None:
    had = served(VERTEX, 30, (600, 10**9), rates=Rates(rpm=0.2))
    assert had.statuses == {200: 30}
    assert had.seconds > 3600
