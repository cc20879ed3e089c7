"""A run's answers before a judge: what it must rule on, its rulings in the store, and their layers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from fbench.datasets.model import AnswerKind, Dataset, Question
from fbench.errors import Incomplete, ProviderFailed
from fbench.grading.graders import CUT_OFF, Grade, Verdict, answer_of
from fbench.grading.judge import Case, Ruling, grade_of
from fbench.grading.judge.choice import Judging, hear
from fbench.grading.layers import before_layer, is_lost, item_of, layer_of, row_of, save_layer
from fbench.providers.connection import Connection
from fbench.runner.budget import Budget
from fbench.runner.experiment import Experiment
from fbench.runner.plan import Cell, Cost
from fbench.runner.recording import connection_of
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, GradeRow, RulingRow, Store

__all__ = [
    "Docket",
    "docket_of",
    "judge_answers",
    "lay_rulings",
    "pending",
    "planned",
    "rulings_of",
    "spent_usd",
]

Key = tuple[str, str]
"""A question's id, and the SHA-256 (hex) of a response to it."""

Docket = dict[Key, Case]
"""What a judge must rule on. Equal responses to a question are one case."""


def docket_of(store: Store, dataset: Dataset, judging: Judging) -> Docket:
    """All cases of the run, judged or not. The layer of the rules must be there (`grade_answers`)."""
    questions = {question.id: question for question in dataset.questions}
    context = {fact.id: fact.statement for fact in dataset.facts}
    docket: Docket = {}
    for answer, made in _ruled(store):
        if is_lost(answer):
            continue
        question = questions[answer.question]
        if judging.calls_for(made, question.kind):
            item = item_of(question)
            case = Case(item, answer_of(item, answer.text), context[question.fact])
            docket.setdefault(_key(answer), case)
    return docket


def pending(store: Store, docket: Docket, judging: Judging) -> Docket:
    """The cases without a ruling."""
    return {key: docket[key] for key in docket.keys() - rulings_of(store, judging).keys()}


def judge_answers(
    store: Store,
    dataset: Dataset,
    judging: Judging,
    experiment: Experiment,
    *,
    concurrency: int,
    budget: Budget,
    stop: Stop,
) -> str | None:
    """Has the run's cases judged that were not yet, and lays the judge's layer and the one that counts.

    Rulings are kept as they come, so a case is paid for once. Returns in words why the judge failed for good,
    if it did; what it did not rule on is ungraded then.

    Raises:
        Incomplete: it was stopped, or the service did not answer.
        BudgetReached: the next case would pass the budget.
    """
    docket = docket_of(store, dataset, judging)
    left = sorted(pending(store, docket, judging).items())
    failure: str | None = None

    def keep(group: Sequence[tuple[Key, Ruling]]) -> None:
        store.save_rulings(_kept(judging.layer, key, ruling) for key, ruling in group)

    if left:

        def place() -> Connection:
            return connection_of(experiment, dataset)

        try:
            hear(judging, place, left, keep, concurrency=concurrency, budget=budget, stop=stop)
        except ProviderFailed as error:
            failure = f"the judge {judging.by}: {error}"
        if stop.requested:
            raise Incomplete("stopped; every answer and every ruling of the judge is saved.")
    lay_rulings(store, docket, judging)
    return failure


def rulings_of(store: Store, judging: Judging) -> dict[Key, Ruling]:
    """The judge's rulings that are in the store."""
    return {
        (row.question, row.response): Ruling(
            row.text, row.finish, row.error, row.prompt_tokens, row.answer_tokens
        )
        for row in store.rulings(judging.layer)
    }


def spent_usd(store: Store, judging: Judging) -> float:
    """What the rulings in the store cost by the tokens counted; nothing where the price is not known."""
    rulings = rulings_of(store, judging).values()
    asked, said = sum(r.prompt_tokens for r in rulings), sum(r.answer_tokens for r in rulings)
    return judging.usd(asked, said) or 0.0


def planned(
    judging: Judging, dataset: Dataset, cells: Sequence[Cell], questions: Mapping[str, Sequence[Question]]
) -> Cost:
    """The most that judging can take, by estimate: as if each cell answered in words of its own."""
    context = {fact.id: fact.statement for fact in dataset.facts}
    by_task: dict[str, list[Cost]] = {
        task: [
            judging.cost(Case(item_of(question), question.gold[0], context[question.fact]))
            for question in asked
            if judging.everything or question.kind is AnswerKind.LONG
        ]
        for task, asked in questions.items()
    }
    costs = [cost for cell in cells for cost in by_task[cell.task]]
    dollars = [cost.answer_usd for cost in costs]
    return Cost(
        0,
        sum(cost.prompt_tokens for cost in costs),
        sum(cost.answer_tokens for cost in costs),
        0.0,
        None if None in dollars else sum(usd for usd in dollars if usd is not None),
    )


def _ruled(store: Store) -> Iterator[tuple[Answer, Grade]]:
    """The answers without an error, each with what the rules say of it."""
    for answer, row in zip(store.answers(), store.grades(layer_of("auto")), strict=True):
        if not answer.error:
            yield answer, Grade(Verdict(row.verdict), row.grader, row.reason)


def lay_rulings(store: Store, docket: Docket, judging: Judging) -> None:
    """Lays the judge's layer and the one that counts, of the rulings there are; other cases are ungraded."""
    rulings = rulings_of(store, judging)
    made = {key: grade_of(case, rulings[key], judging.by) for key, case in docket.items() if key in rulings}
    none = Grade(Verdict.UNGRADED, f"judge:{judging.by}", "the judge has not ruled on it")
    auto = layer_of("auto")
    ruled, before = list(store.grades(auto)), list(store.grades(before_layer(auto)))

    def rows() -> Iterator[GradeRow]:
        for answer, row in zip(store.answers(), ruled, strict=True):
            key = _key(answer)
            if answer.error or row.grader == CUT_OFF or key not in docket:
                yield row._replace(layer=judging.run_layer)
                continue
            grade = made.get(key, none)
            for layer in dict.fromkeys((judging.layer, judging.run_layer)):
                yield row_of(layer, answer, grade)
        for row in before:
            yield row._replace(layer=before_layer(judging.run_layer))

    layers = {judging.layer, judging.run_layer, before_layer(judging.run_layer)}
    save_layer(store, sorted(layers), rows())


def _key(answer: Answer) -> Key:
    return answer.question, hashlib.sha256(answer.text.encode(errors="surrogatepass")).hexdigest()


def _kept(layer: str, key: Key, ruling: Ruling) -> RulingRow:
    question, response = key
    return RulingRow(
        layer,
        question,
        response,
        ruling.text,
        ruling.finish,
        ruling.error,
        ruling.prompt_tokens,
        ruling.answer_tokens,
    )
