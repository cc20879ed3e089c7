"""What all numbers of results are made of: shares, intervals, differences, and the cells that they are of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fbench.values import Unchangeable

__all__ = ["OfCell", "ReportedDifference", "ReportedInterval", "ResultForm", "Share", "rounded"]

Share = Annotated[float, Field(ge=0, le=1)]


def rounded(value: float) -> float:
    """The value to six decimals, and never a negative zero."""
    return round(value, 6) + 0.0


class ResultForm(Unchangeable, BaseModel):
    """A part of results: it refuses what it does not know, and cannot be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportedInterval(ResultForm):
    """Both ends of a 95 % interval."""

    low: float
    high: float


class ReportedDifference(ResultForm):
    """Tuned minus base accuracy on the same questions, with its interval and p value.

    The interval is Tango's with the effective n of the clusters. `p` is the mid-p of the test that flips the
    signs of the clusters' differences. With fewer than 20 clusters (`few_clusters`) they can disagree.
    """

    value: float
    low: float
    high: float
    p: Share
    few_clusters: bool = False


class OfCell(ResultForm):
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
