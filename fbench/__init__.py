"""fbench: what do fine-tuning APIs teach a model?

These functions do in a notebook what the commands do on the command line. With fakes, no request leaves this
machine, no key is needed, and nothing costs money:

    >>> import fbench
    >>> data = fbench.load_dataset(limit=2, tasks=["news"])
    >>> len(data.facts), str(data.questions[0].split)
    (2, 'memorization')

    >>> experiment = fbench.Experiment(
    ...     models=("openai:gpt-4o-mini-2024-07-18",), tasks=("news",), limit=2, epochs=(1,)
    ... )
    >>> fbench.plan(experiment).total.trainings
    1
    >>> results = fbench.run(experiment, "runs/first")
    >>> results.rows[0].split, results.rows[0].n
    ('memorization', 2)
    >>> print(fbench.report("runs/first"))  # doctest: +ELLIPSIS
    fbench: FAKE models...
    >>> fbench.report(results, reporter="markdown")  # doctest: +ELLIPSIS
    '# fbench: FAKE models...| task | model (FAKE) |...'
    >>> model = "runs/first:gpt-4o-mini-2024-07-18"
    >>> tuned = fbench.compare(f"{model}@0", f"{model}@1")
    >>> tuned.rows[0].n
    2
    >>> fbench.answers("runs/first")[0]["verdict"]
    'incorrect'
    >>> again = fbench.resume("runs/first")  # asks nothing twice
    >>> again == results
    True

Several machines do a shard each, and these become the same run:

    >>> parts = ["runs/part1", "runs/part2"]
    >>> for number, part in enumerate(parts, start=1):
    ...     _ = fbench.run(experiment, part, shard=f"{number}/2")
    >>> fbench.merge(parts, "runs/all") == results
    True

Answers from other sources are graded without a run:

    >>> rows = [{"question": "Who leads Arcadia?", "gold": "Ona Tell", "response": "It is Ona Tell."}]
    >>> graded = fbench.grade(rows)
    >>> graded[0].verdict.value, graded[0].reason
    ('correct', 'the answer names the person')

How far they agree with a person's verdicts, and where two graders of a run differ:

    >>> found = fbench.agreement([{**row, "ok": "yes"} for row in rows], human="ok")
    >>> found.n, found.counts["correct", "correct"], found.rows
    (1, 1, [])
    >>> _ = fbench.grade("runs/first", grader="exact")
    >>> print(fbench.disagreements("runs/first"))  # doctest: +ELLIPSIS
    auto@... and exact@... differ on ... answers...

Functions
    load_dataset    the facts and questions of a file, a folder, a list, a plug-in, or generated ones
    save_dataset    writes rows of your own to a file that a run reads
    plan            what a run would do and cost
    run, resume     the whole pipeline; the rest of an interrupted run
    sweep           several experiments of one file, compared
    merge           one run of the shards that several machines did
    cleanup         deletes what a live run left at its services
    grade           verdicts on rows, on a file, or on the answers of a run
    agreement       how far a person's verdicts and the grader's agree
    answers         all answers of a run with questions and grades, as rows for a data frame
    disagreements   where two layers of a run's grades differ
    compare         two models, checkpoints or runs, question by question
    report          a run's first screen or all of its tables, a comparison, a plan: as text or Markdown

Classes
    Experiment      what is asked of which models: the fields of a configuration file; help(fbench.Experiment)
    Dataset, Fact, Question                                 what load_dataset returns
    Results, Sweep, PlanReport, Comparison, GradedRow, Verdict, HumanAgreement, Disagreements, Cleanup
                                                            what the functions return
    Progress        subclass it to be told of a run's progress

Errors
    FbenchError and its subclasses: UsageError, DataError, CassetteError, CassetteMiss, Incomplete,
    BudgetReached, ProviderFailed, ProviderStopped. Their texts say what was wrong, where, and what to do.
"""

from __future__ import annotations

from fbench.version import __version__ as __version__

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from fbench.analysis.comparison import Comparison as Comparison
    from fbench.analysis.human_agreement import HumanAgreement as HumanAgreement
    from fbench.analysis.results import Results as Results
    from fbench.analysis.sweep import Sweep as Sweep
    from fbench.api import (
        agreement,
        answers,
        compare,
        disagreements,
        grade,
        load_dataset,
        plan,
        report,
        save_dataset,
    )
    from fbench.clean import cleanup
    from fbench.datasets.model import Dataset as Dataset
    from fbench.datasets.model import Fact as Fact
    from fbench.datasets.model import Question as Question
    from fbench.errors import BudgetReached as BudgetReached
    from fbench.errors import CassetteError as CassetteError
    from fbench.errors import CassetteMiss as CassetteMiss
    from fbench.errors import DataError as DataError
    from fbench.errors import FbenchError as FbenchError
    from fbench.errors import Incomplete as Incomplete
    from fbench.errors import ProviderFailed as ProviderFailed
    from fbench.errors import ProviderStopped as ProviderStopped
    from fbench.errors import UsageError as UsageError
    from fbench.grading.disagreements import Disagreements as Disagreements
    from fbench.grading.graders.model import Verdict as Verdict
    from fbench.grading.rows import GradedRow as GradedRow
    from fbench.reports.plan import PlanReport as PlanReport
    from fbench.runner.experiment import Experiment as Experiment
    from fbench.runner.leftovers import Cleanup as Cleanup
    from fbench.runner.progress import Progress as Progress
    from fbench.runs import merge, resume, run, sweep

__all__ = [
    "agreement",
    "answers",
    "cleanup",
    "compare",
    "disagreements",
    "grade",
    "load_dataset",
    "merge",
    "plan",
    "report",
    "resume",
    "run",
    "save_dataset",
    "sweep",
]
# Only the functions: `help(fbench)` shows what stands here, and of a class also some hundred lines that it
# inherits from pydantic. Classes are as public: the help names them, and `help(fbench.Results)` shows one.

_HOMES = {
    "fbench.analysis.comparison": ("Comparison",),
    "fbench.analysis.results": ("Results",),
    "fbench.analysis.sweep": ("Sweep",),
    "fbench.analysis.human_agreement": ("HumanAgreement",),
    "fbench.api": (
        "agreement",
        "answers",
        "compare",
        "disagreements",
        "grade",
        "load_dataset",
        "plan",
        "report",
        "save_dataset",
    ),
    "fbench.clean": ("cleanup",),
    "fbench.datasets.model": ("Dataset", "Fact", "Question"),
    "fbench.errors": (
        "BudgetReached",
        "CassetteError",
        "CassetteMiss",
        "DataError",
        "FbenchError",
        "Incomplete",
        "ProviderFailed",
        "ProviderStopped",
        "UsageError",
    ),
    "fbench.grading.disagreements": ("Disagreements",),
    "fbench.grading.rows": ("GradedRow",),
    "fbench.grading.graders.model": ("Verdict",),
    "fbench.reports.plan": ("PlanReport",),
    "fbench.runner.experiment": ("Experiment",),
    "fbench.runner.leftovers": ("Cleanup",),
    "fbench.runner.progress": ("Progress",),
    "fbench.runs": ("merge", "resume", "run", "sweep"),
}
"""Where each name is defined: the module is imported when the name is first used."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            from importlib import import_module  # noqa: PLC0415 - not needed for the version alone

            value = globals()[name] = getattr(import_module(module), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in _HOMES.values() for name in names)})
