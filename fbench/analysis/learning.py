"""Learning metrics beyond accuracy: whether facts were learned, or something else that looks like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fbench.analysis.of_cell import of_cell
from fbench.analysis.results import (
    Joint,
    LearningMetrics,
    OfCell,
    ReportedInterval,
    Row,
    SeedSpread,
    Tier,
    Updates,
    rounded,
)
from fbench.analysis.stats import clustered_wilson, spread
from fbench.analysis.verdicts import Graded, Verdicts, beside, by_cell
from fbench.datasets.model import AnswerKind, Fact, Question, Role, in_order_of_splits
from fbench.datasets.same_answer import answer_form
from fbench.grading.graders import Verdict
from fbench.grading.graders.reasoning import without_reasoning
from fbench.runner.cells import Cell
from fbench.runner.store import Answer

__all__ = ["learning_metrics", "spreads"]

Answers = Mapping[str, Graded]
"""A cell's answers in one split, by question."""


def learning_metrics(
    cells: Sequence[Cell], graded: Verdicts, answers: Iterable[Answer], facts: Iterable[Fact]
) -> list[LearningMetrics]:
    """One row per cell and split, in the order of plan and splits; those without answers have none."""
    by_task: dict[str, list[Fact]] = {}
    for fact in facts:
        by_task.setdefault(fact.task, []).append(fact)
    taught = {task: _Taught(found) for task, found in by_task.items()}
    incorrect = {
        (cell, name)
        for (cell, _), found in graded.items()
        for name, each in found.items()
        if each.verdict == Verdict.INCORRECT
    }
    wrong = {
        key: answer_form(without_reasoning(answer.text))
        for answer in answers
        if (key := (answer.cell, answer.question)) in incorrect
    }
    splits = in_order_of_splits(split for _, split in graded)
    whole = by_cell(graded)
    return [
        _row(cell, (split, asked), whole, taught.get(cell.task, _Taught(())), wrong)
        for cell in cells
        if not cell.sample
        for split in splits
        if (asked := graded.get((cell.id, split)))
    ]


def spreads(rows: Sequence[Row]) -> list[SeedSpread]:
    """The spread between seeds of trainings that are alike in all else, in the order of their rows."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        if row.epochs and row.accuracy is not None:
            key = (row.model, row.task, row.split, row.epochs, row.condition, row.template, row.design)
            groups.setdefault(key, []).append(row)
    found: list[SeedSpread] = []
    for group in groups.values():
        count, mean, sd, low, high = spread([row.accuracy for row in group if row.accuracy is not None])
        found.append(
            SeedSpread(
                **{name: getattr(group[0], name) for name in OfCell.model_fields if name != "seed"},
                seed=None,
                split=group[0].split,
                seeds=count,
                mean=rounded(mean),
                sd=None if sd is None else rounded(sd),
                low=low,
                high=high,
            )
        )
    return found


def _row(
    cell: Cell,
    asked: tuple[str, Answers],
    by_id: Mapping[str, Answers],
    taught: _Taught,
    wrong: Mapping[tuple[str, str], str],
) -> LearningMetrics:
    (split, answers), base = asked, cell.base
    before = beside(answers, by_id.get(base or "", {}))
    knew = _by_fact(_taught(by_id.get(base or "", {})))
    loans = _loans(cell.id, answers, taught, wrong)
    whole = _tier(answers, before, lambda _: True)
    return LearningMetrics(
        **of_cell(cell),
        split=split,
        lift=whole.lift if whole else None,
        known=_tier(answers, before, lambda fact: knew.get(fact) is True),
        unknown=_tier(answers, before, lambda fact: knew.get(fact) is False),
        updates=_updates(answers),
        joint=_joint(answers, _taught(by_id[cell.id])),
        wrong=sum((cell.id, name) in wrong for name in answers),
        borrowed=loans.share,
        borrowed_base=_loans(base, before, taught, wrong).share if base else None,
        borrowed_chance=loans.chance,
    )


class _Taught:
    """The answers that a task's facts teach, in the spelling of `answer_form`."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = {fact.id: fact for fact in facts}
        self._by_answer: dict[str, set[str]] = {}
        for fact in self._facts.values():
            self._by_answer.setdefault(answer_form(fact.answer), set()).add(fact.id)

    def is_loan(self, text: str, question: Question) -> bool:
        """Whether another fact teaches this answer, and it is not (and was not) right for the question."""
        own = self._own(question)
        texts = {*question.gold, question.answer_before, *(fact.answer for fact in own)}
        texts.update(fact.answer_before for fact in own)
        return text in self._by_answer and text not in {answer_form(each) for each in texts if each}

    def is_shared(self, question: Question) -> bool:
        """Whether another fact teaches the same answer as the question's own fact."""
        return any(len(self._by_answer[answer_form(fact.answer)]) > 1 for fact in self._own(question)[:1])

    def _own(self, question: Question) -> list[Fact]:
        return [self._facts[id_] for id_ in question.needs if id_ in self._facts]


