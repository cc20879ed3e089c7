"""A limit on what a run may spend."""

from __future__ import annotations

import math

from fbench.errors import BudgetReached, UsageError
from fbench.runner.plan import Cost

__all__ = ["Budget", "check_budget"]


class Budget:
    """Counts planned spending, and refuses a unit that would exceed the limit.

    A unit is reserved at its estimated price before its first request. Without a limit nothing is refused.
    """

    def __init__(self, limit_usd: float | None = None, spent_usd: float = 0.0) -> None:
        self._limit = limit_usd
        self._spent = spent_usd

    def reserve(self, cost: Cost) -> None:
        """Reserve the price of a unit.

        Raises:
            BudgetReached: the unit would exceed the limit.
            UsageError: there is a limit, and the price of this model is unknown.
        """
        if self._limit is None:
            return
        if cost.train_usd is None or cost.answer_usd is None:
            raise UsageError(
                "a model of this run has no known price, so a budget cannot be kept: give its prices in the "
                'configuration, under [prices."PROVIDER:NAME"].'
            )
        price = cost.train_usd + cost.answer_usd
        if self._spent + price > self._limit:
            raise BudgetReached(
                f"the next step costs about ${price:.2f}, and ${self._limit - self._spent:.2f} of the budget "
                f"of ${self._limit:.2f} is left. What was done is saved: raise --budget-usd and go on with "
                "`fbench resume`."
            )
        self._spent += price


def check_budget(budget_usd: float | None) -> None:
    """Check a budget.

    Raises:
        UsageError: it is no amount, such as NaN, which no sum of costs would ever exceed.
    """
    if budget_usd is not None and not (math.isfinite(budget_usd) and budget_usd >= 0):
        raise UsageError(f"--budget-usd must be an amount of US dollars, 0 or more, got {budget_usd!r}.")
