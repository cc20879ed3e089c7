"""What the parts of a run cost, by the usage that services reported."""

from __future__ import annotations

from fbench.runner.attempts import training
from fbench.runner.experiment import Experiment
from fbench.runner.plan import Plan, answer_usd
from fbench.runner.prices import price_in
from fbench.runner.store import Answer, Store, TrainingRow

__all__ = ["RunPrices"]


class RunPrices:
    """The prices of the trainings and answers of a run, in US dollars; 0 where no price is known."""

    def __init__(self, experiment: Experiment, plan: Plan) -> None:
        self._cells = {
            cell.id: (price_in(experiment, cell.model), cell.costs_as_tuned) for cell in plan.cells
        }
        self._trainings = {each.id: price_in(experiment, each.model) for each in plan.trainings}

    def of_answer(self, answer: Answer) -> float | None:
        """The price of an answer; of one that the service rejected, nothing; None if it tells no tokens."""
        price, tuned = self._cells.get(answer.cell, (None, False))
        if price is None or answer.error:
            return 0.0
        if not answer.prompt_tokens and not answer.answer_tokens:
            return None
        return answer_usd(price, answer.prompt_tokens, answer.answer_tokens, tuned=tuned)

    def of_training(self, row: TrainingRow) -> float | None:
        """The price of a training that has ended; None of one that has not, or of which it is not known."""
        if row.state == "failed" and row.job is None:
            return 0.0  # the service refused to create it
        if row.state not in ("succeeded", "failed") or (row.tokens is None and row.state == "succeeded"):
            return None
        price = self._trainings.get(row.id)
        return (row.tokens or 0) * price.train / 1e6 if price else 0.0

    def spent(self, store: Store) -> float:
        """What a run has spent: by its attempts, and before those were kept by its answers and trainings."""
        trained = (row for row in store.trainings().values() if not store.last_attempt(training(row.id)))
        return (
            store.spent_usd()
            + sum(self.of_answer(answer) or 0.0 for answer in store.unattempted())
            + sum(self.of_training(row) or 0.0 for row in trained)
        )
