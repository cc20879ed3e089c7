"""Judge the answers of a run: its cases, the rulings in its store, and the layers made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from fbench.datasets.model import AnswerKind, Dataset, Question
from fbench.errors import Incomplete, ProviderFailed, ProviderStopped
from fbench.grading.graders import CUT_OFF, Grade, Verdict, answer_of
from fbench.grading.judge import Case, Ruling
from fbench.grading.judge.choice import Judging
from fbench.grading.judge.judge_cases import grade_cases, judge_cases, without_ruling
from fbench.grading.layers import before_layer, is_lost, item_of, layer_of, row_of, save_layer
from fbench.providers.connection import Connection
from fbench.providers.pacing import Pacers
from fbench.runner.attempts import Attempts, ruling
from fbench.runner.cells import Cell
from fbench.runner.experiment import Experiment
from fbench.runner.plan import Cost
from fbench.runner.played import add_played, counting_played, telling_played
from fbench.runner.recording import connection_of
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, GradeRow, RulingRow, Store

__all__ = [
    "Cases",
    "cases_of_run",
    "judge_answers",
    "judging_cost",
    "most_judging_cost",
    "pending_cases",
    "rulings_of",
    "save_judge_layers",
    "spent_before_attempts",
]

AnswerKey = tuple[str, str]
"""A question's id, and the SHA-256 (hex) of a response to it."""

Cases = dict[AnswerKey, Case]
"""The cases that a judge grades in a run. Equal responses to a question are one case."""


def cases_of_run(store: Store, dataset: Dataset, judging: Judging) -> Cases:
    """All cases of a run by key, judged or not. The rules' layer must already exist (`grade_answers`)."""
    questions = {question.id: question for question in dataset.questions}
    context = {fact.id: fact.statement for fact in dataset.facts}
    cases: Cases = {}
    for answer, made in _graded_by_rules(store):
        if is_lost(answer):
            continue
        question = questions[answer.question]
        if judging.calls_for(made, question.kind):
            item = item_of(question)
            case = Case(item, answer_of(item, answer.text), context.get(question.fact, ""))
            cases.setdefault(_key(answer), case)
    return dict(sorted(cases.items()))


def pending_cases(store: Store, cases: Cases, judging: Judging, *, retry_errors: bool = False) -> Cases:
    """The cases without a ruling in the store; with `retry_errors`, also those that the service rejected."""
    made = rulings_of(store, judging)
    return without_ruling(
        cases, {key: each for key, each in made.items() if not (retry_errors and each.error)}
    )


def judge_answers(
    store: Store,
    dataset: Dataset,
    judging: Judging,
    experiment: Experiment,
    *,
    concurrency: int,
    attempts: Attempts,
    stop: Stop,
    pacers: Pacers | None = None,
    connection: Connection | None = None,
    retry_errors: bool = False,
) -> str | None:
    """Judge the pending cases of a run, and save the judge's layer and the one that results count.

    Rulings are saved when they arrive, so no case is paid for twice; with `retry_errors`, cases that the
    service rejected are sent again. They go over `connection`, if given, or else over the experiment's.
    Returns the reason if the judge failed permanently, else None; the cases without a ruling are then
    ungraded.

    Raises:
        Incomplete: the judging was stopped, or the service did not answer.
        BudgetReached: the next case would exceed the budget.
    """
    cases = cases_of_run(store, dataset, judging)
    left = pending_cases(store, cases, judging, retry_errors=retry_errors)
    failure: str | None = None

    def keep(group: Sequence[tuple[AnswerKey, Ruling]]) -> None:
        rows = [_row(judging.layer, key, ruling) for key, ruling in group]
        store.save_rulings(rows, attempts.ended())

    if left:

        def connect() -> Connection:
            reached = connection or connection_of(experiment, dataset, pacers)
            return telling_played(reached, partial(add_played, store))

        try:
            with counting_played(store, experiment):
                judge_cases(
                    judging, connect, left, keep, concurrency=concurrency, attempts=attempts, stop=stop
                )
        except ProviderFailed as error:
            told = str(error)
            if isinstance(error, ProviderStopped) and judging.profile is not None:
                told = judging.profile.stopped(error)
            failure = f"the judge {judging.by}: {told}"
        if stop.requested:
            raise Incomplete("stopped; every answer and every ruling of the judge is saved.")
    save_judge_layers(store, cases, judging)
    return failure


