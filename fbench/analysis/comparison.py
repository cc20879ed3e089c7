"""Compare two sides on the same questions: which ones only one of them answers correctly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

from pydantic import BaseModel, ConfigDict

from fbench.analysis.difference import difference_of
from fbench.analysis.results import ReportedDifference, rounded
from fbench.analysis.selection import Selection
from fbench.analysis.stats import benjamini_hochberg, clustered_bootstrap, holm
from fbench.analysis.verdicts import Graded
from fbench.datasets.model import in_order_of_splits
from fbench.errors import UsageError
from fbench.grading.graders import Verdict
from fbench.plurals import be, counted
from fbench.runner.cells import Cell, Condition
from fbench.values import Unchangeable

__all__ = ["ComparedQuestion", "ComparedRow", "Comparison", "compare", "in_one_family"]

_KINDS = {"weights": "open-weight"}
"""What models of an upstream are called, where its own name is none for them."""


class _Form(Unchangeable, BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ComparedQuestion(_Form):
    """A question that only one side answered correctly, with both answers."""

    task: str
    split: str
    question: str
    text: str
    gold: tuple[str, ...]
    cell_a: str
    cell_b: str
    verdict_a: str
    verdict_b: str
    answer_a: str
    answer_b: str


class ComparedRow(_Form):
    """Two cells in one split: over the `n` questions that both answered without an error.

    The difference is B minus A; its p is the mid-p of the test that flips the signs of the clusters'
    differences. `holm` and `bh` are this p, corrected within the family, which is all rows of the comparison.
    `interval` is `bootstrap` or `score`. `ungraded` counts questions with at least one ungraded answer; such
    an answer counts as not correct.
    """

    task: str
    split: str
    cell_a: str
    cell_b: str
    n: int
    clusters: int
    both: int
    only_a: int
    only_b: int
    neither: int
    ungraded: int
    difference: ReportedDifference
    interval: str
    holm: float
    bh: float


class Comparison(_Form):
    """A compared with B. `family` is the number of tests for which p values are corrected."""

    a: str
    b: str
    fake: bool
    interval: str
    family: int
    rows: tuple[ComparedRow, ...]
    items: tuple[ComparedQuestion, ...]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        """A line about it; `fbench.report(comparison)` is the text that shows it."""
        return (
            f"{self.a} compared with {self.b}: {counted(len(self.rows), 'row')}, and "
            f"{counted(len(self.items), 'question')} that only one side got right. "
            "`print(fbench.report(comparison))` shows them."
        )

    __repr__ = __str__


def compare(a: Selection, b: Selection, *, bootstrap: bool = False) -> Comparison:
    """Compare every cell of A with those of B that match it, by task and split.

    A model, epochs or seed named by only one side applies to the other too; what neither names must be equal
    in both cells, unless each side has but one. The interval of a difference is a score interval, or a
    bootstrap over clusters if that has a width.

    Raises:
        UsageError: no cells match, or their questions differ.
    """
    match = _matching(a, b)
    pairs = [(one, other) for one in a.cells for other in b.cells if match(one, other)]
    if not pairs:
        raise UsageError(
            f"{a.label} and {b.label} have no cells to compare: no task, model, epochs and seed are in both. "
            "Name a model on each side, such as RUN:MODEL@EPOCHS."
        )
    tasks = dict.fromkeys(one.task for one, _ in pairs)
    _hold_aligned(a, b, set(tasks))
    found: list[tuple[ComparedRow, float]] = []
    items: list[ComparedQuestion] = []
    splits = in_order_of_splits(question.split for question in a.questions.values())
    for one, other in pairs:
        for split in splits:
            row = _row(a, b, one, other, split, bootstrap=bootstrap)
            if row is not None:
                found.append(row)
                items += _items(a, b, one, other, split)
    if not found:
        raise UsageError(f"{a.label} and {b.label}: no question was answered by both. Resume the runs.")
    refused = [row for row, _ in found if bootstrap and row.interval != "bootstrap"]
    p_values = [p for _, p in found]
    corrected = zip(found, holm(p_values), benjamini_hochberg(p_values), strict=True)
    return Comparison(
        a=a.label,
        b=b.label,
        fake="fake" in (a.upstream, b.upstream),
        interval="bootstrap" if bootstrap else "score",
        family=len(found),
        rows=tuple(
            row.model_copy(update={"holm": rounded(by_holm), "bh": rounded(by_bh)})
            for (row, _), by_holm, by_bh in corrected
        ),
        items=tuple(items),
        warnings=(*_warnings(a, b, set(tasks)), *_refusal(refused, len(found))),
    )


def in_one_family(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Comparisons that are shown together, each p corrected for the tests of all of them."""
    rows = [row for each in comparisons for row in each.rows]
    p_values = [row.difference.p for row in rows]
    corrected = zip(rows, holm(p_values), benjamini_hochberg(p_values), strict=True)
    changed = iter(
        row.model_copy(update={"holm": rounded(by_holm), "bh": rounded(by_bh)})
        for row, by_holm, by_bh in corrected
    )
    return [
        each.model_copy(update={"rows": tuple(islice(changed, len(each.rows))), "family": len(rows)})
        for each in comparisons
    ]


