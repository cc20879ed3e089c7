"""Where a worker saves what must not be lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fbench.runner.store import Answer, TrainingRow

__all__ = ["Sink"]


class Sink(Protocol):
    """Saves what must not be lost. When a call returns, what it was given is on disk."""

    def training(self, row: TrainingRow) -> None:
        """Saves the state of a training."""
        ...

    def answers(self, answers: Sequence[Answer]) -> None:
        """Saves a group of answers."""
        ...
