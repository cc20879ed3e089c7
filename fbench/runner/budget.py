"""A limit on what a run may spend: what may be paid for is reserved at its most before it is sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import floor, log10
from typing import NamedTuple

from fbench.errors import BudgetReached, UsageError

__all__ = ["Asked", "Budget", "check_budget", "dollars"]


class Asked(NamedTuple):
    """Something that may cost money, and what it costs at most in US dollars; None if no price is known."""

    what: str
    most_usd: float | None


class Budget:
    """Counts what is spent, and what is reserved for requests in flight. Without a limit nothing is refused.

    Attributes:
        spent_usd: what was settled, and what was kept for requests whose end is unclear.
    """

    def __init__(self, limit_usd: float | None = None, spent_usd: float = 0.0) -> None:
        self._limit, self.spent_usd = limit_usd, spent_usd
        self._reserved: dict[str, float] = {}

    def reserve(self, asked: Sequence[Asked]) -> int:
        """Reserve as many of these as there is room for, from the first on, and return how many.

        It is 0 if the first has no room while others are in flight, whose reserve is more than they will
        cost: ask again when one is settled.

        Raises:
            BudgetReached: the first would exceed the limit though nothing else is in flight.
            UsageError: there is a limit, and a price is unknown.
        """
        if self._limit is None:
            self._reserved |= {each.what: each.most_usd or 0.0 for each in asked}
            return len(asked)
        room = self._limit - self.spent_usd - math.fsum(self._reserved.values())
        for number, (what, usd) in enumerate(asked):
            if usd is None:
                raise UsageError(
                    "a model of this run has no known price, so a budget cannot be kept: give its prices in "
                    'the configuration, under [prices."PROVIDER:NAME"], in dollars per million tokens.'
                )
            if usd > room:
                if not number and not self._reserved:
                    raise BudgetReached(
                        f"the next step may cost up to {dollars(usd)}, and {dollars(max(room, 0.0))} of "
                        f"the budget of {dollars(self._limit)} is left. What was done is saved: raise "
                        "--budget-usd to go on."
                    )
                return number
            room -= usd
            self._reserved[what] = usd
        return len(asked)

    def reserved(self, what: str) -> float:
        """What is reserved for something in flight, in US dollars."""
        return self._reserved[what]

    def settle(self, what: str, usd: float) -> None:
        """Put what something cost in the place of what was reserved for it."""
        self._reserved.pop(what)
        self.spent_usd += usd


def dollars(usd: float) -> str:
    """Dollars and cents; of amounts below ten cents, the first two figures."""
    if usd >= 0.1 or usd <= 0:
        return f"${usd:,.2f}" if usd > 0 else "$0"
    return f"${usd:.{1 - floor(log10(usd))}f}".rstrip("0")


def check_budget(budget_usd: float | None) -> None:
    """Check a budget.

    Raises:
        UsageError: it is no amount, such as NaN, which no sum of costs would ever exceed.
    """
    if budget_usd is not None and not (math.isfinite(budget_usd) and budget_usd >= 0):
        raise UsageError(f"--budget-usd must be an amount of US dollars, 0 or more, got {budget_usd!r}.")
