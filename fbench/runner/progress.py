"""How a run reports its progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fbench.runner.cells import Unit
from fbench.runner.plan import Plan

__all__ = ["Progress"]


class Progress:
    """Receives the progress of a run; this base class does nothing."""

    def begin(self, plan: Plan, answered: int) -> None:
        """The run begins; `answered` questions already have an answer."""

    def paced(self, waits: Callable[[], Mapping[str, float]]) -> None:
        """A live run begins: `waits` says at any time how many seconds a service asks to wait, by model."""

    def trained(self, training: str, state: str, error: str = "") -> None:
        """A training, by its id, was `created` as a job, or has `succeeded` or `failed`, with the reason."""

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
