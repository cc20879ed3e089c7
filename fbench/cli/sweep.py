"""`fbench sweep`: several experiments in one file and one folder, compared at the end."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fbench.cli.options import batch_option, working_options
from fbench.cli.spending import confirm_spending, warn_of_budget

__all__ = ["sweep"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="The folder of all runs. Default: runs/NAME of the file."
)
@click.option("--plan", "only_plan", is_flag=True, help="Show what each would do and cost, and end.")
@working_options
@batch_option
@click.option("--yes", is_flag=True, help="Do not ask before spending money.")
def sweep(
    file: Path,
    *,
    out: Path | None,
    only_plan: bool,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    rpm: int | None,
    tpm: int | None,
    batch: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run all experiments of a TOML file, each in a folder of its own below --out, and compare them.

    Fields above the first [[experiments]] are those of all; each of these tables has a name, and the fields
    in which it differs. The first is the one with which the others are compared:

    \b
      epochs = 10
      [[experiments]]
      name = "alone"
      [[experiments]]
      name = "with-general-examples"
      general = 50

    The same command again goes on with what is not done. The budget is that of all.
    """  # noqa: D301 - for click, \b keeps the lines apart
    # imported here, so that the help does not need them
    from fbench.cli.driver import carried_out  # noqa: PLC0415 - imported only when it is needed
    from fbench.cli.output import console  # noqa: PLC0415 - imported only when it is needed
    from fbench.providers.pacing import Rates  # noqa: PLC0415 - imported only when it is needed
    from fbench.reports.plan import plan_report, plan_table  # noqa: PLC0415 - imported only when it is needed
    from fbench.reports.sweep import sweep_table  # noqa: PLC0415 - imported only when it is needed
    from fbench.sweeps import NextRun, do_sweep, laid_out, sweep_costs  # noqa: PLC0415 - imported only when it is needed

    folder = Path("runs") / file.stem if out is None else out
    runs = laid_out(file)
    if only_plan:
        for run in runs.values():
            console().print(plan_table(plan_report(run)))
        console().print(f"All {len(runs)} experiments: {sweep_costs(runs, folder)}")
        return
    if budget_usd is not None and any(run.experiment.is_live for run in runs.values()):
        rest = sweep_costs(runs, folder)
        warn_of_budget(rest, budget_usd)
        if not yes:
            confirm_spending(rest, budget_usd)

    def carry_out(run: NextRun) -> None:
        if not quiet:
            click.echo(f"{run.name}:", err=True)
        carried_out(
            run.prepared,
            run.folder,
            concurrency=concurrency,
            jobs=jobs,
            budget_usd=run.budget_usd,
            rates=Rates(rpm, tpm),
            quiet=quiet,
            batch=batch,
            again=f"fbench {' '.join(sys.argv[1:])}",
        )

    found = do_sweep(file, folder, carry_out, budget_usd=budget_usd, batch=batch)
    if as_json:
        click.echo(found.to_json(), nl=False)
    else:
        console().print(sweep_table(found))
