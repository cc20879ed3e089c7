"""The outcome of a run for one model and task, in one row: the taught wording, and other words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fbench.analysis.results import Results, Row

__all__ = ["MEMORIZATION", "Outcome", "average", "best_epochs", "other_words", "outcomes", "taught_words"]

MEMORIZATION = "memorization"
_OTHER_WORDS = ("vignette", "code", "rephrased")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A task and model at the run's highest epoch count.

    Shares are means over seeds, designs of trainings and templates, None if unknown. A finished model stands
    in the place of a tuned one.

    `n`, `low` and `high` (a 95 % interval) describe the tuned answers in other words; `n` is that of the seed
    with the fewest. `gap` is the tuned accuracy in the taught wording minus that in other words. `old` is the
    share of tuned answers in other words that were right before an update. `ungraded` counts tuned answers in
    both wordings; `invalid` means that too many of them were cut off.
    """

    task: str
    model: str
    n: int
    base_taught: float | None
    taught: float | None
    base: float | None
    other: float | None
    low: float | None
    high: float | None
    gap: float | None
    old: float | None
    ungraded: int
    invalid: bool


def other_words(rows: Iterable[Row]) -> str | None:
    """The split that asks for a task's facts in other words: the first of these that it has, as in the paper,
    or else the first whose questions have that role.
    """
    roles = {row.split: row.role for row in rows}
    asking = (split for split, role in roles.items() if role == "same")
    return next((split for split in _OTHER_WORDS if split in roles), next(asking, None))


def taught_words(rows: Iterable[Row]) -> str:
    """The split that asks for a task's facts as they were taught."""
    roles = {row.split: row.role for row in rows}
    asking = (split for split, role in roles.items() if role == "taught")
    return MEMORIZATION if MEMORIZATION in roles else next(asking, MEMORIZATION)


def outcomes(results: Results) -> list[Outcome]:
    """One outcome per task and model, in the order of the experiment."""
    experiment = results.experiment
    most = max(experiment.epochs, default=0)
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in results.rows:
        groups.setdefault((row.task, row.model), []).append(row)
    return [
        _outcome(task, model, groups.get((task, model), []), most)
        for task in dict.fromkeys(experiment.tasks)
        for model in dict.fromkeys(experiment.evaluate or experiment.models)
    ]


def best_epochs(results: Results) -> dict[str, int | None]:
    """By task, the epoch count with the highest accuracy in other words; the lowest one if several are equal.

    Accuracies are means over models and seeds, of the models that have one at every epoch count. None if no
    epoch count is better than the base model; a task that was not asked at every epoch count is left out.
    """
    best: dict[str, int | None] = {}
    for task in dict.fromkeys(results.experiment.tasks):
        rows = [
            row
            for row in results.rows
            if row.task == task and row.accuracy is not None and (row.is_base or row.is_tuned)
        ]
        other = other_words(rows)
        by_model: dict[str, dict[int, float]] = {}
        for model in dict.fromkeys(row.model for row in rows):
            mine = [row for row in rows if (row.model, row.split) == (model, other)]
            by_model[model] = {
                epochs: average(row.accuracy for row in mine if row.epochs == epochs) or 0.0
                for epochs in {row.epochs for row in mine}
            }
        whole = {epochs for known in by_model.values() for epochs in known}
        means = {
            epochs: average(known[epochs] for known in by_model.values() if known.keys() == whole)
            for epochs in sorted(whole)
        }
        known = {epochs: mean for epochs, mean in means.items() if epochs and mean is not None}
        if known and known.keys() == set(results.experiment.epochs):
            top = max(known, key=lambda epochs: (round(known[epochs], 9), -epochs))
            base = means.get(0)
            best[task] = None if base is not None and base >= known[top] else top
    return best


def average(values: Iterable[float | None]) -> float | None:
    """The mean of the known values; None if none is known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _outcome(task: str, model: str, rows: Sequence[Row], most: int) -> Outcome:
    split, words = other_words(rows), taught_words(rows)
    base = [row for row in rows if row.is_base]
    tuned = [row for row in rows if row.is_tuned and row.epochs == most]
    learned, general = _of(tuned, words), _of(tuned, split)
    taught, other = (average(row.accuracy for row in group) for group in (learned, general))
    intervals = [row.interval for row in general if row.interval is not None]
    return Outcome(
        task=task,
        model=model,
        n=min((row.n for row in general or learned or _of(base, split)), default=0),
        base_taught=average(_bases(_of(base, words), learned)),
        taught=taught,
        base=average(_bases(_of(base, split), general)),
        other=other,
        low=average(interval.low for interval in intervals),
        high=average(interval.high for interval in intervals),
        gap=None if taught is None or other is None else taught - other,
        old=average(row.old for row in general or learned),
        ungraded=sum(row.ungraded for row in (*learned, *general)),
        invalid=any(row.is_spoilt for row in (*learned, *general)),
    )


def _of(rows: Iterable[Row], split: str | None) -> list[Row]:
    return [row for row in rows if row.split == split]


def _bases(own: Sequence[Row], tuned: Sequence[Row]) -> Iterable[float | None]:
    """Accuracies before training: of the model itself, or of what a finished one is compared with."""
    if own or any(row.epochs for row in tuned):
        return (row.accuracy for row in own)
    return (row.base for row in tuned)
