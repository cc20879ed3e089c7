"""The scenarios of all services, each run once."""

from __future__ import annotations

from functools import cache

from tests.conformance import fault_calls, google_calls, openai_calls
from tests.conformance.calls import Caller, Exchange

__all__ = ["SCENARIOS", "everything", "run"]

SCENARIOS = openai_calls.SCENARIOS | google_calls.SCENARIOS | fault_calls.SCENARIOS


@cache
def run(name: str) -> Caller:
    """The calls of a scenario, made."""
    caller = Caller()
    SCENARIOS[name](caller)
    return caller


def everything() -> list[Exchange]:
    """All that was said in all scenarios."""
    return [exchange for name in SCENARIOS for exchange in run(name).exchanges]
