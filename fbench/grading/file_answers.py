"""Grade the rows of a file, by rule or with a judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, TypeVar

from fbench.datasets import Dataset
from fbench.errors import BudgetReached, FbenchError, Incomplete, ProviderFailed
from fbench.grading.files import AnswerFile, AnswerRow, NamedColumns, OverParts
from fbench.grading.graded_answers import GradedAnswers, GradedPair, GradingOptions, parts_of
from fbench.grading.graders import Grade, answer_of, infer_kind
from fbench.grading.graders import grade as verdict_on
from fbench.grading.judge import Case, Ruling
from fbench.grading.judge.choice import Judging, choose_judge
from fbench.grading.judge.judge_cases import grade_cases, judge_cases, refuse_unpaid_judge, summary_of
from fbench.providers.connection import Connection
from fbench.providers.profiles import NONE_DEFINED
from fbench.runner.attempts import Attempts
from fbench.runner.budget import Budget
from fbench.runner.experiment import Experiment
from fbench.runner.stop import Stop
from fbench.upstream import open_upstream

__all__ = ["grade_file"]

R = TypeVar("R")

_REMEMBERED = 4096


def grade_file(
    file: Path,
    asked: NamedColumns,
    separator: str | None,
    options: GradingOptions,
    *,
    stop: Stop | None = None,
    while_judging: AbstractContextManager[None] | None = None,
    over: OverParts = map,
) -> GradedAnswers:
    """Grade the rows of a file. If judging ends early, the rows without a ruling are ungraded.

    The file is read twice, in parts of some hundred rows; only rows for the judge are kept in memory.

    Args:
        file: a table with questions, accepted answers and responses.
        asked: its columns, as far as the user names them.
        separator: see `fbench.grading.files.golds.Golds`.
        options: how rows are graded.
        stop: a request to end early.
        while_judging: entered while a judge is called, such as `fbench.runner.stop.on_interrupt(stop)`.
        over: how the work on the parts is divided, such as `fbench.grading.workers.Workers(2).map`. Where
            there is a judge, only the first reading is.

    Raises:
        UsageError: the file, the grader or the judge cannot be used.
    """
    config = options.config or Experiment()
    judging = choose_judge(
        options.grader,
        options.judge,
        options.upstream or "fake",
        prices=config.prices,
        defined=config.defined,
    )
    answers = AnswerFile(file, asked, separator)
    survey = answers.survey(over)
    rules = _Rules(options.rules)

    def parts(do: Callable[[Iterable[GradedPair]], R], /) -> Iterator[R]:
        return _until_stopped(over(_GradedPart(answers, rules, do), answers.parts()), stop or Stop())

    graded = GradedAnswers(
        parts,
        survey.columns,
        answers.kept,
        survey.notes,
        answers.human,
        answers.clusters,
    )
    if judging is None:
        return graded
    with_judge = _JudgedRows(answers, rules, judging, options)
    with_judge.judge(stop or Stop(), while_judging or nullcontext())
    return replace(
        graded,
        parts=parts_of((row, with_judge.grade(row)) for row in answers),
        judged=summary_of(judging, len(with_judge.rulings)),
        failure=with_judge.failure,
    )


def _until_stopped(made: Iterable[R], stop: Stop) -> Iterator[R]:
    for each in made:
        if stop.requested:
            raise Incomplete("stopped before all rows were graded; nothing is kept.")
        yield each


class _Rules:
    """Grades by a rule, with a cache of a few thousand verdicts, since base models repeat themselves."""

    def __init__(self, grader: str) -> None:
        self._grader = grader
        self._known: dict[bytes, Grade] = {}

    def __call__(self, row: AnswerRow) -> Grade:
        key = blake2b(repr((row.item, row.response, row.finish)).encode(), digest_size=16).digest()
        made = self._known.get(key)
        if made is None:
            made = verdict_on(row.item, row.response, self._grader, finish=row.finish)
            if len(self._known) >= _REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = made
        return made


@dataclass(frozen=True, slots=True)
class _GradedPart(Generic[R]):
    """Reads and grades a part of a file, and does something with it, in whichever process."""

    answers: AnswerFile
    rules: _Rules
    do: Callable[[Iterable[GradedPair]], R]

    def __call__(self, part: Any) -> R:
        return self.do((row, self.rules(row)) for row in self.answers.rows_in(part))


class _JudgedRows:
    """The grades of rows if a judge grades some of them: equal answers to a question are judged once."""

    def __init__(self, answers: AnswerFile, rules: _Rules, judging: Judging, options: GradingOptions) -> None:
        self._answers, self._rules, self._judging, self._options = answers, rules, judging, options
        self._cases = {case: case for row in answers if (case := self._case(row))}
        self._grades: dict[Case, Grade] = {}
        self.rulings: dict[Case, Ruling] = {}
        self.failure: FbenchError | None = None

    def judge(self, stop: Stop, while_judging: AbstractContextManager[None]) -> None:
        """Call the judge for all cases; an error that ends this early is kept in `failure`."""
        kind, budget_usd = self._options.upstream or "fake", self._options.budget_usd
        refuse_unpaid_judge(self._judging, budget_usd, cases=len(self._cases) if kind == "live" else 0)
        path = self._answers.path
        defined = self._options.config.defined if self._options.config else NONE_DEFINED

        def connect() -> Connection:
            rows = Dataset(name=path.stem, source=path.name, facts=(), questions=())
            return open_upstream(kind, rows, defined=defined)

        try:
            with while_judging:
                judge_cases(
                    self._judging,
                    connect,
                    self._cases,
                    self.rulings.update,
                    concurrency=self._options.concurrency,
                    attempts=Attempts(Budget(budget_usd)),
                    stop=stop,
                )
        except (BudgetReached, Incomplete, ProviderFailed) as error:
            self.failure = error
        if stop.requested:
            self.failure = Incomplete("stopped; rows on which the judge has not ruled are ungraded.")
        self._grades = grade_cases(self._judging, self._cases, self.rulings)

    def grade(self, row: AnswerRow) -> Grade:
        """The judge's grade if the row needs a judge, else the rules' grade."""
        case = self._case(row)
        return self._rules(row) if case is None else self._grades[case]

    def _case(self, row: AnswerRow) -> Case | None:
        """The case that the judge grades for a row; None if the rules decide it."""
        if not self._judging.calls_for(self._rules(row), infer_kind(row.item)):
            return None
        return Case(row.item, answer_of(row.item, row.response))
