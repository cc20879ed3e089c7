"""How often a judge and the rules agree on the same answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from fbench.analysis.results import Agreement, ReportedInterval, rounded
from fbench.analysis.stats import cohen_kappa
from fbench.datasets.model import Dataset, in_order_of_splits
from fbench.grading.graders import Verdict
from fbench.runner.store import Store

__all__ = ["agreement_of"]

_GRADED = (Verdict.CORRECT.value, Verdict.INCORRECT.value, Verdict.ABSTAINED.value)


class _Pair(NamedTuple):
    """The verdicts of the rules and of the judge on an answer, and the cluster of its question."""

    rule: str
    judge: str
    cluster: str


def agreement_of(store: Store, dataset: Dataset, rules: str, judge: str) -> tuple[Agreement, ...]:
    """One row per task and split in which the layers `rules` and `judge` graded the same answers."""
    by_id = {question.id: question for question in dataset.questions}
    said = {(row.cell, row.question): row.verdict for row in store.grades(rules)}
    pairs: dict[tuple[str, str], list[_Pair]] = {}
    for row in store.grades(judge):
        rule = said.get((row.cell, row.question))
        if rule is not None and Verdict.ERROR not in (rule, row.verdict):
            question = by_id[row.question]
            pair = _Pair(rule, row.verdict, question.cluster)
            pairs.setdefault((question.task, question.split), []).append(pair)
    return tuple(
        _row(task, split, pairs[task, split])
        for task in dataset.tasks
        for split in in_order_of_splits(split for _, split in pairs)
        if (task, split) in pairs
    )


def _row(task: str, split: str, pairs: list[_Pair]) -> Agreement:
    both = [pair for pair in pairs if {pair.rule, pair.judge} <= set(_GRADED)]
    kappa = cohen_kappa([pair[:2] for pair in both], clusters=[pair.cluster for pair in both])
    return Agreement(
        task=task,
        split=split,
        n=len(pairs),
        graded=len(both),
        agreed=sum(pair.rule == pair.judge for pair in both),
        kappa=None if kappa is None else rounded(kappa.value),
        interval=None
        if kappa is None
        else ReportedInterval(low=rounded(kappa.low), high=rounded(kappa.high)),
        confusion=_confusion(pairs),
    )


def _confusion(pairs: Iterable[_Pair]) -> dict[str, dict[str, int]]:
    counts = Counter(pair[:2] for pair in pairs)
    verdicts = (*_GRADED, Verdict.UNGRADED.value)
    found = {
        rule: {judge: counts[rule, judge] for judge in verdicts if counts[rule, judge]} for rule in verdicts
    }
    return {rule: row for rule, row in found.items() if row}
