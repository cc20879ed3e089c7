"""The pacer finds what a service allows, whatever kind of limit it has, and whether it says so or not."""

from __future__ import annotations

import pytest

from tests.rate.grid import LEAST_USED, cases, most_refused, shown
from tests.rate.simulation import Case, simulate

SOME = [*cases((60,), concurrencies=(50,), latencies=(0.5, 5.0)), *cases((600,), (30.0,), (50,), (0.5,))]
LARGE = 600
"""Above this, one offset of the window is enough: a case takes some seconds."""


def _holds(case: Case) -> None:
    outcome = simulate(case)
    assert outcome.used >= LEAST_USED, shown(case, outcome)
    assert outcome.refused_later < most_refused(case), shown(case, outcome)


@pytest.mark.parametrize("case", SOME, ids=str)
def test_the_limit_is_used_and_hardly_ever_passed(case: Case) -> None:
    _holds(case)


@pytest.mark.long
@pytest.mark.parametrize("concurrency", [1, 10, 50, 200])
@pytest.mark.parametrize("limit", [60, 600, 6000])
def test_every_limit_is_used_and_hardly_ever_passed(limit: int, concurrency: int) -> None:
    for case in cases((limit,), (17.0,) if limit > LARGE else (1.0, 17.0, 30.0, 45.0, 59.0), (concurrency,)):
        _holds(case)


def test_a_case_is_the_same_each_time() -> None:
    case = Case(limit=600, models=2, window=True, headers=False)
    assert simulate(case, 60, 60) == simulate(case, 60, 60)


@pytest.mark.parametrize("window", [False, True])
def test_models_that_share_a_limit_by_headers_share_it_evenly(window: bool) -> None:
    outcome = simulate(Case(limit=600, models=2, window=window))
    assert outcome.least > 0.4


@pytest.mark.parametrize("headers", [False, True])
def test_a_service_without_a_reachable_limit_is_used_in_full(headers: bool) -> None:
    case = Case(limit=1_000_000, headers=headers, concurrency=50, latency=1.0)
    outcome = simulate(case, 20, 60)
    assert outcome.used > 0.98
    assert outcome.refused == 0


@pytest.mark.parametrize("window", [False, True])
def test_a_wait_that_is_asked_for_without_further_headers_is_kept(window: bool) -> None:
    _holds(Case(limit=600, window=window, headers=False, retry_after=True, offset=30.0))


def test_a_request_that_ends_without_a_word_holds_nobody_up() -> None:
    from fbench.providers.rate_control import Control, State  # noqa: PLC0415 - only here

    control, now = Control(State()), 100.0
    for _ in range(500):
        while control.wait(now, 1) > 0:
            now += 0.01
        control.lost(control.take(now, 1), now)
    assert now < 110
