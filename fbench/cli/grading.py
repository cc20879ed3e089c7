"""Grading the rows of a file and the answers of a run, by rule or with a judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

import click

from fbench.cli.run_rows import RUN_COLUMNS, rows_of_run
from fbench.datasets import Dataset
from fbench.errors import BudgetReached, FbenchError, Incomplete, ProviderFailed, UsageError
from fbench.grading.chosen import judging_of
from fbench.grading.files import ADDED, AnswerFile, AnswerRow, Asked, HumanComparison
from fbench.grading.graders import Grade, Verdict, answer_of, infer_kind
from fbench.grading.graders import grade as verdict_on
from fbench.grading.judge import Case, Ruling, grade_of
from fbench.grading.judge.choice import JUDGE, Judging, choose_judge, hear
from fbench.grading.judge.pending import docket_of, judge_answers, pending
from fbench.grading.layers import grade_answers
from fbench.pipeline import lay_out
from fbench.plurals import counted
from fbench.providers.connection import Connection
from fbench.providers.profiles import profile_of
from fbench.runner.budget import Budget
from fbench.runner.experiment import read_experiment
from fbench.runner.folder import STORE, hold_to_beginning, read_config
from fbench.runner.ready import Ready
from fbench.runner.recording import close_recording
from fbench.runner.stop import Stop, on_interrupt
from fbench.runner.store import Store
from fbench.upstream import missing_keys, open_upstream

__all__ = ["Graded", "Options", "grade_file", "grade_run"]

_STOPPED = 130
_REMEMBERED = 4096
Grader = Callable[[AnswerRow], Grade]


@dataclass(frozen=True, slots=True)
class Options:
    """How answers are graded: by which grader, by which judge where, at most how fast and dear."""

    grader: str
    judge: str | None
    upstream: str | None
    concurrency: int
    budget_usd: float | None


@dataclass(frozen=True, slots=True)
class Graded:
    """Rows with their grades, which a file's get as they are taken.

    Attributes:
        rows: each with its grade.
        columns: the names of all that stands in the output of a row, its grade included.
        kept: what stands there beside the grade.
        notes: sentences on what was read by a guess.
        human: what compares the grades with a person's, if there are any.
        judged: a sentence on the judge, if there was one.
        stopped: what stopped the judge early.
    """

    rows: Iterable[tuple[AnswerRow, Grade]]
    columns: tuple[str, ...]
    kept: Callable[[AnswerRow], Mapping[str, object]]
    notes: tuple[str, ...] = ()
    human: HumanComparison | None = None
    judged: str = ""
    stopped: FbenchError | click.exceptions.Exit | None = None


def grade_file(file: Path, asked: Asked, separator: str | None, options: Options) -> Graded:
    """Grades the rows of a file. Where the judge fails midway, what it left is ungraded.

    Rows are read twice and pass one by one: none is kept, but for what a judge has to rule on.

    Raises:
        UsageError: the file, the grader or the judge cannot be used.
    """
    judging = choose_judge(options.grader, options.judge, options.upstream or "fake")
    answers = AnswerFile(file, asked, separator)
    survey = answers.survey()
    rules = _by_rules("auto" if options.grader == JUDGE else options.grader)
    made = Graded(
        ((row, rules(row)) for row in answers),
        survey.columns,
        answers.kept,
        survey.notes,
        HumanComparison(answers.human, answers.clusters) if answers.human is not None else None,
    )
    return made if judging is None else _judge_file(answers, made, rules, judging, options)


def _judge_file(
    answers: AnswerFile, made: Graded, rules: Grader, judging: Judging, options: Options
) -> Graded:
    kind = options.upstream or "fake"
    cases = _cases(answers, rules, judging)
    _afford(judging, options.budget_usd, left=len(cases) if kind == "live" else 0)
    rulings: dict[Case, Ruling] = {}
    stop, stopped = Stop(), None

    def place() -> Connection:
        return open_upstream(
            kind, Dataset(name=answers.path.stem, source=answers.path.name, facts=(), questions=())
        )

    try:
        with on_interrupt(stop):
            hear(
                judging,
                place,
                ((case, case) for case in cases),
                rulings.update,
                concurrency=options.concurrency,
                budget=Budget(options.budget_usd),
                stop=stop,
            )
    except (BudgetReached, Incomplete, ProviderFailed) as error:
        stopped = error
    none = Grade(Verdict.UNGRADED, f"judge:{judging.by}", "the judge has not ruled on it")

    def judged(row: AnswerRow) -> Grade:
        made = rules(row)
        if not judging.calls_for(made, infer_kind(row.item)):
            return made
        case = _case(row)
        return grade_of(case, rulings[case], judging.by) if case in rulings else none

    return replace(
        made,
        rows=((row, judged(row)) for row in answers),
        judged=_judged(judging, len(rulings)),
        stopped=click.exceptions.Exit(_STOPPED) if stop.requested else stopped,
    )


def _cases(answers: AnswerFile, rules: Grader, judging: Judging) -> dict[Case, None]:
    """What the judge has to rule on: equal answers once, in the order of the rows."""
    return {_case(row): None for row in answers if judging.calls_for(rules(row), infer_kind(row.item))}


def _case(row: AnswerRow) -> Case:
    return Case(row.item, answer_of(row.item, row.response))


def _by_rules(grader: str) -> Grader:
    """Grades by a rule. A few thousand verdicts are remembered, since base models repeat themselves."""
    known: dict[bytes, Grade] = {}

    def verdict(row: AnswerRow) -> Grade:
        key = blake2b(repr((row.item, row.response, row.finish)).encode(), digest_size=16).digest()
        made = known.get(key)
        if made is None:
            made = verdict_on(row.item, row.response, grader, finish=row.finish)
            if len(known) >= _REMEMBERED:
                del known[next(iter(known))]
            known[key] = made
        return made

    return verdict


def grade_run(folder: Path, options: Options) -> Graded:
    """Lays a layer of grades over the answers of a run; a judge that rules already is not asked again.

    Raises:
        UsageError: the run, the grader or the judge cannot be used.
        Incomplete: the judge's service did not answer; its rulings are kept.
        BudgetReached: the next case would pass the budget; the rulings are kept.
    """
    ready = _opened(folder, options)
    judging = judging_of(ready)
    questions = {question.id: question for question in ready.dataset.questions}
    with Store(folder / STORE) as store:
        rows = rows_of_run(folder, store, ready.dataset.questions)
        layer = grade_answers(store, questions, "auto" if options.grader == JUDGE else options.grader)
        said, stopped = "", None
        if judging is not None:
            left = len(pending(store, docket_of(store, ready.dataset, judging), judging))
            _afford(judging, options.budget_usd, left=left if ready.experiment.is_live else 0)
            stopped = _judge(ready, judging, store, options)
            layer, said = judging.run_layer, _judged(judging, left)
        grades = [Grade(Verdict(row.verdict), row.grader, row.reason) for row in store.grades(layer)]
    pairs = list(zip(rows, grades, strict=True))
    return Graded(pairs, (*RUN_COLUMNS, *ADDED), lambda row: row.fields, judged=said, stopped=stopped)


def _opened(folder: Path, options: Options) -> Ready:
    config = read_config(folder)
    chosen = {"grader": options.grader, "judge": options.judge, "upstream": options.upstream}
    experiment = read_experiment(config, chosen)
    if options.judge is None and options.grader != JUDGE:
        experiment = experiment.model_copy(update={"judge": None})
    ready = lay_out(experiment)
    hold_to_beginning(folder, ready.experiment, ready.dataset)
    return ready


def _judge(ready: Ready, judging: Judging, store: Store, options: Options) -> ProviderFailed | None:
    stop = Stop()
    try:
        with on_interrupt(stop):
            failure = judge_answers(
                store,
                ready.dataset,
                judging,
                ready.experiment,
                concurrency=options.concurrency,
                budget=Budget(options.budget_usd),
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


def _judged(judging: Judging, cases: int) -> str:
    instead = f", in the place of {judging.model}" if judging.model and judging.fake else ""
    prompt = f"{judging.prompt.source} prompt, SHA-256 {judging.prompt.digest}"
    how = "a rule that stands in for a language model" if judging.fake else prompt
    return f"{counted(cases, 'case')} judged now, by {judging.by}{instead} ({how})"
