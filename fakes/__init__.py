"""Fake fine-tuning services: OpenAI, Vertex AI and Gemini in one process, for unmodified clients.

    from fakes import World, FakeTransport, intercept

A `World` holds the state of all services and really trains models. Reach it through `FakeTransport(world)`,
which any httpx2 client accepts, or inside `with intercept(world):`, which serves the vendors' own clients
unchanged. Nothing here depends on fbench, and nothing opens a socket.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from fakes.doors.intercept import intercept
    from fakes.doors.transport import FakeTransport
    from fakes.world import World

__all__ = ["FakeTransport", "World", "intercept"]

_HOMES = {
    "FakeTransport": "fakes.doors.transport",
    "World": "fakes.world",
    "intercept": "fakes.doors.intercept",
}
"""Where each name is defined. It is imported when it is first used: a world imports NumPy, and prices do not
need one.
"""


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module  # noqa: PLC0415 - only what is used is imported

        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
