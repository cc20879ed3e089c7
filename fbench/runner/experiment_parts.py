"""Parts of an experiment: prices, templates of prompts, and how trainings are set up."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, field_validator

from fbench.values import Unchangeable, problem_of

__all__ = ["AtLeastOne", "OfModel", "Prices", "Template", "TrainingFields"]

_Dollars = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
AtLeastOne = Annotated[StrictInt, Field(ge=1)]
"""A number of things, at least one."""


class OfModel(ValueError):
    """What a check of all models says of one of them, which another field than `models` may have named."""

    def __init__(self, model: str, problem: str) -> None:
        super().__init__(problem)
        self.model = model


class Prices(Unchangeable, BaseModel):
    """US dollars per million tokens: for training, and for requests to the base and the tuned model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: _Dollars
    base_input: _Dollars
    base_output: _Dollars
    tuned_input: _Dollars
    tuned_output: _Dollars


class Template(Unchangeable, BaseModel):
    """What stands around a question: `prompt` holds it in the place of "{question}", after `system`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: StrictStr = "{question}"
    system: StrictStr = ""

    @field_validator("*", mode="before")
    @classmethod
    def _as_given(cls, value: object) -> object:
        if problem := problem_of(value, may_be_empty=True):
            raise ValueError(problem)
        return value

    @field_validator("prompt")
    @classmethod
    def _with_question(cls, prompt: str) -> str:
        if prompt.count("{question}") != 1:
            raise ValueError(f"must hold {{question}} once, where the question is to stand, got {prompt!r}")
        return prompt

    def around(self, prompt: str) -> str:
        """The template with a question in its place."""
        return self.prompt.replace("{question}", prompt)


class TrainingFields(Unchangeable, BaseModel):
    """The fields of an experiment that say how a training is set up, besides epochs and seeds.

    Each is a list: a training is made of every combination of them (`fbench.runner.cells.Design`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    learning_rate_multipliers: Annotated[
        tuple[Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)], ...],
        Field(description="Multiples of a service's learning rate. Default: as the service chooses."),
    ] = ()
    batch_sizes: Annotated[
        tuple[AtLeastOne, ...], Field(description="Examples a step. Default: as the service chooses.")
    ] = ()
    lora_ranks: Annotated[
        tuple[AtLeastOne, ...], Field(description="Ranks of adapters. Default: as the service chooses.")
    ] = ()
    wordings: Annotated[
        tuple[AtLeastOne, ...],
        Field(
            description="How many wordings of each fact are taught. Default: all of one's own data, or one."
        ),
    ] = ()
    facts: Annotated[
        tuple[AtLeastOne, ...],
        Field(description="How many facts of a task a job teaches, the first ones. Default: all."),
    ] = ()
    general: Annotated[
        tuple[Annotated[StrictInt, Field(ge=0)], ...],
        Field(min_length=1, description="How many general examples are mixed into a training."),
    ] = (0,)
