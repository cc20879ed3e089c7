"""What a worker reports while it works, and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fbench.runner.store import Answer, TrainingRow

__all__ = ["Sink"]


class Sink(Protocol):
    """Takes what must not be lost. When a call returns, what it was given is on the disk."""

    def training(self, row: TrainingRow) -> None:
        """Keeps where a training is."""
        ...

    def answers(self, answers: Sequence[Answer]) -> None:
        """Keeps a group of answers."""
        ...
