"""The scenarios of all services, each run once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import conform_google
import conform_openai
from conform_calls import Caller

__all__ = ["SCENARIOS", "run", "run_all"]

SCENARIOS = conform_openai.SCENARIOS | conform_google.SCENARIOS


@cache
def run(name: str) -> Caller | None:
    """The calls of a scenario, made; None where the fakes lack the routes that it is about."""
    make, needed = SCENARIOS[name]
    caller = Caller()
    if not caller.mounts(*needed):
        return None
    make(caller)
    return caller


def run_all() -> Iterator[Caller]:
    """All scenarios that there are routes for."""
    for name in SCENARIOS:
        if (caller := run(name)) is not None:
            yield caller
