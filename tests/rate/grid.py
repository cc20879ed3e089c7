"""The cases of the simulation, and what must hold in each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests.rate.simulation import Case, Outcome

__all__ = ["LEAST_USED", "cases", "most_refused", "shown"]

LEAST_USED = 0.95


def most_refused(case: Case) -> float:
    """The share of requests that may be refused after the warm-up."""
    return 0.01 if case.headers else 0.03


def cases(
    limits: tuple[int, ...] = (60, 600, 6000),
    offsets: tuple[float, ...] = (17.0,),
    concurrencies: tuple[int, ...] = (1, 10, 50, 200),
    latencies: tuple[float, ...] = (0.05, 0.5, 5.0),
) -> Iterator[Case]:
    """Each limit alone and shared by two models, as a bucket and a window, with and without headers."""
    combined = product(limits, offsets, (True, False), (False, True), (1, 2), latencies, concurrencies)
    for limit, offset, headers, window, models, latency, concurrency in combined:
        if window or offset == offsets[0]:
            yield Case(
                limit=limit,
                models=models,
                window=window,
                headers=headers,
                concurrency=concurrency,
                latency=latency,
                offset=offset,
                seed=int(offset * 7),
            )


def shown(case: Case, outcome: Outcome) -> str:
    """A line of the table."""
    kind = f"{'window' if case.window else 'bucket'}, {'headers' if case.headers else 'no headers'}"
    met = outcome.used >= LEAST_USED and outcome.refused_later < most_refused(case)
    return (
        f"{case.limit:5,} a minute  {kind:18}  {case.models} model{'s' if case.models > 1 else ' '}  "
        f"{case.concurrency:3} in flight  {case.latency:4} s   used {outcome.used:6.1%}   "
        f"429: {outcome.refused_later:6.2%}, of the whole run {outcome.refused:6.2%}"
        f"{'' if met else '   MISSED'}"
    )
