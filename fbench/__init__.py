"""fbench: what do fine-tuning APIs teach a model?

These functions do in a notebook what the commands do on the command line. With fakes, no request leaves this
machine, no key is needed, and nothing costs money:

    >>> import fbench
    >>> data = fbench.load_dataset(limit=2, tasks=["news"])
    >>> len(data.facts), data.questions[0].split.value
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
    >>> tuned = fbench.compare(
    ...     "runs/first:gpt-4o-mini-2024-07-18@0", "runs/first:gpt-4o-mini-2024-07-18@1"
    ... )
    >>> tuned.rows[0].n
    2
    >>> again = fbench.resume("runs/first")  # asks nothing twice
    >>> again == results
    True

Answers from other sources are graded without a run:

    >>> rows = [{"question": "Who leads Arcadia?", "gold": "Ona Tell", "response": "It is Ona Tell."}]
    >>> graded = fbench.grade(rows)
    >>> graded[0].verdict.value, graded[0].reason
    ('correct', 'the answer names the person')

Functions
    load_dataset    the facts and questions of a file, a folder, a plug-in, or generated ones
    plan            what a run would do and cost
    run, resume     the whole pipeline; the rest of an interrupted run
    grade           verdicts on rows, on a file, or on the answers of a run
    compare         two models, checkpoints or runs, question by question
    report          a run's first screen, or all of its tables, as text

Classes
    Experiment      what is asked of which models: the fields of a configuration file
    Dataset, Fact, Question                                 what load_dataset returns
    Results, PlanReport, Comparison, GradedRow, Verdict  what the functions return
    Progress        subclass it to receive a run's progress

Errors
    FbenchError and its subclasses, see fbench.errors. Their texts say what was wrong, where, and what to do.
"""

from __future__ import annotations

from fbench.version import __version__

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from fbench.analysis.compare import Comparison
    from fbench.analysis.results import Results
    from fbench.api import compare, grade, load_dataset, plan, report, resume, run
    from fbench.datasets.model import Dataset, Fact, Question
    from fbench.errors import (
        BudgetReached,
        CassetteError,
        CassetteMiss,
        DataError,
        FbenchError,
        Incomplete,
        ProviderFailed,
        UsageError,
    )
    from fbench.grading.graders.model import Verdict
    from fbench.grading.rows import GradedRow
    from fbench.reports.plan import PlanReport
    from fbench.runner.experiment import Experiment
    from fbench.runner.progress import Progress

__all__ = [
    "BudgetReached",
    "CassetteError",
    "CassetteMiss",
    "Comparison",
    "DataError",
    "Dataset",
    "Experiment",
    "Fact",
    "FbenchError",
    "GradedRow",
    "Incomplete",
    "PlanReport",
    "Progress",
    "ProviderFailed",
    "Question",
    "Results",
    "UsageError",
    "Verdict",
    "__version__",
    "compare",
    "grade",
    "load_dataset",
    "plan",
    "report",
    "resume",
    "run",
]

_HOMES = {
    "fbench.analysis.compare": ("Comparison",),
    "fbench.analysis.results": ("Results",),
    "fbench.api": ("compare", "grade", "load_dataset", "plan", "report", "resume", "run"),
    "fbench.datasets.model": ("Dataset", "Fact", "Question"),
    "fbench.errors": (
        "BudgetReached",
        "CassetteError",
        "CassetteMiss",
        "DataError",
        "FbenchError",
        "Incomplete",
        "ProviderFailed",
        "UsageError",
    ),
    "fbench.grading.rows": ("GradedRow",),
    "fbench.grading.graders.model": ("Verdict",),
    "fbench.reports.plan": ("PlanReport",),
    "fbench.runner.experiment": ("Experiment",),
    "fbench.runner.progress": ("Progress",),
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
    return sorted({*globals(), *__all__})
