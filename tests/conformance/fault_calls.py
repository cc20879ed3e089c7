"""What a fake answers when it fails on purpose, or has had enough."""

from __future__ import annotations

from fakes.failures import Fault, quota_exhausted, rate_limited, revoked_key
from fakes.limits import Limits
from tests.conformance.calls import Caller
from tests.conformance.google_calls import MODEL, PLACE
from tests.conformance.openai_calls import BASE, Scenario

__all__ = ["SCENARIOS"]

_GENERATE = f"{PLACE}/publishers/google/models/{MODEL}:generateContent"


def _ask(call: Caller) -> None:
    turns = [{"role": "user", "content": "hello"}]
    contents = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
    call("openai", "POST", "/chat/completions", {"model": BASE, "messages": turns})
    call("vertex", "POST", _GENERATE, contents)


def _faults(call: Caller) -> None:
    common = (rate_limited(1), revoked_key(), *(Fault(status=status) for status in (403, 409, 500, 503)))
    for fault in (*common, quota_exhausted()):
        call.world.faults.set([fault])
        _ask(call)
        call("gemini", "GET", "/v1beta/models", headers={"x-goog-api-key": "AIza-fake"})


def _faults_of_storage(call: Caller) -> None:
    call.world.faults.set([Fault(status=503)])
    call("storage", "GET", "/storage/v1/b/my-bucket/o")


def _limits(call: Caller) -> None:
    call.world.limits = Limits(requests=1, clock=lambda: 0.0)
    for _ in range(2):
        _ask(call)


SCENARIOS: dict[str, Scenario] = {
    "faults": _faults,
    "faults of storage": _faults_of_storage,
    "limits": _limits,
}
