"""How a run that has not reached its end goes on: the command, and what of it is kept until then."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from fbench.errors import BudgetReached, FbenchError, Incomplete, ProviderFailed, UsageError
from fbench.plurals import be, counted
from fbench.runner.deploy import standing_deployments
from fbench.runner.experiment import Experiment
from fbench.runner.plan import Plan
from fbench.runner.store import Store

__all__ = [
    "ALL_ANSWERED",
    "GoingOn",
    "can_go_on",
    "failed_run",
    "going_on",
    "keep_budget",
    "kept_in",
    "kept_of",
    "open_in",
    "raised",
]

_STORE = "run.sqlite"
_BUDGET = "budget_usd"

ALL_ANSWERED = "all questions are answered"
"""What is said of a run in which nothing is left but to remove a deployment."""


class GoingOn(NamedTuple):
    """How a run goes on; `budget_usd` is what a live run may spend in all, None where it needs no budget."""

    folder: str
    budget_usd: float | None

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the command."""
        budget = () if self.budget_usd is None else ("--budget-usd", _plain(self.budget_usd))
        return ("fbench", "resume", self.folder, *budget)

    @property
    def command(self) -> str:
        """The command, for a shell."""
        return " ".join(map(quote, self.words))

    @property
    def call(self) -> str:
        """The same in Python."""
        budget = "" if self.budget_usd is None else f", budget_usd={_plain(self.budget_usd)}"
        return f"fbench.resume({self.folder!r}{budget})"


def going_on(folder: Path) -> GoingOn:
    """How the run in a folder goes on, by its store: with its budget, or a higher one if it reached that."""
    budget: object = None
    try:
        with Store(folder / _STORE, read_only=True, checked=False) as store:
            budget = store.meta(_BUDGET)
    except UsageError:  # whoever needs the store says why
        pass
    return GoingOn(str(folder), float(budget) if isinstance(budget, int | float) else None)


def can_go_on(error: BaseException, experiment: Experiment) -> bool:
    """Whether a run that ended with an error may come further if it is resumed as it is.

    A replay comes as far as before, unless it was interrupted: its recording answers the same.
    """
    waits = isinstance(error, Incomplete | BudgetReached) or not isinstance(error, FbenchError)
    return waits or not experiment.is_replay


def keep_budget(store: Store, usd: float) -> None:
    """Keep in the store of a live run the budget with which it goes on."""
    store.set_meta(_BUDGET, usd)


def raised(usd: float) -> float:
    """An amount rounded up to whole cents."""
    return ceil(round(usd * 100, 6)) / 100


def kept_of(folder: Path, experiment: Experiment, plan: Plan) -> str:
    """As `kept_in`, of the store in a run's folder."""
    try:
        with Store(folder / _STORE, read_only=True, checked=False) as store:
            return kept_in(store, experiment, plan)
    except UsageError:  # stopped before the store was complete
        return f"0 of {counted(plan.asked, 'answer')} are kept."


def kept_in(store: Store, experiment: Experiment, plan: Plan) -> str:
    """How many answers of a run are kept, and how many jobs and batches go on at a live service."""
    kept = sum(len(store.answered(cell.id)) for cell in plan.cells)
    said = f"{kept:,} of {counted(plan.asked, 'answer')} are kept."
    if not experiment.is_live:
        return said
    jobs = sum(row.state == "created" for row in store.trainings().values())
    batches = sum(row.state == "created" for row in store.batches())
    for count, words in ((jobs, ("job", "jobs")), (batches, ("batch", "batches"))):
        if count:
            go, them = ("goes", "it") if count == 1 else ("go", "them")
            paid = f"{go} on at the service and {be(count)} paid for"
            said += f" {counted(count, *words)} {paid}; `fbench resume` finds {them}."
    return said


def open_in(store: Store, plan: Plan) -> str:
    """How many trainings and questions of a plan are not done by its store; empty if all are."""
    rows = store.trainings()
    ended = {name for name, row in rows.items() if row.state == "succeeded"}
    trainings = sum(each.id not in ended for each in plan.trainings)
    questions = plan.asked - sum(len(store.answered(cell.id)) for cell in plan.cells)
    parts = [
        f"{left:,} of {counted(whole, noun)}"
        for left, whole, noun in (
            (trainings, len(plan.trainings), "training"),
            (questions, plan.asked, "question"),
        )
        if left
    ]
    return f"{' and '.join(parts)} {be(trainings + questions)} not done" if parts else ""


def _plain(usd: float) -> str:
    return str(int(usd)) if usd.is_integer() else repr(usd)


def failed_run(store: Store, experiment: Experiment, plan: Plan, error: str) -> ProviderFailed:
    """What is said of a run that has results, and failed with that error first."""
    is_live = experiment.is_live
    left = open_in(store, plan)
    said = f"{left or 'the judge did not rule on all answers'}, and the results leave that out"
    if not left and is_live and standing_deployments(store):
        said = ALL_ANSWERED
    is_paid_again = is_live and any(row.state == "failed" and row.job for row in store.trainings().values())
    again = " Going on tries failed trainings again, and pays for them again." if is_paid_again else ""
    return ProviderFailed(f"{said}. The first error: {error.rstrip('.')}.{again}")
