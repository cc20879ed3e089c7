"""What is said and asked before a live run spends money."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from fbench.errors import UsageError

if TYPE_CHECKING:
    from fbench.grading.rest_costs import RestCosts

__all__ = ["confirm_spending", "warn_of_budget"]


def warn_of_budget(rest: RestCosts, budget_usd: float) -> None:
    """Say on stderr where a budget may not reach the end of a run."""
    if warning := rest.warning(budget_usd):
        click.echo(f"Warning: {warning}", err=True)


def confirm_spending(rest: RestCosts, budget_usd: float) -> None:
    """Ask whether the rest of a budget may be spent.

    Raises:
        UsageError: nobody is at the terminal.
        click.Abort: it may not.
    """
    from fbench.runner.budget import dollars  # noqa: PLC0415 - the help does not need it

    if not sys.stdin.isatty():
        raise UsageError("nobody is there to be asked whether to spend this: say so with --yes.")
    more = " more" if rest.spent else ""
    click.confirm(f"Spend up to {dollars(max(0.0, budget_usd - rest.spent))}{more}?", abort=True, err=True)
