"""Summarise grades: one row per cell and split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from fbench.analysis.difference import difference_of
from fbench.analysis.of_cell import of_cell
from fbench.analysis.results import ReportedDifference, ReportedInterval, Row, rounded
from fbench.analysis.stats import balanced_accuracy, chance_level, clustered_wilson
from fbench.analysis.verdicts import Graded, Verdicts, accuracy, beside, by_cell
from fbench.datasets.model import AnswerKind, in_order_of_splits
from fbench.grading.graders import Verdict
from fbench.runner.cells import Cell

__all__ = ["summarize"]

_CORRECT = Verdict.CORRECT.value


def summarize(cells: Sequence[Cell], graded: Verdicts) -> list[Row]:
    """One row per cell and split, in the order of plan and splits; those without answers have none.

    Samples have none: they are no answers that count.
    """
    splits = in_order_of_splits(split for _, split in graded)
    whole = by_cell(graded)
    return [
        _row(cell, split, answers, beside(answers, whole.get(cell.base or "", {})))
        for cell in cells
        if not cell.sample
        for split in splits
        if (answers := graded.get((cell.id, split)))
    ]


def _role_of(answers: Iterable[Graded]) -> str:
    roles = {answer.question.role.value for answer in answers}
    return roles.pop() if len(roles) == 1 else "mixed"


def _row(cell: Cell, split: str, answers: Mapping[str, Graded], base: Mapping[str, Graded]) -> Row:
    counts = Counter(answer.verdict for answer in answers.values())
    kept = [answer for answer in answers.values() if answer.counts]
    right, n = counts[_CORRECT], len(kept)
    updates = [answer for answer in kept if answer.is_of_update]
    yes_no = all(answer.question.kind is AnswerKind.YES_NO for answer in kept)
    golds = [_gold(answer) for answer in answers.values()]
    row = Row(
        **of_cell(cell),
        split=split,
        role=_role_of(answers.values()),
        n=n,
        clusters=len({answer.question.cluster for answer in kept}),
        correct=right,
        incorrect=counts[Verdict.INCORRECT],
        abstained=counts[Verdict.ABSTAINED],
        ungraded=counts[Verdict.UNGRADED],
        errors=counts[Verdict.ERROR],
        altered=sum(answer.altered != "" for answer in answers.values()),
        accuracy=rounded(right / n) if n else None,
        interval=_interval(kept) if n else None,
        base=rounded(known) if base and (known := accuracy(base.values())) is not None else None,
        difference=_difference(answers, base) if base else None,
        old=rounded(sum(answer.old for answer in updates) / len(updates)) if updates else None,
        chance=rounded(chance_level(golds)),
        balanced=rounded(balanced_accuracy((_gold(a), a.right) for a in kept)) if n and yes_no else None,
        cut_off=sum(answer.cut_off for answer in kept),
    )
    return row.model_copy(update={"invalid": row.is_spoilt})


def _gold(answer: Graded) -> str:
    return answer.question.gold[0].strip().casefold()


def _interval(answers: Sequence[Graded]) -> ReportedInterval:
    """From the low end if no ungraded answer is right to the high end if all are."""

    def clusters(*right: str) -> list[list[bool]]:
        groups: dict[str, list[bool]] = {}
        for answer in answers:
            groups.setdefault(answer.question.cluster, []).append(answer.verdict in right)
        return list(groups.values())

    low = clustered_wilson(clusters(_CORRECT)).low
    high = clustered_wilson(clusters(_CORRECT, Verdict.UNGRADED)).high
    return ReportedInterval(low=rounded(low), high=rounded(high))


def _difference(tuned: Mapping[str, Graded], base: Mapping[str, Graded]) -> ReportedDifference | None:
    """The difference over the questions that both answered without an error."""
    pairs: dict[str, list[tuple[bool, bool]]] = {}
    for name, answer in tuned.items():
        before = base.get(name)
        if before is None or Verdict.ERROR in (answer.verdict, before.verdict):
            continue
        pair = (before.verdict == _CORRECT, answer.verdict == _CORRECT)
        pairs.setdefault(answer.question.cluster, []).append(pair)
    return difference_of(list(pairs.values()))[0] if pairs else None
