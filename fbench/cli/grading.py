"""Grading the rows of a file and the answers of a run, by rule or with a judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from fbench.cli.answers import AnswerRow, read_answers, rows_of_run
from fbench.cli.plan import lay_out
from fbench.datasets import Dataset
from fbench.errors import BudgetReached, FbenchError, Incomplete, ProviderFailed, UsageError
from fbench.graders import Grade, Item, Verdict, answer_of, infer_kind
from fbench.graders import grade as verdict_on
from fbench.judge import Case, Ruling, grade_of
from fbench.pipeline.budget import Budget
from fbench.pipeline.experiment import read_experiment
from fbench.pipeline.folder import STORE, hold_to_dataset, read_config
from fbench.pipeline.grading import grade_answers
from fbench.pipeline.judged import docket_of, judge_answers, pending
from fbench.pipeline.judging import JUDGE, Judging, choose_judge, hear
from fbench.pipeline.recording import close_recording
from fbench.pipeline.run import Ready
from fbench.pipeline.stop import Stop, on_interrupt
from fbench.providers.profiles import profile_of
from fbench.store import Store
from fbench.upstream import Upstream, missing_keys, open_upstream

__all__ = ["Graded", "grade_file", "grade_run"]

_STOPPED = 130
Known = tuple[Item, str, str]
"""An item, a response to it, and why the model stopped."""


@dataclass(frozen=True, slots=True)
class Graded:
    """Rows with their grades, a sentence on the judge if there was one, and what stopped it early."""

    rows: list[AnswerRow]
    grades: list[Grade]
    judged: str = ""
    stopped: FbenchError | click.exceptions.Exit | None = None


def grade_file(
    file: Path,
    grader: str,
    judge: str | None,
    upstream: str | None,
    *,
    concurrency: int,
    budget_usd: float | None,
) -> Graded:
    """Grades the rows of a CSV or JSONL file. Where the judge fails midway, what it left is ungraded.

    Raises:
        UsageError: the file, the grader or the judge cannot be used.
    """
    kind = upstream or "fake"
    judging = choose_judge(grader, judge, kind)
    rows = read_answers(file)
    known: dict[Known, Grade] = {}  # a verdict depends on no more
    for row in rows:
        key = (row.item, row.response, row.finish)
        if not row.error and key not in known:
            rule = "auto" if grader == JUDGE else grader
            known[key] = verdict_on(row.item, row.response, rule, finish=row.finish)
    if judging is None:
        return Graded(rows, [_grade_of(row, known) for row in rows])
    asked = {
        key: Case(item, answer_of(item, response))
        for key, made in known.items()
        for item, response, _ in [key]
        if judging.calls_for(made, infer_kind(item))
    }
    cases = dict.fromkeys(asked.values())
    _afford(judging, budget_usd, left=len(cases) if kind == "live" else 0)
    rulings: dict[Case, Ruling] = {}
    stop, stopped = Stop(), None

    def place() -> Upstream:
        return open_upstream(kind, Dataset(name=file.stem, source=file.name, facts=(), questions=()))

    try:
        with on_interrupt(stop):
            hear(
                judging,
                place,
                ((case, case) for case in cases),
                rulings.update,
                concurrency=concurrency,
                budget=Budget(budget_usd),
                stop=stop,
            )
    except (BudgetReached, Incomplete, ProviderFailed) as error:
        stopped = error
    none = Grade(Verdict.UNGRADED, f"judge:{judging.by}", "the judge has not ruled on it")
    for key, case in asked.items():
        known[key] = grade_of(case, rulings[case], judging.by) if case in rulings else none
    said = _judged(judging, len(rulings))
    end = click.exceptions.Exit(_STOPPED) if stop.requested else stopped
    return Graded(rows, [_grade_of(row, known) for row in rows], said, end)


def grade_run(
    folder: Path,
    grader: str,
    judge: str | None,
    upstream: str | None,
    *,
    concurrency: int,
    budget_usd: float | None,
) -> Graded:
    """Lays a layer of grades over the answers of a run; a judge that rules already is not asked again.

    Raises:
        UsageError: the run, the grader or the judge cannot be used.
        Incomplete: the judge's service did not answer; its rulings are kept.
        BudgetReached: the next case would pass the budget; the rulings are kept.
    """
    ready = _opened(folder, grader, judge, upstream)
    judging = ready.judging
    questions = {question.id: question for question in ready.dataset.questions}
    with Store(folder / STORE) as store:
        rows = rows_of_run(folder, store, ready.dataset.questions)
        layer = grade_answers(store, questions, "auto" if grader == JUDGE else grader)
        said, stopped = "", None
        if judging is not None:
            left = len(pending(store, docket_of(store, ready.dataset, judging), judging))
            _afford(judging, budget_usd, left=left if ready.experiment.is_live else 0)
            stopped = _judge(ready, judging, store, concurrency=concurrency, budget_usd=budget_usd)
            layer, said = judging.run_layer, _judged(judging, left)
        grades = [Grade(Verdict(row.verdict), row.grader, row.reason) for row in store.grades(layer)]
    return Graded(rows, grades, said, stopped)


def _opened(folder: Path, grader: str, judge: str | None, upstream: str | None) -> Ready:
    config = read_config(folder)
    chosen = {"grader": grader, "judge": judge, "upstream": upstream}
    experiment = read_experiment(config, chosen)
    if judge is None and grader != JUDGE:
        experiment = experiment.model_copy(update={"judge": None})
    ready = lay_out(experiment)
    hold_to_dataset(folder, ready.dataset.digest)
    return ready


def _judge(
    ready: Ready, judging: Judging, store: Store, *, concurrency: int, budget_usd: float | None
) -> ProviderFailed | None:
    stop = Stop()
    try:
        with on_interrupt(stop):
            failure = judge_answers(
                store,
                ready.dataset,
                judging,
                ready.experiment,
                concurrency=concurrency,
                budget=Budget(budget_usd),
                stop=stop,
            )
    except Incomplete:
        if stop.requested:
            click.echo("Stopped; what was judged is kept. Give the same command to go on.", err=True)
            raise click.exceptions.Exit(_STOPPED) from None
        raise
    close_recording(ready.experiment, ready.dataset)
    return ProviderFailed(failure) if failure else None


def _afford(judging: Judging, budget_usd: float | None, *, left: int) -> None:
    """Holds a live judge that has something left to judge to a budget and its keys."""
    if judging.model is None or not judging.asks or not left:
        return
    if budget_usd is None:
        raise UsageError("a live judge spends money: say how much it may spend with --budget-usd.")
    if missing := missing_keys([profile_of(judging.model)[0]]):
        raise UsageError(
            f"a live judge needs {', '.join(missing)}: set what is missing in the environment, or have the "
            "fake judge take its place with --upstream fake."
        )


def _grade_of(row: AnswerRow, known: dict[Known, Grade]) -> Grade:
    if row.error:
        return Grade(Verdict.ERROR, "none", row.error)
    return known[row.item, row.response, row.finish]


def _judged(judging: Judging, cases: int) -> str:
    instead = f", in the place of {judging.model}" if judging.model and judging.fake else ""
    prompt = f"{judging.prompt.source} prompt, SHA-256 {judging.prompt.digest}"
    how = "a rule that stands in for a language model" if judging.fake else prompt
    return f"{cases} cases judged now, by {judging.by}{instead} ({how})"
