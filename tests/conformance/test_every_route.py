"""No route of a fake goes without a call that is held against a specification."""

from __future__ import annotations

from tests.conformance.calls import Caller
from tests.conformance.scenarios import everything

_NEVER = {"gemini: POST /{version}/tunedModels"}
"""Routes that answer nothing but errors: nothing can be tuned there."""


def test_every_mounted_route_is_called():
    called = {exchange.route for exchange in everything()}

    assert sorted(map(str, Caller().mounted - called)) == []


def test_every_mounted_route_has_answered_without_an_error():
    # Cloud Storage ends an upload with 499
    answered = {
        exchange.route for exchange in everything() if exchange.status < 400 or exchange.status == 499
    }

    assert set(map(str, Caller().mounted - answered)) == _NEVER
