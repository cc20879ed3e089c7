"""How a run reports its progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fbench.providers.model import EpochLoss
from fbench.runner.cells import Unit
from fbench.runner.plan import Plan

__all__ = ["Progress"]


class Progress:
    """Receives the progress of a run; this base class does nothing."""

    def begin(self, plan: Plan, answered: int) -> None:
        """The run begins; `answered` questions already have an answer."""

    def kept(self, answered: Mapping[str, int]) -> None:
        """So many questions of each cell, by its id, have an answer from before."""

    def spending(self, usd: Callable[[], float], *, origin: str, unpriced: Sequence[str]) -> None:
        """`usd` says at any time what the run has spent, in US dollars at list prices.

        `origin` is the kind of its answers: `fake`, `recorded`, `live`, or `local`, of a server on this
        machine. The prices of models that are `unpriced` are not known, and are left out.
        """

    def paced(self, waits: Callable[[], Mapping[str, float]]) -> None:
        """A live run begins: `waits` says at any time how many seconds a service asks to wait, by model."""

    def trained(self, training: str, state: str, error: str = "") -> None:
        """A training, by its id, was `created` as a job, or has `succeeded` or `failed`, with the reason."""

    def learned(self, training: str, losses: Sequence[EpochLoss]) -> None:
        """A training that succeeded had these losses, where its service tells them."""

    def retried(self, name: str) -> None:
        """A request is sent again, of the training or the cell with that id."""

    def answered_in(self, cell: str, count: int) -> None:
        """As `answered`, of one cell, by its id; both are called."""

    def answered(self, count: int) -> None:
        """`count` more questions have an answer."""

    def batched(self, cell: str, number: int, state: str, questions: int) -> None:
        """The batch of a cell with that number, of so many questions, was `created`, or has `ended`."""

    def told(self, words: str) -> None:
        """Something else that the user should know, in words."""

    def finished(self, unit: Unit) -> None:
        """A unit is done."""

    def grading(self) -> None:
        """All answers have arrived, and grading begins."""
