"""`fbench resume`: go on with a run that was interrupted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fbench.cli.options import JUDGE_HELP, working_options
from fbench.errors import UsageError

if TYPE_CHECKING:
    from fbench.runner.ready import Ready

__all__ = ["resume"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--judge", metavar="PROVIDER:NAME", help=JUDGE_HELP)
@working_options
def resume(
    run: Path,
    *,
    judge: str | None,
    concurrency: int,
    jobs: int | None,
    budget_usd: float | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on with the run in the folder RUN, exactly as it was configured, unless --judge names another judge.

    What was answered is not asked again, and a training that was begun is found again rather than paid for
    twice. A finished run is graded and written again. What was spent before counts towards --budget-usd.
    """
    # imported here, so that the help needs none of it
    from fbench.cli.driver import drive  # noqa: PLC0415
    from fbench.pipeline import lay_out, prepare  # noqa: PLC0415
    from fbench.runner.experiment import read_experiment  # noqa: PLC0415
    from fbench.runner.folder import read_config, write_config  # noqa: PLC0415

    started = time.monotonic()
    ready = lay_out(read_experiment(read_config(run), {"judge": judge}))
    if ready.experiment.is_live and not _is_answered(ready, run):
        if budget_usd is None:
            raise UsageError("a live run spends money: say how much it may spend with --budget-usd.")
        ready = prepare(ready.experiment)
    if judge is not None:
        write_config(run, ready.experiment)
    drive(
        ready,
        run,
        concurrency=concurrency,
        jobs=jobs,
        budget_usd=budget_usd,
        as_json=as_json,
        quiet=quiet,
        started=started,
    )


def _is_answered(ready: Ready, folder: Path) -> bool:
    """Whether nothing is left to ask or to judge, so that neither keys nor a budget are needed."""
    from fbench.grading.chosen import judging_of  # noqa: PLC0415
    from fbench.grading.judge.pending import docket_of, pending  # noqa: PLC0415
    from fbench.grading.layers import grade_answers  # noqa: PLC0415
    from fbench.runner.folder import STORE  # noqa: PLC0415
    from fbench.runner.store import Store  # noqa: PLC0415

    plan, judging = ready.plan, judging_of(ready)
    with Store(folder / STORE) as store:
        asked = all(
            store.answered(cell.id).issuperset(question.id for question in plan.questions[cell.task])
            for cell in plan.cells
        )
        if not asked or judging is None:
            return asked
        grade_answers(store, {question.id: question for question in ready.dataset.questions}, "auto")
        return not pending(store, docket_of(store, ready.dataset, judging), judging)
