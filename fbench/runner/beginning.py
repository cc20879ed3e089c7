"""What the progress of a run is told at its beginning: its plan, what is there of it, what it spends."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.providers.pacing import Pacers, Rates
from fbench.runner.budget import Budget
from fbench.runner.experiment import Experiment
from fbench.runner.pending import PendingUnit
from fbench.runner.prepared import PreparedRun
from fbench.runner.prices import unpriced_in
from fbench.runner.progress import Progress
from fbench.runner.store import Store

__all__ = ["pacers_of", "tell_beginning"]


def tell_beginning(
    progress: Progress, ready: PreparedRun, works: Sequence[PendingUnit], budget: Budget
) -> None:
    """Tell the plan, how many questions of each cell are answered, as `works` are left, and what is spent."""
    plan, experiment = ready.plan, ready.experiment
    left = {cell: len(questions) for work in works for cell, questions in work.questions.items()}
    answered = {cell.id: len(plan.asked_in[cell.id]) - left.get(cell.id, 0) for cell in plan.cells}
    progress.begin(plan, sum(answered.values()))
    progress.kept(answered)
    progress.spending(
        lambda: budget.spent_usd,
        origin="recorded" if experiment.is_replay else ready.origin,
        unpriced=unpriced_in(experiment),
    )


def pacers_of(
    experiment: Experiment, judges: Sequence[str], rates: Rates, progress: Progress, store: Store
) -> Pacers | None:
    """The pacers of a live run. Its progress is told of them, and of trainings from before, which go on."""
    if not experiment.is_live or experiment.is_replay:
        return None
    pacers = Pacers([*experiment.models, *judges], rates=rates)
    progress.paced(pacers.waits)
    for row in store.trainings().values():
        if row.state in ("created", "succeeded"):
            progress.trained(row.id, row.state)
            if row.losses:
                progress.learned(row.id, row.losses)
    return pacers
