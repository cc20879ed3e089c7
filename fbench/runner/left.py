"""What of a plan is not done yet, by the store."""

from __future__ import annotations

from fbench.datasets.model import Question
from fbench.runner.plan import Plan
from fbench.runner.store import Store
from fbench.runner.worker import Work

__all__ = ["left_of"]


def left_of(plan: Plan, store: Store, *, lasting: bool) -> tuple[list[Work], float]:
    """What is not done yet, and the estimated price in dollars of what is."""
    trainings = store.trainings() if lasting else {}
    works: list[Work] = []
    spent = 0.0
    for unit, cost in zip(plan.units, plan.costs, strict=True):
        before = trainings.get(unit.training.id) if unit.training else None
        left: dict[str, list[Question]] = {}
        for cell in unit.cells:
            answered = store.answered(cell.id)
            left[cell.id] = [q for q in plan.questions[cell.task] if q.id not in answered]
        if any(left.values()):
            works.append(Work(unit, cost, left, before))
        else:
            spent += (cost.train_usd or 0.0) + (cost.answer_usd or 0.0)
    return works, spent
