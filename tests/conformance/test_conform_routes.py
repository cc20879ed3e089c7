"""No route of a fake goes without a call that is held against a specification."""

from __future__ import annotations

from conform_calls import Caller
from conform_scenarios import run_all


def test_every_mounted_route_is_called():
    mounted = Caller().mounted
    called = {exchange.route for caller in run_all() for exchange in caller.exchanges}

    assert sorted(map(str, mounted - called)) == []


def test_every_mounted_route_has_answered_without_an_error_or_never_does():
    never = {"gemini: POST /{version}/tunedModels"}  # nothing can be tuned there
    answered = {
        exchange.route for caller in run_all() for exchange in caller.exchanges if exchange.status < 400
    }
    cancelled = {
        exchange.route for caller in run_all() for exchange in caller.exchanges if exchange.status == 499
    }

    silent = {str(route) for route in Caller().mounted - answered - cancelled}
    assert sorted(silent - never) == []
