"""Check the arguments of `fbench.run` and `fbench.resume` before anything is made."""

from __future__ import annotations

import math

from fbench.errors import UsageError
from fbench.runner.processes import check_main_module
from fbench.runner.progress import Progress

__all__ = ["MOST_IN_FLIGHT", "MOST_PROCESSES", "check_budget", "check_working_arguments"]

MOST_IN_FLIGHT = 1000
MOST_PROCESSES = 64


def check_working_arguments(
    *, concurrency: object, jobs: object = 1, budget_usd: object = None, progress: object = None
) -> None:
    """Check how a run is to be carried out, by the names that the arguments have in Python.

    Raises:
        UsageError: an argument has a value that cannot be used, or the script cannot start processes.
    """
    for name, value, most in (("concurrency", concurrency, MOST_IN_FLIGHT), ("jobs", jobs, MOST_PROCESSES)):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            raise UsageError(f"{name} must be a whole number from 1 to {most}, got {value!r}.")
    check_budget(budget_usd, "budget_usd")
    if progress is not None and not isinstance(progress, Progress):
        raise UsageError(
            f"progress must be an instance of fbench.Progress, or None, got {type(progress).__name__}."
        )
    if isinstance(jobs, int):
        check_main_module(jobs)


def check_budget(budget_usd: object, name: str) -> None:
    """Check a budget; `name` is the caller's name for it: `--budget-usd`, or `budget_usd`.

    Raises:
        UsageError: it is no amount, such as NaN, which no sum of costs would ever exceed.
    """
    if budget_usd is not None and not _is_amount(budget_usd):
        raise UsageError(f"{name} must be an amount of US dollars, 0 or more, got {budget_usd!r}.")


def _is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value >= 0
