"""What workers report, into the run store: answers, trainings, and what each of them cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fbench.providers.connection import Played
from fbench.runner.attempts import Attempts, asking, training
from fbench.runner.budget import Asked
from fbench.runner.deploy import Deployed, keep_deployed
from fbench.runner.played import add_played
from fbench.runner.progress import Progress
from fbench.runner.run_prices import RunPrices
from fbench.runner.store import Answer, BatchRow, Store, TrainingRow

__all__ = ["StoreSink"]


class StoreSink:
    """Writes to the store, settles what was paid for, and reports progress."""

    def __init__(self, store: Store, attempts: Attempts, prices: RunPrices, progress: Progress) -> None:
        self._store, self._attempts, self._prices, self._progress = store, attempts, prices, progress

    def training(self, row: TrainingRow) -> None:
        """As `Sink.training`."""
        if (usd := self._prices.of_training(row)) is not None:
            self._attempts.settle(training(row.id), usd, row.error or "")
        elif row.state == "succeeded":  # the service does not say of how many tokens
            self._attempts.unclear(training(row.id))
        self._store.save_training(row, self._attempts.ended())
        self._progress.trained(row.id, row.state, row.error or "")
        if row.losses:
            self._progress.learned(row.id, row.losses)

    def deployed(self, deployed: Deployed) -> None:
        """As `Sink.deployed`."""
        keep_deployed(self._store, deployed)

    def answers(self, answers: Sequence[Answer]) -> None:
        """As `Sink.answers`."""
        self._settle(answers)
        self._store.save_answers(answers, self._attempts.ended())
        self._count(answers)

    def batch(self, row: BatchRow, answers: Sequence[Answer] = ()) -> None:
        """As `Sink.batch`."""
        self._settle(answers)
        self._store.save_batch(row, answers, self._attempts.ended())
        self._progress.batched(row.cell, row.number, row.state, len(row.questions))
        if answers:
            self._count(answers)

    def told(self, words: str) -> None:
        """As `Sink.told`."""
        self._progress.told(words)

    def retried(self, name: str) -> None:
        """As `Sink.retried`."""
        self._progress.retried(name)

    def _count(self, answers: Sequence[Answer]) -> None:
        self._progress.answered(len(answers))
        for cell, count in Counter(answer.cell for answer in answers).items():
            self._progress.answered_in(cell, count)

    def _settle(self, answers: Sequence[Answer]) -> None:
        for answer in answers:
            what = asking(answer.cell, answer.question)
            if (usd := self._prices.of_answer(answer)) is None:
                self._attempts.unclear(what)
            else:
                self._attempts.settle(what, usd, answer.error)

    def played(self, played: Played) -> None:
        """As `Sink.played`."""
        add_played(self._store, played)

    def reserve(self, asked: Sequence[Asked]) -> int:
        """As `Purchases.reserve`."""
        return self._attempts.reserve(asked)

    def unclear(self, what: str) -> None:
        """As `Purchases.unclear`."""
        self._attempts.unclear(what)

    def give_back(self, unsent: Sequence[str]) -> None:
        """As `Purchases.give_back`."""
        self._attempts.give_back(unsent)
