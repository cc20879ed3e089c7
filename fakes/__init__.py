"""Fake fine-tuning services: OpenAI, Vertex AI and Gemini in one process, for unmodified clients.

    from fakes import World, FakeTransport, intercept

A `World` holds the state of all services and really trains models. Reach it through `FakeTransport(world)`,
which any httpx2 client accepts, or inside `with intercept(world):`, which serves the vendors' own clients
unchanged. Nothing here depends on fbench, and nothing opens a socket.
"""

from __future__ import annotations

from fakes.doors.intercept import intercept
from fakes.doors.transport import FakeTransport
from fakes.world import World

__all__ = ["FakeTransport", "World", "intercept"]
