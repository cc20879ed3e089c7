"""Grade the answers in the store of a run, by rule or with a judge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from fbench.datasets.model import Question
from fbench.errors import ProviderFailed, UsageError
from fbench.grading.experiment_graders import judging_of
from fbench.grading.files import ADDED, AnswerRow
from fbench.grading.graded_answers import GradedAnswers, GradingOptions, parts_of
from fbench.grading.graders import Grade, Verdict
from fbench.grading.judge.choice import JUDGE
from fbench.grading.judge.judge_cases import refuse_unpaid_judge, summary_of
from fbench.grading.judge.run_cases import cases_of_run, judge_answers, pending_cases
from fbench.grading.layers import grade_answers, item_of
from fbench.runner.attempts import Attempts
from fbench.runner.budget import Budget
from fbench.runner.config import read_experiment
from fbench.runner.deploy import standing_deployments
from fbench.runner.folder import STORE, check_identity, read_config, unchecked_notice
from fbench.runner.going_on import going_on
from fbench.runner.owner import owned
from fbench.runner.prepared import PreparedRun, read_input_offline
from fbench.runner.recording import close_recording, with_its_recording
from fbench.runner.stop import Stop
from fbench.runner.store import Answer, Store

__all__ = ["RUN_COLUMNS", "grade_run", "is_complete", "own_columns", "rows_of_run"]

RUN_COLUMNS = ("cell", "id", "question", "gold", "kind", "answer_before", "response", "finish", "error")


def grade_run(
    folder: Path,
    options: GradingOptions,
    *,
    stop: Stop | None = None,
    while_judging: AbstractContextManager[None] | None = None,
) -> GradedAnswers:
    """Grade the answers of a run, and save the grades as a layer in its store.

    The judge is not called again for answers on which it has ruled. `results.json` does not change.

    Args:
        folder: the folder of the run.
        options: how its answers are graded.
        stop: a request to end the judging early.
        while_judging: entered while a judge is called, such as `fbench.runner.stop.on_interrupt(stop)`.

    Raises:
        UsageError: the run, the grader or the judge cannot be used.
        Incomplete: the judging was stopped, or the judge's service did not answer; its rulings are kept.
        BudgetReached: the next case would exceed the budget; the rulings are kept.
    """
    ready = _open(folder, options)
    judging = judging_of(ready)
    notice = unchecked_notice(folder)
    with owned(folder), Store(folder / STORE) as store:
        check_identity(store, folder, ready.experiment, ready.dataset)
        own = own_columns(ready.dataset.questions, (*RUN_COLUMNS, *ADDED))
        rows = rows_of_run(folder, store, ready.dataset.questions)
        layer = grade_answers(store, _by_id(ready), options.rules, stop)
        judged, failure = "", None
        if judging is not None:
            cases = len(pending_cases(store, cases_of_run(store, ready.dataset, judging), judging))
            is_live = ready.experiment.is_live
            refuse_unpaid_judge(judging, options.budget_usd, cases=cases if is_live else 0)
            with while_judging or nullcontext():
                experiment = with_its_recording(ready.experiment, ready.dataset, store)
                failure = judge_answers(
                    store,
                    ready.dataset,
                    judging,
                    experiment,
                    concurrency=options.concurrency,
                    attempts=Attempts(Budget(options.budget_usd), store),
                    stop=stop or Stop(),
                )
            close_recording(experiment, ready.dataset, store)
            layer, judged = judging.run_layer, summary_of(judging, cases)
        grades = [Grade(Verdict(row.verdict), row.grader, row.reason) for row in store.grades(layer)]
    return GradedAnswers(
        parts_of(zip(rows, grades, strict=True)),
        (*RUN_COLUMNS, *own.values(), *ADDED),
        lambda row: row.fields,
        notes=tuple(filter(None, [notice and f"Notice: {notice}"])),
        judged=judged,
        failure=ProviderFailed(failure) if failure else None,
    )


def is_complete(ready: PreparedRun, store: Store) -> bool:
    """Whether a run has nothing left to request, to judge or to remove, so that it needs neither keys nor a
    budget.
    """
    plan, judging = ready.plan, judging_of(ready)
    if ready.experiment.is_live and standing_deployments(store):
        return False
    is_answered = all(
        store.answered(cell.id).issuperset(question.id for question in plan.asked_in[cell.id])
        for cell in plan.cells
    )
    if not is_answered or judging is None:
        return is_answered
    grade_answers(store, _by_id(ready), "auto")
    return not pending_cases(store, cases_of_run(store, ready.dataset, judging), judging)


def own_columns(questions: Iterable[Question], taken: Collection[str]) -> dict[str, str]:
    """The columns of the data's own, in order, by their names there: with `own_` before one that is taken.

    As often as it takes for each to have a name of its own.
    """
    given = dict.fromkeys(name for question in questions for name, _ in question.columns)
    names: dict[str, str] = {}
    used = {*taken, *(name for name in given if name not in taken)}
    for name in given:
        free = name
        while free in taken or (free != name and free in used):
            free = f"own_{free}"
        used.add(free)
        names[name] = free
    return names


def rows_of_run(folder: Path, store: Store, questions: Sequence[Question]) -> list[AnswerRow]:
    """The answers in a run's store, by cell and question: the fields in `RUN_COLUMNS`, and the data's own.

    Raises:
        UsageError: there are no answers.
    """
    by_id = {question.id: question for question in questions}
    own = own_columns(questions, (*RUN_COLUMNS, *ADDED))
    rows = [_row(answer, by_id[answer.question], own) for answer in store.answers()]
    if not rows:
        raise UsageError(f"{folder}: nothing was answered yet: go on with `{going_on(folder).command}`.")
    return rows


def _open(folder: Path, options: GradingOptions) -> PreparedRun:
    if options.config is not None:
        raise UsageError(f"{folder}: is a run, which has a configuration of its own: leave out --config.")
    config = read_config(folder)
    chosen = {"grader": options.grader, "judge": options.judge, "upstream": options.upstream}
    experiment = read_experiment(config, chosen)
    if options.judge is None and options.grader != JUDGE:
        experiment = experiment.model_copy(update={"judge": None})
    return read_input_offline(experiment)


def _by_id(ready: PreparedRun) -> dict[str, Question]:
    return {question.id: question for question in ready.dataset.questions}


def _row(answer: Answer, question: Question, own: Mapping[str, str]) -> AnswerRow:
    gold = question.gold[0] if len(question.gold) == 1 else list(question.gold)
    values = (
        answer.cell,
        question.id,
        question.text,
        gold,
        question.kind.value,
        question.answer_before,
        answer.text,
        answer.finish,
        answer.error,
    )
    fields: dict[str, object] = dict(zip(RUN_COLUMNS, values, strict=True))
    fields |= {own[name]: value for name, value in question.columns}
    return AnswerRow(fields, item_of(question), answer.text, answer.error, answer.finish)
