"""The commands of the command line as functions, for notebooks and other programs.

`fbench` offers these names, and imports this module when one of them is first used. All of them may
be called while an event loop is running, as in a notebook.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from fbench.analysis.answers import run_answers
from fbench.analysis.comparison import Comparison
from fbench.analysis.comparison import compare as compare_sides
from fbench.analysis.human_agreement import HumanAgreement, compare_rows_with_human, compare_with_human
from fbench.analysis.results import Results
from fbench.analysis.selection import read_selection
from fbench.analysis.tables import answers_table
from fbench.arguments import Count, Dollars, InFlight, StrPath, public
from fbench.datasets import Dataset, Labels, open_dataset, refuse_idle_choices
from fbench.datasets import part_of as part_of_dataset
from fbench.datasets.own import of_rows
from fbench.datasets.own import save as rows_text
from fbench.errors import UsageError
from fbench.files import write_file
from fbench.grading.disagreements import Disagreements, disagreements_of
from fbench.grading.file_answers import grade_file
from fbench.grading.files import NamedColumns
from fbench.grading.graded_answers import GradingOptions
from fbench.grading.rows import GradedRow, grade_rows, graded_rows, not_a_list, rows_of
from fbench.grading.run_answers import grade_run
from fbench.pipeline import lay_out_new
from fbench.reports.plan import PlanReport, plan_report
from fbench.reports.reporters import comparison_text, find_reporter, plan_text, run_text
from fbench.runner.config import experiment_of, naming_given
from fbench.runner.event_loop import in_own_loop, interruptible
from fbench.runner.experiment import Experiment
from fbench.runner.folder import warn_if_unchecked
from fbench.runner.stop import Stop
from fbench.value_errors import meant

__all__ = [
    "GradedRow",
    "agreement",
    "answers",
    "compare",
    "disagreements",
    "grade",
    "load_dataset",
    "plan",
    "report",
    "save_dataset",
]


@public
def load_dataset(
    source: StrPath | Iterable[Mapping[str, object]] | None = None,
    *,
    seed: int = 0,
    labels: Labels = "corrected",
    all_news: bool = False,
    tasks: Sequence[str] | None = None,
    limit: Count | None = None,
) -> Dataset:
    """The facts and questions of a dataset, in a fixed order.

    Args:
        source: a folder with the FineTuneBench release; rows of your own, in a file, a folder of Hugging Face
            `datasets` or a list, see `fbench.datasets.own`; NAME:ARGUMENT of a plug-in. None for generated.
        seed: of generated facts.
        labels: which golds of the released data are used: `corrected` or `published`.
        all_news: all released news; the paper used 50.
        tasks: the names of the tasks to keep; None for all.
        limit: the number of facts per task, from the first; None for all.

    Raises:
        DataError: a file has an error; the message says which file and where in it.
        UsageError: there is no such file or task, no question is left, or the data have no such choice.
    """
    if not (source is None or isinstance(source, str | os.PathLike)):
        return part_of_dataset(of_rows(source), tasks=tasks, limit=limit)
    place = None if source is None else Path(source)
    refuse_idle_choices(place, labels=labels, all_news=all_news, seed=seed)
    return open_dataset(
        place,
        seed=seed,
        labels=labels,
        all_news=all_news,
        tasks=tasks,
        limit=limit,
    )


@public
def save_dataset(rows: Iterable[Mapping[str, object]], path: StrPath) -> Path:
    """Write rows of a dataset to a JSONL file, which an experiment can name as its `data`.

    Args:
        rows: one mapping a question, as for `load_dataset`. They are checked first.
        path: the file, which is returned.

    Raises:
        DataError: a row has an error; the message says which, and where in it.
        UsageError: the file cannot be written.
    """
    write_file(Path(path), rows_text(rows))
    return Path(path)


@public
def plan(experiment: Experiment | StrPath) -> PlanReport:
    """What a run of an experiment would do and cost. Needs no key, and calls no service.

    Args:
        experiment: an experiment, or the path of a configuration file in TOML.

    Returns:
        Counts of trainings, cells and questions; estimated tokens; US dollars at list prices: by model
        (`models`) and in total (`total`). `splits` has the smallest difference that each split can detect.

    Raises:
        UsageError: the experiment or its data cannot be used.
    """
    with naming_given(experiment):
        return plan_report(lay_out_new(experiment_of(experiment)))


@public
def grade(
    source: StrPath | Iterable[Mapping[str, object]],
    *,
    grader: str = "auto",
    judge: str | None = None,
    upstream: Literal["fake", "live"] | None = None,
    columns: Mapping[str, str] | None = None,
    gold_separator: str | None = None,
    concurrency: InFlight = 50,
    budget_usd: Dollars | None = None,
    config: Experiment | StrPath | None = None,
) -> list[GradedRow]:
    """Give verdicts on existing answers. Calls no service, except a live judge.

    Args:
        source: rows with question, gold (a text, or a list of accepted answers) and response, and optionally
            kind, answer_before and finish; or a file of such rows, as `fbench grade` takes it; or the folder
            of a run, whose store keeps the grades as a layer.
        grader: `auto` (by the kind of answer), a rule's or a plug-in's name, or `judge`.
        judge: the model that judges long answers that no rule decides, or all with the grader `judge`.
        upstream: where a judge is called, `fake` or `live`; None for the run's own, and `fake` for rows.
        columns: the names of the columns `question`, `gold`, `response` and `id`, if they differ from these.
        gold_separator: separates several accepted answers, such as `|`. Empty: each text is one answer.
        concurrency: the maximum number of requests to a judge in flight.
        budget_usd: the most that a live judge may spend, in US dollars.
        config: an experiment, or the path of a configuration file in TOML, whose providers and prices the
            judge of rows or a file has. A run has its own.

    Returns:
        A row for each answer, in order.

    Raises:
        DataError: a row has an error; the message says which row and field.
        UsageError: the file, the run, the grader or the judge cannot be used.
        Incomplete: the judge's service did not answer, and so `BudgetReached` and `ProviderFailed`.
    """
    asked = _asked(columns or {})
    read = None if config is None else experiment_of(config)
    options = GradingOptions(grader, judge, upstream, concurrency, budget_usd, read)
    stop = Stop()

    def graded() -> list[GradedRow]:
        if not isinstance(source, str | os.PathLike):
            return grade_rows(rows_of(source), asked, gold_separator, options, stop=stop)
        path = Path(source)
        if not path.is_dir():
            return graded_rows(grade_file(path, asked, gold_separator, options, stop=stop))
        if asked != NamedColumns() or gold_separator is not None:
            raise UsageError(f"{path}: a run has no columns to choose: they go with rows or files.")
        return graded_rows(grade_run(path, options, stop=stop))

    if isinstance(source, str | os.PathLike):
        warn_if_unchecked(Path(source))
    with interruptible(stop):
        return in_own_loop(graded)


@public
def agreement(
    source: StrPath | Iterable[Mapping[str, object] | GradedRow], human: str, *, cluster: str | None = None
) -> HumanAgreement:
    """How far a person's verdicts on answers and the grader's agree beyond chance, and where they differ.

    Args:
        source: what `grade` returned, for the grader or the judge that was chosen there. Or rows or a file as
            `grade` takes them, which are graded by the kind of answer.
        human: the name of the column of the person's verdicts: yes or no, true or false, 1 or 0, correct or
            incorrect; empty where nobody judged.
        cluster: the column that rows share which depend on each other. None: those with equal questions.

    Returns:
        `kappa` is Cohen's kappa with its 95 % interval (`value`, `low`, `high`, all in [-1, 1]), or None
        where it is undefined; `n`, `counts` and `left_out` are numbers of answers, `rows` those that differ.

    Raises:
        DataError: a row is wrong, a verdict is no word that is known, or there is no such column.
        UsageError: the file cannot be used, or is a run, which has no verdicts of people.
    """
    asked = NamedColumns(human=human, cluster=cluster)
    if not isinstance(source, str | os.PathLike):
        if isinstance(source, Mapping):
            raise not_a_list()
        rows = list(source)
        made = [row for row in rows if isinstance(row, GradedRow)]
        if made and len(made) < len(rows):
            raise UsageError("some of these rows are graded and some are not: give rows of one kind.")
        return compare_rows_with_human(
            made or grade(row for row in rows if not isinstance(row, GradedRow)), asked
        )
    if Path(source).is_dir():
        raise UsageError(f"{source}: is a run, which has no verdicts of people: give rows or a file.")
    return compare_with_human(grade_file(Path(source), asked, None, GradingOptions()))


@public
def answers(run: StrPath) -> list[dict[str, object]]:
    """All answers of a run with questions and grades, for `pandas.DataFrame(fbench.answers("runs/1"))`.

    Args:
        run: the folder of a run, finished or not. The fields are the columns of `fbench report RUN --csv`.

    Raises:
        UsageError: there is no such run, or its data cannot be read.
    """
    return in_own_loop(lambda: answers_table(run_answers(Path(run))).records)


@public
def disagreements(run: StrPath, *layers: str) -> Disagreements:
    """The answers of a run on which two layers of grades differ.

    Args:
        run: the folder of a run, whose layers `grade` and `resume` make.
        layers: two names, such as `auto@5`; none where there are just two, or one of rules and of a judge.

    Returns:
        `rows` has each such answer with both `grades`; `counts` the number of each change. It can be printed.

    Raises:
        UsageError: there is no such run, or these are not two of its layers; says which it has.
    """
    return disagreements_of(Path(run), layers)


@public
def compare(a: StrPath, b: StrPath, *, bootstrap: bool = False) -> Comparison:
    """Compare two models, checkpoints or runs, question by question.

    Args:
        a: RUN, RUN:MODEL, RUN:MODEL@EPOCHS (0 is the base model) or RUN:MODEL@EPOCHS/SEED, where RUN is the
            folder of a run.
        b: the same. Differences are B minus A.
        bootstrap: intervals by a bootstrap over clusters, instead of score intervals.

    Returns:
        `rows` has counts and paired differences of accuracies (-1 to 1) by task and split, `items` the
        questions that only one side got right.

    Raises:
        UsageError: there are no such runs or cells, or the two were not asked the same questions.
    """
    return in_own_loop(
        lambda: compare_sides(read_selection(os.fspath(a)), read_selection(os.fspath(b)), bootstrap=bootstrap)
    )


@public
def report(
    run: Results | Comparison | PlanReport | StrPath, *, full: bool = False, reporter: str | None = None
) -> str:
    """The report of a run as text: its first screen (at most 40 lines of 80 columns), or all tables.

    Args:
        run: the folder of a run (of an unfinished one, what is there is shown), results, comparison or plan.
        full: all tables, threats and notes; of a comparison also the questions that only one side got right.
        reporter: makes the text: `markdown`, `markdown-full`, `latex`, `screen`, `full`, `json`, a plug-in.

    Raises:
        UsageError: there are no results, they were edited after the run, or there is no such reporter.
    """
    if reporter is not None and full:
        raise UsageError("full goes without a reporter: the reporter of all tables is called full.")
    if isinstance(run, Comparison | PlanReport):
        if reporter is not None:
            raise UsageError("a reporter makes a text of the results of a run: leave it out here.")
        return plan_text(run) if isinstance(run, PlanReport) else comparison_text(run, items=full)
    if isinstance(run, Results):
        return find_reporter(reporter if reporter is not None else "full" if full else "screen")(run)
    return in_own_loop(lambda: run_text(Path(run), full=full, reporter=reporter))


def _asked(columns: Mapping[str, str]) -> NamedColumns:
    known = ("question", "gold", "response", "id")
    if wrong := [name for name in columns if name not in known]:
        close = meant(wrong[0], known)
        raise UsageError(f"columns: unknown {wrong[0]!r}{close}: it is one of {', '.join(known)}.")
    return NamedColumns(**columns)
