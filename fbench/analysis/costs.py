"""The planned cost of a run, and its actual cost by counted tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fbench.analysis.results import CostRow, Costs, rounded
from fbench.runner.plan import Cost, answer_usd
from fbench.runner.prepared import PreparedRun
from fbench.runner.prices import price_in
from fbench.runner.store import Store, TrainingRow

__all__ = ["costs_of", "total"]


def costs_of(ready: PreparedRun, store: Store, trainings: dict[str, TrainingRow]) -> Costs:
    """The costs of a run, without its judge."""
    plan = ready.plan
    planned = total((unit.cells[0].model, cost) for unit, cost in zip(plan.units, plan.costs, strict=True))
    asked: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for answer in store.answers():
        asked[answer.cell] += answer.prompt_tokens
        said[answer.cell] += answer.answer_tokens
    prices = {model: price_in(ready.experiment, model) for model in ready.experiment.models}
    actual: list[tuple[str, Cost]] = []
    for training in plan.trainings:
        row, price = trainings.get(training.id), prices[training.model]
        counted = (row and row.tokens) or 0
        usd = price and price.train * counted / 1e6
        actual.append((training.model, Cost(counted, 0, 0, usd, 0.0)))
    for cell in plan.cells:
        price, prompts, answers = prices[cell.model], asked[cell.id], said[cell.id]
        usd = price and answer_usd(price, prompts, answers, tuned=cell.costs_as_tuned)
        actual.append((cell.model, Cost(0, prompts, answers, 0.0, usd)))
    return Costs(planned=planned, actual=total(actual))


def total(parts: Iterable[tuple[str, Cost]]) -> CostRow:
    """The sum of costs, each given with its model. Dollars include only models whose price is known."""
    parts = list(parts)
    return CostRow(
        train_tokens=sum(cost.train_tokens for _, cost in parts),
        prompt_tokens=sum(cost.prompt_tokens for _, cost in parts),
        answer_tokens=sum(cost.answer_tokens for _, cost in parts),
        train_usd=rounded(sum(cost.train_usd or 0.0 for _, cost in parts)),
        answer_usd=rounded(sum(cost.answer_usd or 0.0 for _, cost in parts)),
        unpriced=tuple(
            dict.fromkeys(model for model, cost in parts if None in (cost.train_usd, cost.answer_usd))
        ),
    )
