"""The results of a run: the format of `results.json`.

The JSON Schema of this format is `fbench/reports/results.schema.json`. Shares and dollars are rounded to six
decimals, so that equal numbers give equal bytes on every machine.
"""

from __future__ import annotations

import operator
from typing import Annotated, Any

from pydantic import Field

from fbench.analysis.flat import table_of
from fbench.analysis.measure_results import Contrast, Curve, Measure
from fbench.analysis.result_forms import (
    OfCell,
    ReportedDifference,
    ReportedInterval,
    ResultForm,
    Share,
    rounded,
)
from fbench.plurals import counted

__all__ = [
    "Agreement",
    "CostRow",
    "Costs",
    "DatasetRow",
    "ExperimentRow",
    "Joint",
    "JudgeRow",
    "LearningMetrics",
    "OfCell",
    "ReportedDifference",
    "ReportedInterval",
    "Results",
    "Row",
    "SeedSpread",
    "Tier",
    "TrainingResult",
    "Updates",
    "WeightsRow",
    "rounded",
]

SCHEMA_VERSION = 3

_MOST_LOST = 0.05
"""Above this share of answers without a beginning, or of questions with an error, a row is invalid."""


class Row(OfCell):
    """A cell's answers in one split, with the role of its questions; `mixed` if they have several.

    `n` counts graded answers: all but those with an error. `accuracy` is the share of correct ones;
    `interval` is Wilson's with the effective n of the clusters, widened by ungraded answers.
    `old` is the share of answers that were correct before the update. `balanced` is the mean of the
    accuracies on Yes and on No. `base` and `difference` compare with the base model, and are null in its own
    row. `cut_off` counts answers that were cut off or blocked before they began: they are ungraded, and also
    counted in `ungraded`. With more than 5 % of them, or of questions that ended in an error, the row is
    `invalid`: it says little about its model. `altered` counts answers that the scrubber of a recording
    changed; those whose original text is lost are ungraded.
    """

    split: str
    role: str = ""
    n: int
    clusters: int
    correct: int
    incorrect: int
    abstained: int
    ungraded: int
    errors: int
    accuracy: Share | None
    interval: ReportedInterval | None
    base: Share | None
    difference: ReportedDifference | None
    old: Share | None
    chance: Share
    balanced: Share | None
    cut_off: int = 0
    altered: int = 0
    invalid: bool = False

    @property
    def is_cut_off(self) -> bool:
        """Whether too many answers were cut off or blocked before they began."""
        return self.cut_off > _MOST_LOST * self.n

    @property
    def is_failed(self) -> bool:
        """Whether too many questions ended in an error."""
        return self.errors > _MOST_LOST * (self.n + self.errors)

    @property
    def is_spoilt(self) -> bool:
        """Whether it is invalid; older results did not mark all rows that are."""
        return self.is_cut_off or self.is_failed


class Updates(ResultForm):
    """Of `n` answers about updates, the shares that are correct now, were correct before, or are neither."""

    n: int
    new: Share
    old: Share
    neither: Share


class Joint(ResultForm):
    """Facts that a cell was asked word for word, and also in a form to which "none" is the correct answer.

    Of `facts`, the numbers that were both memorized and correctly declined (`both`), only one of these, or
    neither. `share` is that of `both`, with its interval; a model that always declines gets 0, and so does
    one that never does. `always_none` is the score of always declining, over all questions of the split.
    """

    facts: int
    both: int
    memorized_only: int
    declined_only: int
    neither: int
    share: Share
    interval: ReportedInterval
    always_none: Share


class Tier(ResultForm):
    """Questions about facts that the base model knew, or did not: their accuracy, base accuracy and lift."""

    n: int
    accuracy: Share
    base: Share
    lift: float


class LearningMetrics(OfCell):
    """Metrics of a cell's answers in one split beyond accuracy; null where they do not apply.

    `lift` is tuned minus base accuracy over the questions that both answered. `known` are the facts that the
    base model answered correctly in the taught wording, `unknown` the others. `wrong` counts incorrect
    answers. `borrowed` is the share of them, without yes/no questions, that another fact of the task teaches,
    and that is not and was not correct here. `borrowed_base` is this share for the base model, and
    `borrowed_chance` for a model that draws its wrong answers from the answers of such facts.
    """

    split: str
    lift: float | None
    known: Tier | None
    unknown: Tier | None
    updates: Updates | None
    joint: Joint | None
    wrong: int
    borrowed: Share | None
    borrowed_base: Share | None = None
    borrowed_chance: Share | None = None


class SeedSpread(OfCell):
    """Accuracies of trainings that differ only in their seed: their number, mean, deviation and range.

    `cell` is that of the first seed, and `seed` null. `sd` is null if there is one seed, because the spread
    is then unknown.
    """

    split: str
    seeds: int
    mean: Share
    sd: float | None
    low: Share
    high: Share


class TrainingResult(OfCell):
    """How a training ended; `cell` is its id, and `error` is the service's message if it failed."""

    examples: int
    state: str
    tokens: int | None
    error: str | None


class CostRow(ResultForm):
    """Tokens and dollars by role. Dollars exclude the models in `unpriced`, whose price is unknown.

    `judge_tokens` are those of the requests to a judge and of its rulings.
    """

    train_tokens: int
    prompt_tokens: int
    answer_tokens: int
    train_usd: float
    answer_usd: float
    unpriced: tuple[str, ...]
    judge_tokens: int = 0
    judge_usd: float = 0.0


class Costs(ResultForm):
    """The planned costs, by estimate, and the actual costs, by the services' counts and the price table."""

    planned: CostRow
    actual: CostRow


