"""The work of a plan that is not yet done, according to its store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fbench.datasets.model import Question
from fbench.runner.cells import Unit
from fbench.runner.deploy import standing_deployments
from fbench.runner.plan import Plan
from fbench.runner.store import BatchRow, Store, TrainingRow

__all__ = ["PendingUnit", "pending_units"]


@dataclass(frozen=True, slots=True)
class PendingUnit:
    """The rest of a unit: its questions without an answer, by cell id, and the state of its training.

    `batches` are those of its cells, in the order in which they were created; `deployed` are the deployments
    that an earlier process may have left, by cell id.
    """

    unit: Unit
    questions: Mapping[str, Sequence[Question]]
    before: TrainingRow | None
    batches: Sequence[BatchRow] = ()
    deployed: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def unbought(self) -> dict[str, list[Question]]:
        """By cell, the questions that are in no batch that is open: the others are reserved."""
        opened = {(row.cell, name) for row in self.batches if row.state != "ended" for name in row.questions}
        return {
            cell: [q for q in left if (cell, q.id) not in opened] for cell, left in self.questions.items()
        }


def pending_units(
    plan: Plan, store: Store, *, lasting: bool, retry_errors: bool = False
) -> list[PendingUnit]:
    """The work that is not yet done. Jobs and batches of an earlier process are known if they are `lasting`.

    Deployments always are: a recording needs their end.

    With `retry_errors`, questions that a service rejected are not done. Those of a batch that has not ended
    are not done either, as the batch may have been begun so.
    """
    trainings, deployed = store.trainings() if lasting else {}, standing_deployments(store)
    batches: defaultdict[str, list[BatchRow]] = defaultdict(list)
    for row in store.batches():
        if lasting or row.state == "ended":
            batches[row.cell].append(row)
    works: list[PendingUnit] = []
    for unit in plan.units:
        before = trainings.get(unit.training.id) if unit.training else None
        left: dict[str, list[Question]] = {}
        for cell in unit.cells:
            answered = store.answered(cell.id, with_errors=not retry_errors)
            answered -= {name for row in batches[cell.id] if row.state != "ended" for name in row.questions}
            left[cell.id] = [q for q in plan.asked_in[cell.id] if q.id not in answered]
        standing = {cell.id: deployed[cell.id] for cell in unit.cells if cell.id in deployed}
        if any(left.values()) or standing:
            rows = [row for cell in unit.cells for row in batches[cell.id]]
            works.append(PendingUnit(unit, left, before, rows, standing))
    return works
