"""How far a judge and the rules agree on the same answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fbench.datasets.model import Dataset, Split
from fbench.graders import Verdict
from fbench.pipeline.results import Agreement, Interval, rounded
from fbench.stats import cohen_kappa
from fbench.store import Store

__all__ = ["agreement_of"]

_GRADED = (Verdict.CORRECT.value, Verdict.INCORRECT.value, Verdict.ABSTAINED.value)


def agreement_of(store: Store, dataset: Dataset, rules: str, judge: str) -> tuple[Agreement, ...]:
    """One row a task and split in which the layers `rules` and `judge` graded the same answers."""
    place = {question.id: (question.task, question.split) for question in dataset.questions}
    said = {(row.cell, row.question): row.verdict for row in store.grades(rules)}
    pairs: dict[tuple[str, Split], list[tuple[str, str]]] = {}
    for row in store.grades(judge):
        rule = said.get((row.cell, row.question))
        if rule is not None and Verdict.ERROR not in (rule, row.verdict):
            pairs.setdefault(place[row.question], []).append((rule, row.verdict))
    return tuple(
        _row(task, split, pairs[task, split])
        for task in dataset.tasks
        for split in Split
        if (task, split) in pairs
    )


def _row(task: str, split: Split, pairs: list[tuple[str, str]]) -> Agreement:
    both = [pair for pair in pairs if set(pair) <= set(_GRADED)]
    kappa = cohen_kappa(both)
    return Agreement(
        task=task,
        split=split,
        n=len(pairs),
        graded=len(both),
        agreed=sum(rule == judge for rule, judge in both),
        kappa=None if kappa is None else rounded(kappa.value),
        interval=None if kappa is None else Interval(low=rounded(kappa.low), high=rounded(kappa.high)),
        confusion=_confusion(pairs),
    )


def _confusion(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    counts = Counter(pairs)
    verdicts = (*_GRADED, Verdict.UNGRADED.value)
    found = {
        rule: {judge: counts[rule, judge] for judge in verdicts if counts[rule, judge]} for rule in verdicts
    }
    return {rule: row for rule, row in found.items() if row}
