"""What a run has spent, and what the rest of it costs."""

from __future__ import annotations

from typing import NamedTuple

from fbench.grading.experiment_graders import judging_of
from fbench.grading.judge.choice import Judging
from fbench.grading.judge.run_cases import (
    cases_of_run,
    most_judging_cost,
    pending_cases,
    spent_before_attempts,
)
from fbench.grading.layers import grade_answers
from fbench.runner.budget import dollars
from fbench.runner.pending import PendingUnit, pending_units
from fbench.runner.plan import rest_bounds
from fbench.runner.prepared import PreparedRun
from fbench.runner.run_prices import RunPrices
from fbench.runner.store import Store

__all__ = ["RestCosts", "rest_costs", "spent_in"]


class RestCosts(NamedTuple):
    """US dollars: what was spent, and the least and the most that the rest costs; see `plan.bounds_of`."""

    spent: float
    least: float
    most: float

    def __str__(self) -> str:
        """A sentence."""
        between = f"costs between {dollars(self.least)} and {dollars(self.most)}"
        return (
            f"{dollars(self.spent)} is spent, and the rest {between}."
            if self.spent
            else f"The run {between}."
        )

    def warning(self, budget_usd: float) -> str:
        """What is to be known of a budget for the whole run; empty if it is enough."""
        if budget_usd >= self.spent + self.most:
            return ""
        least, most = self.spent + self.least, self.spent + self.most
        does = f"will not reach the end: it takes {dollars(least)} at least"
        if budget_usd >= least:
            does = f"may not reach the end: it may take {dollars(most)}"
        return f"the budget of {dollars(budget_usd)} {does}."


def rest_costs(ready: PreparedRun, store: Store | None = None, *, retry_errors: bool = False) -> RestCosts:
    """The costs of a run by its store; without one, of a new run. Unknown prices count as 0.

    With `retry_errors`, what a service rejected is asked again.
    """
    experiment, plan, judging = ready.experiment, ready.plan, judging_of(ready)
    works = (
        [PendingUnit(unit, {c.id: plan.asked_in[c.id] for c in unit.cells}, None) for unit in plan.units]
        if store is None
        else pending_units(plan, store, lasting=experiment.is_live, retry_errors=retry_errors)
    )
    least = most = 0.0
    for work in works:
        trains = work.before is None or work.before.state == "failed"  # else it is reserved, or was paid for
        low, high = rest_bounds(work.unit, work.unbought, experiment, ready.dataset, trains=trains)
        least += (low.train_usd or 0.0) + (low.answer_usd or 0.0)
        most += (high.train_usd or 0.0) + (high.answer_usd or 0.0)
    if judging is not None:
        is_answered = not any(any(work.questions.values()) for work in works)
        most += _most_of_judge(ready, judging, store, is_answered=is_answered, retry_errors=retry_errors)
    return RestCosts(0.0 if store is None else spent_in(ready, store), least, most)


def spent_in(ready: PreparedRun, store: Store) -> float:
    """What a run has spent, in US dollars: trainings, answers and rulings of a judge."""
    judging = judging_of(ready)
    spent = RunPrices(ready.experiment, ready.plan).spent(store)
    return spent + (spent_before_attempts(store, judging) if judging else 0.0)


def _most_of_judge(
    ready: PreparedRun, judging: Judging, store: Store | None, *, is_answered: bool, retry_errors: bool
) -> float:
    if store is not None and is_answered:
        grade_answers(store, {question.id: question for question in ready.dataset.questions}, "auto")
        found = cases_of_run(store, ready.dataset, judging)
        cases = pending_cases(store, found, judging, retry_errors=retry_errors)
        return sum(judging.most_usd(case) or 0.0 for case in cases.values())
    experiment, plan = ready.experiment, ready.plan

    def longest(model: str) -> int:
        return experiment.sampling.thinking(experiment.thoughts_of(model)).most_tokens

    return most_judging_cost(judging, ready.dataset, plan.cells, plan.asked_in, longest).answer_usd or 0.0
