"""`fbench plan`: show what a run would do and cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fbench.cli.options import chosen, experiment_options, planned_options
from fbench.cli.output import console
from fbench.cli.spending import warn_of_budget

if TYPE_CHECKING:
    from fbench.runner.prepared import PreparedRun

__all__ = ["plan", "show"]


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@experiment_options
@planned_options
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON instead of a table.")
def plan(config: Path | None, *, budget_usd: float | None, as_json: bool, **options: Any) -> None:
    """Show what a run would do and cost, without doing it.

    Takes the same CONFIG and options as `fbench run`, of which those that say how it is done have no effect
    here. Needs no key, and asks no service. Tokens are estimated, and dollars are list prices; models whose
    price is not known are named, and left out of the sums.
    """
    # imported here, so that the help does not need them
    from fbench.grading.rest_costs import rest_costs  # noqa: PLC0415 - imported only when it is needed
    from fbench.pipeline import lay_out_new  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.budget import dollars  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.config import naming_fields, read_experiment  # noqa: PLC0415 - imported only when it is needed
    from fbench.runner.prices import unpriced_in  # noqa: PLC0415 - imported only when it is needed

    values = chosen(options)
    with naming_fields(config, values):
        prepared = lay_out_new(read_experiment(config, values))
    if as_json:
        from fbench.reports.plan import plan_report  # noqa: PLC0415 - imported only when it is needed

        click.echo(plan_report(prepared).model_dump_json(indent=1))
    else:
        show(prepared, err=False)
    if budget_usd is not None:
        rest = rest_costs(prepared)
        warn_of_budget(rest, budget_usd)
        if not rest.warning(budget_usd) and not unpriced_in(prepared.experiment):
            click.echo(f"The budget of {dollars(budget_usd)} is enough.", err=True)


def show(prepared: PreparedRun, *, err: bool) -> None:
    """Print the plan as a table to stdout, or to stderr."""
    from fbench.reports.plan import plan_report, plan_table  # noqa: PLC0415 - rich is slow to import

    console(err=err).print(plan_table(plan_report(prepared)))