def rulings_of(store: Store, judging: Judging) -> dict[AnswerKey, Ruling]:
    """The judge's rulings in the store, by the key of their case."""
    return {
        (row.question, row.response): Ruling(
            row.text, row.finish, row.error, row.prompt_tokens, row.answer_tokens
        )
        for row in store.rulings(judging.layer)
    }


def spent_before_attempts(store: Store, judging: Judging) -> float:
    """The price in dollars of the rulings from before attempts were kept; 0 if the price is unknown."""
    attempted = {row.what for row in store.attempts()}
    return sum(
        judging.usd(made.prompt_tokens, made.answer_tokens) or 0.0
        for key, made in rulings_of(store, judging).items()
        if ruling(judging.layer, *key) not in attempted
    )


def judging_cost(
    judging: Judging, dataset: Dataset, cells: Sequence[Cell], asked_in: Mapping[str, Sequence[Question]]
) -> Cost:
    """An upper estimate of the cost of judging: as if no two cells gave equal answers."""
    return _judging(judging, dataset, cells, asked_in, lambda _, case: judging.cost(case))


def most_judging_cost(
    judging: Judging,
    dataset: Dataset,
    cells: Sequence[Cell],
    asked_in: Mapping[str, Sequence[Question]],
    answer_tokens: Callable[[str], int],
) -> Cost:
    """The most that judging costs, if a model's answers have at most so many tokens. The least is nothing."""

    def most(model: str, case: Case) -> Cost:
        return judging.most(case, answer_tokens(model))

    return _judging(judging, dataset, cells, asked_in, most)


def _judging(
    judging: Judging,
    dataset: Dataset,
    cells: Sequence[Cell],
    asked_in: Mapping[str, Sequence[Question]],
    cost: Callable[[str, Case], Cost],
) -> Cost:
    context = {fact.id: fact.statement for fact in dataset.facts}
    found: dict[tuple[int, str], list[Cost]] = {}
    costs: list[Cost] = []
    for cell in cells:
        asked = asked_in[cell.id]
        if (key := (id(asked), cell.model)) not in found:  # most cells share their questions
            found[key] = [
                cost(cell.model, Case(item_of(q), q.gold[0], context.get(q.fact, "")))
                for q in asked
                if judging.everything or q.kind is AnswerKind.LONG
            ]
        costs += found[key]
    dollars = [each.answer_usd for each in costs]
    return Cost(
        0,
        sum(each.prompt_tokens for each in costs),
        sum(each.answer_tokens for each in costs),
        0.0,
        None if None in dollars else sum(usd for usd in dollars if usd is not None),
    )


def _graded_by_rules(store: Store) -> Iterator[tuple[Answer, Grade]]:
    """The answers without an error, each with its grade by the rules."""
    for answer, row in zip(store.answers(), store.grades(layer_of("auto")), strict=True):
        if not answer.error:
            yield answer, Grade(Verdict(row.verdict), row.grader, row.reason)


def save_judge_layers(store: Store, cases: Cases, judging: Judging) -> None:
    """Save the judge's layer and the one that results count, from the rulings in the store.

    This makes no calls; cases without a ruling are ungraded.
    """
    made = grade_cases(judging, cases, rulings_of(store, judging))
    auto = layer_of("auto")
    ruled, before = list(store.grades(auto)), list(store.grades(before_layer(auto)))

    def rows() -> Iterator[GradeRow]:
        for answer, row in zip(store.answers(), ruled, strict=True):
            key = _key(answer)
            if answer.error or row.grader == CUT_OFF or key not in cases:
                yield row._replace(layer=judging.run_layer)
                continue
            for layer in dict.fromkeys((judging.layer, judging.run_layer)):
                yield row_of(layer, answer, made[key])
        for row in before:
            yield row._replace(layer=before_layer(judging.run_layer))

    layers = {judging.layer, judging.run_layer, before_layer(judging.run_layer)}
    save_layer(store, sorted(layers), rows())


def _key(answer: Answer) -> AnswerKey:
    return answer.question, hashlib.sha256(answer.text.encode(errors="surrogatepass")).hexdigest()


def _row(layer: str, key: AnswerKey, ruling: Ruling) -> RulingRow:
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
