"""The work of a plan that is not yet done, according to its store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fbench.datasets.model import Question
from fbench.runner.deploy import standing_deployments
from fbench.runner.plan import Plan, Unit
from fbench.runner.store import Store, TrainingRow

__all__ = ["PendingUnit", "pending_units"]


@dataclass(frozen=True, slots=True)
class PendingUnit:
    """The rest of a unit: its questions without an answer, by cell id, and the state of its training; and the
    deployments that an earlier process may have left, by cell id.
    """

    unit: Unit
    questions: Mapping[str, Sequence[Question]]
    before: TrainingRow | None
    deployed: Mapping[str, str] = field(default_factory=dict[str, str])


def pending_units(
    plan: Plan, store: Store, *, lasting: bool, retry_errors: bool = False
) -> list[PendingUnit]:
    """The work that is not yet done. Jobs of an earlier process are known if they are `lasting`.

    With `retry_errors`, questions that a service rejected are not done.
    """
    trainings, deployed = (store.trainings(), standing_deployments(store)) if lasting else ({}, {})
    works: list[PendingUnit] = []
    for unit in plan.units:
        before = trainings.get(unit.training.id) if unit.training else None
        left: dict[str, list[Question]] = {}
        for cell in unit.cells:
            answered = store.answered(cell.id, with_errors=not retry_errors)
            left[cell.id] = [q for q in plan.questions[cell.task] if q.id not in answered]
        standing = {cell.id: deployed[cell.id] for cell in unit.cells if cell.id in deployed}
        if any(left.values()) or standing:
            works.append(PendingUnit(unit, left, before, standing))
    return works
