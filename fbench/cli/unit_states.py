"""The state of each unit of a run, as its progress is told: what the display on a terminal shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fbench.providers.model import EpochLoss
    from fbench.runner.cells import Unit
    from fbench.runner.plan import Plan

__all__ = ["ACTIVE", "ENDED_BADLY", "UnitState", "UnitStates"]

ACTIVE = ("training", "asking", "in batch")
"""The states of units on which work goes on."""

ENDED_BADLY = ("failed", "in part")
"""The states of units whose training failed, or of whose questions some got no answer."""


@dataclass(slots=True)
class UnitState:
    """How far a unit is: a training and its cells, or the cells of a model that is not trained.

    Attributes:
        name: the id of the unit.
        planned: how many questions its cells ask.
        answered: how many of them have an answer.
        retries: how many requests were sent again.
        batches: how many batches of its questions are open.
        job: the state of its job; empty where there is none, or none yet.
        loss: the training loss after its last epoch; None where it is not known.
        ended: whether nothing more is done for it in this session.
    """

    name: str
    planned: int
    answered: int = 0
    retries: int = 0
    batches: int = 0
    job: str = ""
    loss: float | None = None
    ended: bool = False

    @property
    def state(self) -> str:
        """The state in a word or two."""
        if self.job == "failed":
            return "failed"
        if self.answered >= self.planned:
            return "done"
        if self.ended:
            return "in part"
        if self.batches:
            return "in batch"
        if self.job in ("intended", "created"):
            return "training"
        return "asking" if self.answered or self.job == "succeeded" else "queued"

    @property
    def left(self) -> int:
        """How many questions this session may still ask."""
        return 0 if self.ended or self.job == "failed" else self.planned - self.answered


class UnitStates:
    """The states of all units of a plan, in its order. What is told of others is left aside."""

    def __init__(self, plan: Plan) -> None:
        self._by_name: dict[str, UnitState] = {}
        self._by_cell: dict[str, UnitState] = {}
        for unit in plan.units:
            planned = sum(len(plan.asked_in[cell.id]) for cell in unit.cells)
            self._by_name[unit.id] = UnitState(unit.id, planned)
            self._by_cell |= {cell.id: self._by_name[unit.id] for cell in unit.cells}

    @property
    def all(self) -> Sequence[UnitState]:
        """All of them; the sequence is a copy, which another thread may read."""
        return list(self._by_name.values())

    def kept(self, answered: Mapping[str, int]) -> None:
        """So many questions of each cell have an answer from before."""
        for cell, count in answered.items():
            self.answered(cell, count)

    def answered(self, cell: str, count: int) -> None:
        """So many more questions of a cell have an answer."""
        if (unit := self._by_cell.get(cell)) is not None:
            unit.answered += count

    def trained(self, training: str, state: str) -> None:
        """A job is in that state."""
        if (unit := self._by_name.get(training)) is not None:
            unit.job = state

    def learned(self, training: str, losses: Iterable[EpochLoss]) -> None:
        """A training had these losses."""
        if (unit := self._by_name.get(training)) is not None:
            unit.loss = max(losses).train

    def retried(self, name: str) -> None:
        """A request of a training or a cell is sent again."""
        if (unit := self._by_cell.get(name) or self._by_name.get(name)) is not None:
            unit.retries += 1

    def batched(self, cell: str, by: int) -> None:
        """So many more batches of a cell are open, or fewer."""
        if (unit := self._by_cell.get(cell)) is not None:
            unit.batches += by

    def finished(self, unit: Unit) -> None:
        """Nothing more is done for a unit."""
        if (known := self._by_name.get(unit.id)) is not None:
            known.ended = True