def _matching(a: Selection, b: Selection) -> Callable[[Cell, Cell], bool]:
    """Whether two cells are compared.

    What neither side names must be equal in both, unless each side has but one: then these are compared.
    """
    sides = (a.cells, b.cells)
    trained = [[cell for cell in side if cell.epochs] for side in sides]

    def is_one(field: str, of: Sequence[Sequence[Cell]]) -> bool:
        return all(len({getattr(cell, field) for cell in side}) == 1 for side in of)

    alone = {field: is_one(field, sides) for field in ("model", "template")}
    alone |= {field: is_one(field, trained) for field in ("epochs", "design")}
    models = alone["model"] or (a.model is not None and b.model is not None)
    named = None not in (a.epochs, b.epochs)
    both_named = None not in (a.model, b.model)
    conditions = all(side.epochs is not None or side.condition is not None for side in (a, b))

    def is_whole(*cells: Cell) -> bool:
        """Whether models answer that the run took as they are: base models, or finished ones."""
        return all(not cell.epochs and cell.condition in (Condition.BASE, Condition.TUNED) for cell in cells)

    def match(one: Cell, other: Cell) -> bool:
        both = bool(one.epochs and other.epochs)
        return (
            one.task == other.task
            and (models or one.model == other.model)
            and (alone["template"] or one.template == other.template)
            and (conditions or one.condition == other.condition or (both_named and is_whole(one, other)))
            and (
                named or (alone["epochs"] and both) or (conditions and not both) or one.epochs == other.epochs
            )
            # a model that the run did not train has no design, and matches every training
            and (alone["design"] or one.design == other.design or not both)
            # a base model has no seed, and matches every training
            and (None not in (a.seed, b.seed) or one.seed == other.seed or None in (one.seed, other.seed))
        )

    return match


def _hold_aligned(a: Selection, b: Selection, tasks: set[str]) -> None:
    mine = {name: q for name, q in a.questions.items() if q.task in tasks}
    theirs = {name: q for name, q in b.questions.items() if q.task in tasks}
    if mine == theirs:
        return
    aligned = sum(theirs.get(name) == question for name, question in mine.items())
    raise UsageError(
        f"the questions of {a.label} and {b.label} do not align: {aligned} {be(aligned)} the same in "
        f"both, of "
        f"{len(mine)} and {len(theirs)} (by id, wording and accepted answers). Compare runs of one dataset "
        "and one limit."
    )


