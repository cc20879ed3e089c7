"""What a run consists of: trainings, and the cells in which models are asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fbench.providers.model import Hyperparameters

__all__ = ["Cell", "Condition", "Design", "Training", "Unit", "in_digits"]


class Condition(StrEnum):
    """How a model of a cell comes to know the facts.

    `base` was taught nothing, and `tuned` was trained on them. `in_context` is the base model that reads the
    question's own facts before the question, which shows the most that training could reach;
    `in_context_all` reads all facts of the task. `tuned+in_context` is the tuned model that reads them too.
    """

    BASE = "base"
    TUNED = "tuned"
    IN_CONTEXT = "in_context"
    IN_CONTEXT_ALL = "in_context_all"
    TUNED_IN_CONTEXT = "tuned+in_context"

    @property
    def is_tuned(self) -> bool:
        """Whether a tuned model answers."""
        return self in (Condition.TUNED, Condition.TUNED_IN_CONTEXT)

    @property
    def reads(self) -> bool:
        """Whether the model reads the question's own facts, and no others."""
        return self in (Condition.IN_CONTEXT, Condition.TUNED_IN_CONTEXT)


def in_digits(value: float) -> str:
    """A number in as few digits as tell it from all others, six if they do."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


@dataclass(frozen=True, slots=True)
class Design:
    """How a training is set up, besides its epochs and seed.

    Attributes:
        learning_rate_multiplier, batch_size, lora_rank: None where that is left to the service.
        wordings: how many wordings of each fact are taught.
        facts: how many facts the job teaches, the first of the task; None for all.
        general: how many general examples are mixed in.
    """

    learning_rate_multiplier: float | None = None
    batch_size: int | None = None
    lora_rank: int | None = None
    wordings: int = 1
    facts: int | None = None
    general: int = 0

    @property
    def name(self) -> str:
        """What differs from the usual training, such as `lr2-w3`; empty where nothing does."""
        said = {
            "lr": self.learning_rate_multiplier,
            "bs": self.batch_size,
            "rank": self.lora_rank,
            "w": self.wordings if self.wordings > 1 else None,
            "f": self.facts,
            "g": self.general or None,
        }
        return "-".join(f"{mark}{in_digits(value)}" for mark, value in said.items() if value is not None)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """What a service is asked for."""
        return Hyperparameters(self.learning_rate_multiplier, self.batch_size, self.lora_rank)


@dataclass(frozen=True, slots=True)
class Training:
    """One fine-tuning job. `key` depends on all its inputs and on the run: equal jobs of a run have one."""

    id: str
    model: str
    task: str
    epochs: int
    seed: int
    key: str
    design: Design = Design()


@dataclass(frozen=True, slots=True)
class Cell:
    """A model that is asked questions of one task under one condition.

    Attributes:
        epochs, seed: of its training; 0 and None of a model that this run does not train.
        design: of its training.
        template: the name of the template of its prompts; empty for none.
        sample: which sample of several answers it is, from 1; 0 for the one answer that counts.
        base: the id of the base model's cell with which it is compared; None if there is none.
    """

    id: str
    model: str
    task: str
    epochs: int
    seed: int | None
    condition: Condition = Condition.BASE
    design: Design = Design()
    template: str = ""
    sample: int = 0
    base: str | None = None

    @property
    def costs_as_tuned(self) -> bool:
        """Whether its answers have the price of a tuned model; OpenAI's tuned models are called `ft:`."""
        return self.epochs > 0 or self.model.partition(":")[2].startswith("ft:")


@dataclass(frozen=True, slots=True)
class Unit:
    """Work that is done together: a training and the cells of its checkpoints, or the cells of a model that
    is not trained.
    """

    training: Training | None
    cells: tuple[Cell, ...]

    @property
    def id(self) -> str:
        """Its name: that of the training, or of the first cell."""
        return self.training.id if self.training else self.cells[0].id
