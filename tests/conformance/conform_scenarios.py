"""The scenarios of all services, each run once."""

from __future__ import annotations

from functools import cache

import conform_faults
import conform_google
import conform_openai
from conform_calls import Caller, Exchange

__all__ = ["SCENARIOS", "everything", "run"]

SCENARIOS = conform_openai.SCENARIOS | conform_google.SCENARIOS | conform_faults.SCENARIOS


@cache
def run(name: str) -> Caller:
    """The calls of a scenario, made."""
    caller = Caller()
    SCENARIOS[name](caller)
    return caller


def everything() -> list[Exchange]:
    """All that was said in all scenarios."""
    return [exchange for name in SCENARIOS for exchange in run(name).exchanges]
