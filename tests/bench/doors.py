"""One call of an unmodified SDK inside `intercept`, against the same call on a bare MockTransport."""

from __future__ import annotations

from collections.abc import Callable

import httpx2

from fakes import FakeTransport, World, intercept
from fakes.learners.scripted import ScriptedLearner
from tests.bench.calls import Client, google, openai, recorded, seconds
from tests.bench.measure import Figure, paired

__all__ = ["figures"]


def figures() -> list[Figure]:
    """The door of intercepted clients: the connection pool's own work is part of it."""
    found: list[Figure] = []
    for name, client, target in (("openai", openai, 1.15), ("google-genai", google, 1.35)):
        world = World(learner=ScriptedLearner(lambda _prompt: "twelve weeks"))
        bare = httpx2.MockTransport(recorded(client, FakeTransport(world)))
        ratio, _, floor = paired(seconds(client(bare)), _intercepted(client, world))
        detail = f"the bare call takes {floor * 1e6:.0f} us"
        found.append(Figure(f"intercepted call, fixed answer: {name}", ratio, "x", target, detail))
    return found


def _intercepted(client: Client, world: World) -> Callable[[], float]:
    """What one of many calls costs through a real transport, whose pool never opens a connection."""
    measure = seconds(client(httpx2.AsyncHTTPTransport()))

    def timed() -> float:
        with intercept(world):
            return measure()

    return timed
