"""The interface with which a worker saves what must not be lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fbench.providers.connection import Played
from fbench.runner.attempts import Purchases
from fbench.runner.deploy import Deployed
from fbench.runner.store import Answer, BatchRow, TrainingRow

__all__ = ["Sink"]


class Sink(Purchases, Protocol):
    """Saves what must not be lost. When a call returns, its data is on disk."""

    def training(self, row: TrainingRow) -> None:
        """Save the state of a training."""
        ...

    def deployed(self, deployed: Deployed) -> None:
        """Save that a deployment is about to be made, or was removed."""
        ...

    def answers(self, answers: Sequence[Answer]) -> None:
        """Save a group of answers."""
        ...

    def batch(self, row: BatchRow, answers: Sequence[Answer] = ()) -> None:
        """Save the state of a batch, with its answers once it has ended."""
        ...

    def told(self, words: str) -> None:
        """Tell the user something about how the run goes."""
        ...

    def retried(self, name: str) -> None:
        """Count that a request is sent again, by the id of its training or cell."""
        ...

    def played(self, played: Played) -> None:
        """Save what was replayed of a recording."""
        ...
