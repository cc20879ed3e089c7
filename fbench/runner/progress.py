"""What a run tells of its progress."""

from __future__ import annotations

from fbench.runner.plan import Plan, Unit

__all__ = ["Progress"]


class Progress:
    """Told what has been done; does nothing by itself."""

    def begin(self, plan: Plan, answered: int) -> None:
        """The run begins; `answered` questions are answered already."""

    def answered(self, count: int) -> None:
        """So many more questions are answered."""

    def finished(self, unit: Unit) -> None:
        """A unit is done."""

    def grading(self) -> None:
        """All answers are in, and are being graded."""
