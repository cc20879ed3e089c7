"""How far a run that has not ended is: the questions of each cell that are answered, of those planned."""

from __future__ import annotations

from typing import NamedTuple

from fbench.runner.plan import Plan
from fbench.runner.store import Store

__all__ = ["CellStanding", "RunStanding", "standing_in"]


class CellStanding(NamedTuple):
    """A cell: how many questions it asks, how many of them have an answer, and the state of its training.

    Attributes:
        training: `intended`, `created`, `succeeded` or `failed`; empty where there is none, or none yet.
    """

    cell: str
    planned: int
    answered: int
    training: str

    @property
    def state(self) -> str:
        """The same in a word or two."""
        if self.answered >= self.planned:
            return "done"
        if self.training == "failed":
            return "training failed"
        if self.answered:
            return "in part"
        return "training begun" if self.training in ("intended", "created") else "not begun"


class RunStanding(NamedTuple):
    """All cells of a run, in the order of its plan."""

    cells: tuple[CellStanding, ...]

    @property
    def planned(self) -> int:
        """How many questions are asked in all."""
        return sum(cell.planned for cell in self.cells)

    @property
    def answered(self) -> int:
        """How many of them have an answer."""
        return sum(cell.answered for cell in self.cells)

    @property
    def left(self) -> list[CellStanding]:
        """The cells of which questions are left, those with answers first."""
        open_cells = [cell for cell in self.cells if cell.answered < cell.planned]
        return sorted(open_cells, key=lambda cell: not cell.answered)


def standing_in(store: Store, plan: Plan) -> RunStanding:
    """How far the run in a store is."""
    trainings = store.trainings()
    of_cell = {cell.id: unit.training for unit in plan.units for cell in unit.cells}

    def state(cell: str) -> str:
        training = of_cell[cell]
        row = trainings.get(training.id) if training else None
        return row.state if row else ""

    return RunStanding(
        tuple(
            CellStanding(
                cell.id,
                len(plan.asked_in[cell.id]),
                len(store.answered(cell.id) & {question.id for question in plan.asked_in[cell.id]}),
                state(cell.id),
            )
            for cell in plan.cells
        )
    )