@dataclass(frozen=True, slots=True)
class _Loans:
    """The share of wrong answers that another fact teaches, and the share expected by chance."""

    share: float | None = None
    chance: float | None = None


def _loans(cell: str, answers: Answers, taught: _Taught, wrong: Mapping[tuple[str, str], str]) -> _Loans:
    """Over the wrong answers, except those to yes/no questions, which have only one wrong answer.

    Chance is a leave-one-out coverage: the share of the same questions whose own answer is also taught by
    another fact. A model that draws from the answers of such facts would give another's as often (Good 1953:
    the probability that the next draw was seen before).
    """
    said = [
        (answer.question, wrong[cell, name])
        for name, answer in answers.items()
        if (cell, name) in wrong and answer.question.kind is not AnswerKind.YES_NO
    ]
    if not said:
        return _Loans()
    borrowed = sum(taught.is_loan(text, question) for question, text in said)
    shared = sum(taught.is_shared(question) for question, _ in said)
    return _Loans(rounded(borrowed / len(said)), rounded(shared / len(said)))


def _taught(answers: Answers) -> Answers:
    """The answers to questions in the taught wordings."""
    return {name: answer for name, answer in answers.items() if answer.question.role is Role.TAUGHT}


def _by_fact(answers: Answers) -> dict[str, bool]:
    """Whether every graded answer about a fact is correct."""
    found: dict[str, bool] = {}
    for answer in answers.values():
        if answer.counts:
            fact = answer.question.fact
            found[fact] = found.get(fact, True) and answer.right
    return found


def _tier(answers: Answers, before: Answers, belongs: Callable[[str], bool]) -> Tier | None:
    pairs = [
        (before[name].right, answer.right)
        for name, answer in answers.items()
        if name in before and answer.counts and before[name].counts and belongs(answer.question.fact)
    ]
    if not pairs:
        return None
    n, base, tuned = len(pairs), sum(old for old, _ in pairs), sum(new for _, new in pairs)
    return Tier(n=n, accuracy=rounded(tuned / n), base=rounded(base / n), lift=rounded((tuned - base) / n))


def _updates(answers: Answers) -> Updates | None:
    asked = [a for a in answers.values() if a.counts and a.is_of_update]
    if not asked:
        return None
    n, new, old = len(asked), sum(a.right for a in asked), sum(a.old for a in asked)
    return Updates(n=n, new=rounded(new / n), old=rounded(old / n), neither=rounded((n - new - old) / n))


def _joint(answers: Answers, memorization: Answers) -> Joint | None:
    kept = [answer for answer in answers.values() if answer.counts]
    asked = [answer for answer in kept if answer.question.kind is AnswerKind.NONE]
    memorized = _by_fact(memorization)
    declined = _by_fact({answer.question.id: answer for answer in asked})
    facts = {a.question.fact: a.question.cluster for a in asked if a.question.fact in memorized}
    if not facts:
        return None
    clusters: dict[str, list[bool]] = {}
    for fact, cluster in facts.items():
        clusters.setdefault(cluster, []).append(memorized[fact] and declined[fact])
    both = sum(map(sum, clusters.values()))
    low, high = clustered_wilson(list(clusters.values()))
    learned, refused = sum(memorized[fact] for fact in facts), sum(declined[fact] for fact in facts)
    return Joint(
        facts=len(facts),
        both=both,
        memorized_only=learned - both,
        declined_only=refused - both,
        neither=len(facts) - learned - refused + both,
        share=rounded(both / len(facts)),
        interval=ReportedInterval(low=rounded(low), high=rounded(high)),
        always_none=rounded(len(asked) / len(kept)),
    )
