"""The results of a run: the format of `results.json`.

The JSON Schema of this format is `fbench/reports/results.schema.json`. Shares and dollars are rounded to six
decimals, so that equal numbers give equal bytes on every machine.
"""

from __future__ import annotations

import operator
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fbench.plurals import counted
from fbench.values import Unchangeable

__all__ = [
    "Agreement",
    "Contrast",
    "CostRow",
    "Costs",
    "Curve",
    "CurvePoint",
    "DatasetRow",
    "ExperimentRow",
    "Joint",
    "JudgeRow",
    "LearningMetrics",
    "Measure",
    "OfCell",
    "ReportedDifference",
    "ReportedInterval",
    "Results",
    "Row",
    "SeedSpread",
    "Tier",
    "TrainingResult",
    "Updates",
    "rounded",
]

SCHEMA_VERSION = 3
Share = Annotated[float, Field(ge=0, le=1)]


def rounded(value: float) -> float:
    """The value to six decimals, and never a negative zero."""
    return round(value, 6) + 0.0


class _Form(Unchangeable, BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportedInterval(_Form):
    """Both ends of a 95 % interval."""

    low: float
    high: float


class ReportedDifference(_Form):
    """Tuned minus base accuracy on the same questions, with its interval and p value.

    The interval is Tango's with the effective n of the clusters. `p` is the mid-p of the test that flips the
    signs of the clusters' differences. With fewer than 20 clusters (`few_clusters`) they can disagree.
    """

    value: float
    low: float
    high: float
    p: Share
    few_clusters: bool = False


_MOST_LOST = 0.05
"""Above this share of answers without a beginning, or of questions with an error, a row is invalid."""


class OfCell(_Form):
    """A cell, as each of its numbers names it; see `fbench.runner.cells`.

    `cell` is its id, and `base` that of the cell with which it is compared; results of older versions have
    neither, nor a condition. `epochs` is 0 and `seed` null for a model that the run did not train. Of the
    training, what was left to the service is null, and `facts` is null where all were taught.
    """

    model: str
    task: str
    epochs: int
    seed: int | None = None
    cell: str = ""
    condition: str = ""
    template: str = ""
    learning_rate_multiplier: float | None = None
    batch_size: int | None = None
    lora_rank: int | None = None
    wordings: int = 1
    facts: int | None = None
    general: int = 0

    @property
    def is_base(self) -> bool:
        """Whether it is the base model as it was, which read no fact either."""
        return self.condition == "base" if self.condition else self.epochs == 0

    @property
    def is_tuned(self) -> bool:
        """Whether it is a tuned model that read no fact."""
        return self.condition == "tuned" if self.condition else self.epochs > 0

    @property
    def is_plain(self) -> bool:
        """Whether it is the base model, or a training without a design and a template of its own."""
        return self.design == (None, None, None, 1, None, 0) and not self.template

    @property
    def design(self) -> tuple[float | int | None, ...]:
        """How its training was set up, besides epochs and seed."""
        return (
            self.learning_rate_multiplier,
            self.batch_size,
            self.lora_rank,
            self.wordings,
            self.facts,
            self.general,
        )


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


class Updates(_Form):
    """Of `n` answers about updates, the shares that are correct now, were correct before, or are neither."""

    n: int
    new: Share
    old: Share
    neither: Share


class Joint(_Form):
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


class Tier(_Form):
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


class Measure(OfCell):
    """A measure of a cell beyond its accuracy, by `fbench.analysis.measures`; null where it is undefined.

    `part` is the role or the tier of the questions, where a measure has several. `n` counts questions,
    `before` is the same of the base model. `p` is the mid-p of the test that flips the signs of the clusters'
    differences from the base model, and `holm` is corrected for all tests of the `family`. `against` is the
    cell with which it is compared, and `counts` are what the value can be computed from. A row of the task
    `all` holds the questions of all tasks together.
    """

    measure: str
    part: str = ""
    n: int
    clusters: int
    value: float | None
    interval: ReportedInterval | None = None
    before: float | None = None
    p: Share | None = None
    holm: Share | None = None
    family: str = ""
    against: str | None = None
    counts: dict[str, float] = Field(default_factory=dict[str, float])


class CurvePoint(_Form):
    """The accuracy after some epochs, 0 for the base model; several seeds together."""

    epochs: int
    n: int
    accuracy: Share
    interval: ReportedInterval


class Curve(OfCell):
    """Accuracy by epochs on questions of a role whose answers did not change: what is forgotten.

    `epochs` are the most, `seed` is null, and `cell` is the first of them. The points are of the same
    questions. `p` is the mid-p of the test that flips the signs of the clusters' trends over the order of
    the epochs, and `trend` the change of accuracy from one number of epochs to the next, by least squares.
    """

    part: str
    points: tuple[CurvePoint, ...]
    clusters: int
    trend: float
    p: Share
    holm: Share
    family: str


class Contrast(_Form):
    """Accuracy at two levels of one axis of the grid, over all pairs of cells that are equal in all else.

    `difference` is the `high` minus the `low` level on the same questions. `cells` counts the pairs of cells,
    `n` those of answers. `holm` is corrected for all contrasts of the axis. The task `all` holds all tasks.
    """

    model: str
    task: str
    axis: str
    low: str
    high: str
    part: str
    cells: int
    n: int
    clusters: int
    low_accuracy: Share
    high_accuracy: Share
    difference: ReportedDifference
    holm: Share
    family: str


class TrainingResult(OfCell):
    """How a training ended; `cell` is its id, and `error` is the service's message if it failed."""

    examples: int
    state: str
    tokens: int | None
    error: str | None


class CostRow(_Form):
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


class Costs(_Form):
    """The planned costs, by estimate, and the actual costs, by the services' counts and the price table."""

    planned: CostRow
    actual: CostRow


class DatasetRow(_Form):
    """The data of the questions. `digest` is the SHA-256 of all facts and questions."""

    name: str
    source: str
    labels: str
    digest: str
    facts: dict[str, int]
    questions: dict[str, int]


class ExperimentRow(_Form):
    """The models, tasks and settings of the run.

    `upstream` is what answers: `fake`, `live`, or `local` (a base URL on this machine). For a replay,
    `recorded` says when the recording was made. `evaluate` are finished models, `base` what they are compared
    with. Results of older versions lack what follows `recorded`.
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


class JudgeRow(_Form):
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


class Agreement(_Form):
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


class Results(_Form):
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

    def __str__(self) -> str:
        """A line about it; `fbench.report(results)` is the text that shows it."""
        models, tasks = self.experiment.models, self.experiment.tasks
        return (
            f"Results of {self.experiment.name!r} ({self.experiment.upstream}): "
            f"{counted(len(models), 'model')}, {counted(len(tasks), 'task')}, "
            f"{counted(len(self.rows), 'row')}. `print(fbench.report(results))` shows them."
        )

    __repr__ = __str__