def _pairs(
    a: Selection, b: Selection, one: Cell, other: Cell, split: str
) -> Iterator[tuple[str, Graded, Graded]]:
    """The questions of a split that both answered without an error, in the dataset's order."""
    mine, theirs = a.graded.get(one.id, {}), b.graded.get(other.id, {})
    for name, question in a.questions.items():
        if question.split == split and name in mine and name in theirs:
            first, second = mine[name], theirs[name]
            if first.counts and second.counts:
                yield name, first, second


def _row(
    a: Selection, b: Selection, one: Cell, other: Cell, split: str, *, bootstrap: bool
) -> tuple[ComparedRow, float] | None:
    """A row, and its p before rounding; None if there are no questions that both answered."""
    pairs = list(_pairs(a, b, one, other, split))
    if not pairs:
        return None
    clusters: dict[str, list[tuple[bool, bool]]] = {}
    for _, first, second in pairs:
        clusters.setdefault(first.question.cluster, []).append((first.right, second.right))
    flat = [pair for cluster in clusters.values() for pair in cluster]
    difference, p = difference_of(list(clusters.values()))
    interval = "score"
    if bootstrap:
        with suppress(ValueError):  # its width would be zero
            low, high = clustered_bootstrap([[y - x for x, y in pair] for pair in clusters.values()])
            ends = {"low": rounded(max(-1.0, low)), "high": rounded(min(1.0, high))}
            difference, interval = difference.model_copy(update=ends), "bootstrap"
    row = ComparedRow(
        task=one.task,
        split=split,
        cell_a=one.id,
        cell_b=other.id,
        n=len(flat),
        clusters=len(clusters),
        both=flat.count((True, True)),
        only_a=flat.count((True, False)),
        only_b=flat.count((False, True)),
        neither=flat.count((False, False)),
        ungraded=sum(Verdict.UNGRADED in (x.verdict, y.verdict) for _, x, y in pairs),
        difference=difference,
        interval=interval,
        holm=1.0,
        bh=1.0,
    )
    return row, p


def _items(a: Selection, b: Selection, one: Cell, other: Cell, split: str) -> Iterator[ComparedQuestion]:
    for name, first, second in _pairs(a, b, one, other, split):
        if first.right != second.right:
            yield ComparedQuestion(
                task=one.task,
                split=split,
                question=name,
                text=first.question.text,
                gold=first.question.gold,
                cell_a=one.id,
                cell_b=other.id,
                verdict_a=first.verdict,
                verdict_b=second.verdict,
                answer_a=a.texts.get((one.id, name), ""),
                answer_b=b.texts.get((other.id, name), ""),
            )


def _refusal(rows: Sequence[ComparedRow], family: int) -> Iterator[str]:
    if rows:
        where = ", ".join(dict.fromkeys(f"{row.task} {row.split}" for row in rows))
        yield (
            f"A bootstrap is refused in {len(rows)} of {family} rows: their clusters hardly differ, so it "
            f"would have no width, which is no certainty. They have score intervals: {where}."
        )


def _warnings(a: Selection, b: Selection, tasks: set[str]) -> Iterator[str]:
    yield from dict.fromkeys(side.notice for side in (a, b) if side.notice)
    if a.grader != b.grader:
        yield (
            f"The sides were graded differently, {a.label} by {a.grader} and {b.label} by {b.grader}: part "
            "of a difference may be the grader's. Write the older results again with `fbench resume`."
        )
    left_out = sorted({cell.task for cell in (*a.cells, *b.cells)} - tasks)
    if left_out:
        yield f"Only one side has {', '.join(left_out)}: nothing is compared there."
    if a.upstream != b.upstream:
        one, other = (_KINDS.get(side.upstream, side.upstream) for side in (a, b))
        yield f"{a.label} is of {one} models and {b.label} of {other} ones."
    elif a.upstream == "fake" and a.learner != b.learner:
        yield (
            f"The learner {a.learner} makes the models of {a.label}, and {b.learner} those of {b.label}: a "
            "difference may be that of the learners."
        )
