"""How a run reports its progress."""

from __future__ import annotations

from fbench.runner.plan import Plan, Unit

__all__ = ["Progress"]


class Progress:
    """Receives the progress of a run; this base class does nothing."""

    def begin(self, plan: Plan, answered: int) -> None:
        """The run begins; `answered` questions already have an answer."""

    def answered(self, count: int) -> None:
        """`count` more questions have an answer."""

    def finished(self, unit: Unit) -> None:
        """A unit is done."""

    def grading(self) -> None:
        """All answers have arrived, and grading begins."""