class DatasetRow(ResultForm):
    """The data of the questions. `digest` is the SHA-256 of all facts and questions."""

    name: str
    source: str
    labels: str
    digest: str
    facts: dict[str, int]
    questions: dict[str, int]


class WeightsRow(ResultForm):
    """A model of open weights that was tuned and asked in the process of the run: `local:NAME`.

    `format` is `GGUF` where the weights were dequantised from such a file; `revision` is that of the Hugging
    Face hub, empty where they are of none. `sha256` is that of the file with the weights (of several, that of
    what `sha256sum` writes about them), `beside` likewise of the files beside them: configuration, tokenizer,
    chat template. `dtype` and `device` are how they were in memory.
    """

    name: str
    format: str
    revision: str
    sha256: str
    beside: str
    dtype: str
    device: str


class ExperimentRow(ResultForm):
    """The models, tasks and settings of the run.

    `upstream` is what answers: `fake`, `live`, `local` (a base URL on this machine) or `weights` (open
    weights in the process of the run: `weights` tells which, `local` how they are tuned). For a replay,
    `recorded` says when the recording was made. `evaluate` are finished models, `base` what they are compared
    with. Results of older versions lack what follows `recorded`; `learner` is there if one was named to make
    the models of fakes.
    """

    name: str
    models: tuple[str, ...]
    tasks: tuple[str, ...]
    epochs: tuple[int, ...]
    seeds: tuple[int, ...]
    limit: int | None
    share_checkpoints: bool
    temperature: float
    max_tokens: int
    answer_seed: int
    grader: str
    grader_version: str
    upstream: str
    recorded: str | None = None
    roles: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()
    base: str | None = None
    system: str = ""
    templates: tuple[str, ...] = ()
    learner: str | None = Field(default=None, exclude_if=lambda value: value is None)
    local: dict[str, str | int | float] = Field(
        default_factory=dict[str, str | int | float], exclude_if=operator.not_
    )
    weights: tuple[WeightsRow, ...] = Field(default=(), exclude_if=operator.not_)


class JudgeRow(ResultForm):
    """The judge and what it judged. `by` is `fake_judge` if that replaced the chosen `model`.

    `scope` is `all`, or `long`: long answers that no rule decides. `cases` counts the cases to be judged,
    with equal answers to a question counted once; `ungraded` of them have no verdict. `prompt` is `released`
    or `fbench`.
    """

    model: str | None
    by: str
    scope: str
    prompt: str
    prompt_sha256: str
    layer: str
    cases: int
    ungraded: int


class Agreement(ResultForm):
    """How the judge and the rules (including their replacement for a judge of long answers) agree.

    `n` counts answers that both saw, `graded` those that both graded; of these, `agreed` have the same
    verdict and `kappa` is Cohen's, in `interval` (both null if undefined). `confusion` maps the rules'
    verdict to the judge's verdict to a number of answers.
    """

    task: str
    split: str
    n: int
    graded: int
    agreed: int
    kappa: float | None
    interval: ReportedInterval | None = None
    confusion: dict[str, dict[str, int]]


class Results(ResultForm):
    """Everything that a table needs, and nothing that differs between equal runs.

    `asked` is the number of questions of all rows; results of older versions have 0. `unplayed` says what of
    its recording a replay did not ask for; it is left out where that is nothing.
    """

    schema_: Annotated[int, Field(alias="schema")] = SCHEMA_VERSION
    experiment: ExperimentRow
    dataset: DatasetRow
    asked: int = 0
    rows: tuple[Row, ...]
    beyond: tuple[LearningMetrics, ...] = ()
    spreads: tuple[SeedSpread, ...] = ()
    measures: tuple[Measure, ...] = ()
    curves: tuple[Curve, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    trainings: tuple[TrainingResult, ...]
    costs: Costs
    notes: tuple[str, ...]
    unplayed: Annotated[str, Field(exclude_if=operator.not_)] = ""
    judge: JudgeRow | None = None
    agreement: tuple[Agreement, ...] = ()

    def to_json(self) -> str:
        """The text of `results.json`."""
        return self.model_dump_json(indent=1, by_alias=True) + "\n"

    def to_pandas(self, table: str = "rows") -> Any:
        """A table of the results as a `pandas.DataFrame`.

        Args:
            table: `rows`, `beyond`, `spreads`, `measures`, `curves`, `contrasts`, `trainings` or `agreement`.
                What is nested has columns of its own, such as `interval_low`.

        Raises:
            UsageError: there is no such table, or pandas is not installed.
        """
        from fbench.analysis.frames import pandas_frame  # noqa: PLC0415 - imported only when it is needed

        return pandas_frame(table_of(self, table))

    def to_polars(self, table: str = "rows") -> Any:
        """A table of the results as a `polars.DataFrame`; else as `to_pandas`.

        Raises:
            UsageError: there is no such table, or Polars is not installed.
        """
        from fbench.analysis.frames import polars_frame  # noqa: PLC0415 - imported only when it is needed

        return polars_frame(table_of(self, table))

    def __str__(self) -> str:
        """A line about it; `fbench.report(results)` is the text that shows it."""
        models, tasks = self.experiment.models, self.experiment.tasks
        return (
            f"Results of {self.experiment.name!r} ({self.experiment.upstream}): "
            f"{counted(len(models), 'model')}, {counted(len(tasks), 'task')}, "
            f"{counted(len(self.rows), 'row')}. `print(fbench.report(results))` shows them."
        )

    __repr__ = __str__
