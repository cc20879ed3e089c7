"""What a run found: the form of `results.json`.

The JSON Schema of this form is `fbench/reports/results.schema.json`. Shares and dollars are rounded to six
decimals, so that the same numbers are the same bytes on every machine.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Agreement",
    "CostRow",
    "Costs",
    "DatasetRow",
    "ExperimentRow",
    "Joint",
    "JudgeRow",
    "LearningMetrics",
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

SCHEMA_VERSION = 2
Share = Annotated[float, Field(ge=0, le=1)]


def rounded(value: float) -> float:
    """The value to six decimals, and never a negative zero."""
    return round(value, 6) + 0.0


class _Form(BaseModel):
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


class Row(_Form):
    """A cell's answers in one split.

    `n` counts graded answers: all but those with an error. `accuracy` is the share of correct ones;
    `interval` is Wilson's with the effective n of the clusters, widened by ungraded answers.
    `old` is the share of answers that were right before the update. `balanced` is the mean of the accuracies
    on Yes and on No. `base` and `difference` compare with the base model, and are null in its own row.
    `cut_off` counts answers that were cut off or blocked so that nothing is left of them: they are ungraded,
    and counted there too. With more than 5 % of them the row is `invalid`. `altered` counts answers that the
    scrubber of a recording changed; those in which nobody can tell any more what was said are ungraded.
    """

    model: str
    task: str
    split: str
    epochs: int
    seed: int | None
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


class Updates(_Form):
    """Of `n` answers about updates, the shares that are right now, were right before, and are neither."""

    n: int
    new: Share
    old: Share
    neither: Share


class Joint(_Form):
    """Facts that a cell was asked for word for word, and in a way that nothing is the right answer to.

    Of `facts`, so many were both memorized and rightly declined (`both`), one of the two, or neither. `share`
    is that of both, with its interval; a model that always declines gets 0, and one that never does too.
    `always_none` is what always declining scores among all questions of the split.
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


class LearningMetrics(_Form):
    """What a cell's answers in one split say beyond their accuracy; null where it does not apply.

    `lift` is tuned minus base accuracy over the questions that both answered. `known` are the facts that the
    base model got right in the taught wording, `unknown` those that it did not. `wrong` counts incorrect
    answers, and `borrowed` is the share of them, yes/no questions left out, that is what another fact of the
    task was taught with, and neither is nor was right here. `borrowed_base` is the base model's share, and
    `borrowed_chance` that of a model which draws its wrong answers from those of such facts.
    """

    model: str
    task: str
    split: str
    epochs: int
    seed: int | None
    lift: float | None
    known: Tier | None
    unknown: Tier | None
    updates: Updates | None
    joint: Joint | None
    wrong: int
    borrowed: Share | None
    borrowed_base: Share | None = None
    borrowed_chance: Share | None = None


class SeedSpread(_Form):
    """Accuracies of trainings that differ in their seed alone: how many, mean, deviation and range.

    `sd` is null where there is one seed, since nothing is known of the spread then.
    """

    model: str
    task: str
    split: str
    epochs: int
    seeds: int
    mean: Share
    sd: float | None
    low: Share
    high: Share


class TrainingResult(_Form):
    """How a training ended; `error` is the service's word where it failed."""

    model: str
    task: str
    epochs: int
    seed: int
    examples: int
    state: str
    tokens: int | None
    error: str | None


class CostRow(_Form):
    """Tokens and dollars by role. No dollars count of the models in `unpriced`: their price is not known.

    `judge_tokens` are those of the questions to a judge and of its rulings.
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
    """What was planned, by estimate, and what the services counted, at the price table's rates."""

    planned: CostRow
    actual: CostRow


class DatasetRow(_Form):
    """What was asked about. `digest` is the SHA-256 of all facts and questions."""

    name: str
    source: str
    labels: str
    digest: str
    facts: dict[str, int]
    questions: dict[str, int]


class ExperimentRow(_Form):
    """What was asked of whom, and how.

    `upstream` is what answers: `fake`, `live`, or `local` (a base URL on this machine); where it was
    replayed, `recorded` says when it was recorded.
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


class JudgeRow(_Form):
    """Who judged what. `by` is `fake_judge` where that took the place of the `model` asked for.

    `scope` is `all`, or `long`: long answers that no rule settles. `cases` counts what was to be judged,
    equal answers to a question once; `ungraded` of them have no verdict. `prompt` is `released` or `fbench`.
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
    """How the judge and the rules (their stand-in for a judge of long answers included) see the same answers.

    `n` counts answers that both saw, `graded` those that both graded; of these `agreed` have the same verdict
    and `kappa` is Cohen's, in `interval` (both null where it is not defined). `confusion` is rule -> judge ->
    answers.
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
    """Everything that a table needs, and nothing that changes from one equal run to the next."""

    schema_: Annotated[int, Field(alias="schema")] = SCHEMA_VERSION
    experiment: ExperimentRow
    dataset: DatasetRow
    rows: tuple[Row, ...]
    beyond: tuple[LearningMetrics, ...] = ()
    spreads: tuple[SeedSpread, ...] = ()
    trainings: tuple[TrainingResult, ...]
    costs: Costs
    notes: tuple[str, ...]
    judge: JudgeRow | None = None
    agreement: tuple[Agreement, ...] = ()

    def to_json(self) -> str:
        """The text of `results.json`."""
        return self.model_dump_json(indent=1, by_alias=True) + "\n"
