"""Learning metrics beyond accuracy: whether facts were learned, or something else that looks like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fbench.analysis.results import (
    Joint,
    LearningMetrics,
    ReportedInterval,
    Row,
    SeedSpread,
    Tier,
    Updates,
    rounded,
)
from fbench.analysis.stats import clustered_wilson, spread
from fbench.analysis.verdicts import Graded, Verdicts
from fbench.datasets.model import AnswerKind, Fact, Question, Split
from fbench.datasets.same_answer import answer_form
from fbench.grading.graders import Verdict
from fbench.grading.graders.reasoning import without_reasoning
from fbench.runner.plan import Cell, base_of
from fbench.runner.store import Answer

__all__ = ["learning_metrics", "spreads"]

Answers = Mapping[str, Graded]
"""A cell's answers in one split, by question."""


def learning_metrics(
    cells: Sequence[Cell], graded: Verdicts, answers: Iterable[Answer], facts: Iterable[Fact]
) -> list[LearningMetrics]:
    """One row per cell and split, in the order of plan and `Split`; splits without answers have none."""
    by_task: dict[str, list[Fact]] = {}
    for fact in facts:
        by_task.setdefault(fact.task, []).append(fact)
    taught = {task: _Taught(found) for task, found in by_task.items()}
    wrong = {
        (answer.cell, answer.question): answer_form(without_reasoning(answer.text))
        for answer in answers
        if (found := _verdict(graded, answer)) and found.verdict == Verdict.INCORRECT
    }
    return [
        _row(cell, split, graded, taught.get(cell.task, _Taught(())), wrong)
        for cell in cells
        for split in Split
        if (cell.id, split) in graded
    ]


def spreads(rows: Sequence[Row]) -> list[SeedSpread]:
    """The spread between seeds for each model, task, split and epoch count of tuned rows, in their order."""
    groups: dict[tuple[str, str, str, int], list[float]] = {}
    for row in rows:
        if row.epochs and row.accuracy is not None:
            groups.setdefault((row.model, row.task, row.split, row.epochs), []).append(row.accuracy)
    found: list[SeedSpread] = []
    for (model, task, split, epochs), values in groups.items():
        count, mean, sd, low, high = spread(values)
        found.append(
            SeedSpread(
                model=model,
                task=task,
                split=split,
                epochs=epochs,
                seeds=count,
                mean=rounded(mean),
                sd=None if sd is None else rounded(sd),
                low=low,
                high=high,
            )
        )
    return found


def _verdict(graded: Verdicts, answer: Answer) -> Graded | None:
    found = (graded.get((answer.cell, split), {}).get(answer.question) for split in Split)
    return next(filter(None, found), None)


def _row(
    cell: Cell,
    split: Split,
    graded: Verdicts,
    taught: _Taught,
    wrong: Mapping[tuple[str, str], str],
) -> LearningMetrics:
    answers = graded[cell.id, split]
    base = base_of(cell)
    before: Answers = graded.get((base, split), {}) if base else {}
    knew = _by_fact(graded.get((base, Split.MEMORIZATION), {})) if base else {}
    loans = _loans(cell.id, answers, taught, wrong)
    whole = _tier(answers, before, lambda _: True)
    return LearningMetrics(
        model=cell.model,
        task=cell.task,
        split=split,
        epochs=cell.epochs,
        seed=cell.seed,
        lift=whole.lift if whole else None,
        known=_tier(answers, before, lambda fact: knew.get(fact) is True),
        unknown=_tier(answers, before, lambda fact: knew.get(fact) is False),
        updates=_updates(answers),
        joint=_joint(answers, graded.get((cell.id, Split.MEMORIZATION), {})),
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
        return [self._facts[id_] for id_ in (question.fact, *question.also) if id_ in self._facts]


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
    asked = [a for a in answers.values() if a.counts and a.question.answer_before is not None]
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
