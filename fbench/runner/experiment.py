"""An experiment: everything that determines a run's numbers, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from fbench.datasets.model import ROLES, Dataset, Role
from fbench.errors import OfField, UsageError
from fbench.known_models import DEFAULT_MODELS, model_names
from fbench.plugins import DATASETS_GROUP, GRADERS_GROUP, LEARNERS_GROUP, PROVIDERS_GROUP, dataset_argument
from fbench.providers.model import Sampling
from fbench.providers.profiles import Profile, profile_of
from fbench.runner.cells import Condition
from fbench.runner.experiment_options import help_of
from fbench.runner.experiment_parts import OfModel, Prices, Template, TrainingFields
from fbench.runner.finished import evaluated, refuse_idle, with_evaluated
from fbench.runner.given_fields import SEVERAL, as_given
from fbench.runner.provider_tables import ProviderTable, check_names, defined_in
from fbench.runner.thinking import Thought, thinking_in
from fbench.runner.wrong_field import WrongField
from fbench.upstream import FakeSettings
from fbench.weights import Options, check_alone, is_local, with_weights

__all__ = ["DEFAULT_EPOCHS", "DEFAULT_MODELS", "Experiment", "Prices", "Template", "WrongField"]

DEFAULT_EPOCHS = (1, 10, 30)
_MAY_CHANGE: set[str] = {
    "name",
    "data",
    "cassettes",
    "record",
    "upstream",
    "grader",
    "judge",
    "prices",
    "weights",
}
"""Fields that may change after a run began: names, places, prices, and how its answers are graded."""


_Seed = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


def _described(field: str) -> Any:
    return Field(description=help_of(field))


class Experiment(TrainingFields):
    """Everything that decides the numbers of a run: two runs of equal experiments give equal results.

    It cannot be changed; `model_copy(update={"limit": 3})` makes another one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[StrictStr, Field(description="Its name, for people.")] = "fbench"
    data: Annotated[Path | None, _described("data")] = None
    data_seed: Annotated[StrictInt, Field(description="Seed of the generated datasets.")] = 0
    data_edition: Annotated[
        Literal[1, 2],
        Field(description="Of the generated datasets: 1 has the questions that runs of fbench 0.1 asked."),
    ] = 2
    labels: Annotated[Literal["corrected", "published"], _described("labels")] = "corrected"
    all_news: Annotated[StrictBool, _described("all_news")] = False
    tasks: Annotated[tuple[StrictStr, ...] | None, _described("tasks")] = None
    limit: Annotated[Annotated[StrictInt, Field(ge=1)] | None, _described("limit")] = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1), _described("roles")] = ROLES
    providers: dict[str, ProviderTable] = Field(
        default_factory=dict[str, ProviderTable],
        description="By name, services besides the built-in ones: their models are written NAME:MODEL.",
    )
    models: Annotated[tuple[StrictStr, ...], Field(min_length=1), _described("models")] = DEFAULT_MODELS
    epochs: Annotated[
        tuple[Annotated[StrictInt, Field(ge=1, le=50)], ...], Field(min_length=1), _described("epochs")
    ] = DEFAULT_EPOCHS
    seeds: Annotated[tuple[_Seed, ...], Field(min_length=1), _described("seeds")] = (0,)
    share_checkpoints: Annotated[StrictBool, _described("share_checkpoints")] = False
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1), _described("conditions")] = (
        Condition.BASE,
        Condition.TUNED,
    )
    base: Annotated[StrictStr | None, _described("base")] = None
    evaluate: Annotated[tuple[StrictStr, ...], _described("evaluate"), Field(validate_default=True)] = ()
    system: Annotated[
        StrictStr, Field(description="A system message before each question, and each example of a training.")
    ] = ""
    templates: dict[str, Template] = Field(
        default_factory=dict[str, Template],
        description="Templates of prompts by name; each question is asked in each of them.",
    )
    context_characters: Annotated[
        StrictInt, Field(ge=1, description="The most characters of facts in the condition in_context_all.")
    ] = 20_000
    samples: Annotated[
        StrictInt,
        Field(ge=0, le=100, description="How many more answers of the base model to draw for each fact."),
    ] = 0
    sample_temperature: Annotated[
        float, Field(strict=True, ge=0, le=2, allow_inf_nan=False, description="Their temperature.")
    ] = 1.0
    sampling: Annotated[Sampling, Field(description="How answers are drawn.")] = Sampling()
    grader: Annotated[StrictStr, _described("grader")] = "auto"
    judge: Annotated[StrictStr | None, _described("judge")] = None
    upstream: Annotated[Literal["fake", "live"], _described("upstream")] = "fake"
    cassettes: Annotated[Path | None, _described("cassettes")] = None
    record: Annotated[Literal["none", "new", "all"], _described("record")] = "none"
    world_date: Annotated[StrictStr, _described("world_date")] = "2026-01-01"
    learner: Annotated[StrictStr | None, _described("learner")] = None
    local: Annotated[Options, Field(description="How models of open weights are tuned and run.")] = Options()
    weights: dict[str, Path] = Field(
        default_factory=dict[str, Path], description="By NAME, where local:NAME is. Default: at the hub."
    )
    run_id: Annotated[
        StrictStr | None,
        Field(
            pattern="^[0-9a-f]{8}$",
            description="A live run's own id, in the keys of its jobs, so that no two runs share one. It is "
            "made when a run begins.",
        ),
    ] = None
    thinking: dict[str, Thought] = Field(
        default_factory=dict[str, Thought],
        description="By model, or judge, how it thinks: off, or the most tokens. Default: as its service.",
    )
    prices: dict[str, Prices] = Field(
        default_factory=dict[str, Prices], description="Prices by model, over the built-in table."
    )
    _fakes: FakeSettings | None = PrivateAttr(default=None)

    @property
    def fakes(self) -> FakeSettings | None:
        """The settings of the fakes, which a run keeps as it began with them; None outside of a run."""
        return self._fakes

    def with_fakes(self, settings: FakeSettings) -> Experiment:
        """The same experiment, whose fakes have these settings."""
        copy = self.model_copy()
        copy._fakes = settings  # noqa: SLF001 - of the same class
        return copy

    if not TYPE_CHECKING:  # type checkers know the parameters by the fields

        def __init__(self, **fields: Any) -> None:
            try:
                super().__init__(**fields)
            except ValidationError as error:
                wrong = WrongField.of(error, fields, _FIELD_NAMES)
            else:
                return
            raise wrong  # not from pydantic's error, which shows what was given, in words of its own

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Experiment:
        """The same experiment with other values in some fields, which are checked as those of a new one.

        Raises:
            WrongField: one is unknown, or has a value that it cannot have.
        """
        if update is None:
            return super().model_copy(deep=deep)
        fields = {name: getattr(self, name) for name in self.model_fields_set} | dict(update)
        if self.evaluate and fields.get("evaluate") and "models" not in update:
            del fields["models"]  # they follow from the others
        checked = Experiment(**fields)
        follow = [name for name in ("models", "weights") if getattr(checked, name) != getattr(self, name)]
        names = dict.fromkeys((*update, *follow))
        return super().model_copy(update={name: getattr(checked, name) for name in names}, deep=deep)

    @property
    def fixed(self) -> dict[str, Any]:
        """The fields that may not change once a run began, as JSON values: a change would give other answers.

        The data and the upstream are not included: a run stores the digest of the data and who answered. The
        judge may change, and so may how it thinks.
        """
        left_out = _MAY_CHANGE if self.uses_weights else {*_MAY_CHANGE, "local"}
        fixed = self.model_dump(mode="json", exclude=left_out)
        fixed["thinking"] = {m: value for m, value in sorted(self.thinking.items()) if m in self.models}
        asked = {model.partition(":")[0] for model in self.models}
        fixed["providers"] = {n: each.fixed for n, each in sorted(self.providers.items()) if n in asked}
        return fixed

    @property
    def template_names(self) -> tuple[str, ...]:
        """The names of its templates; one empty name where it has none."""
        return tuple(self.templates) or ("",)

    @property
    def defined(self) -> dict[str, Profile]:
        """By name, the profiles of the services that it defines."""
        return defined_in(self.providers)

    @property
    def profiles(self) -> list[Profile]:
        """The profiles of its models and of its judge."""
        return [self.profile_of(model)[0] for model in (*self.models, *filter(None, [self.judge]))]

    def profile_of(self, model: str) -> tuple[Profile, str]:
        """The profile and the vendor's name of a model, see `fbench.providers.profile_of`."""
        return profile_of(model, self.defined)

    def thoughts_of(self, model: str) -> int | None:
        """The most tokens that a model thinks, 0 for off; None where that is left to its service."""
        said = self.thinking.get(model)
        return 0 if said == "off" else said

    @property
    def names(self) -> list[tuple[str, str]]:
        """The names in it that may belong to plug-ins: groups of entry points, with a name in each."""
        models = (*self.models, *filter(None, [self.judge]))
        providers = (model.partition(":")[0] for model in models)
        named = [(PROVIDERS_GROUP, name) for name in providers if name not in self.providers]
        if self.data is not None and (source := dataset_argument(self.data)) is not None:
            named.append((DATASETS_GROUP, source[0]))
        if self.learner is not None and not self.is_replay:  # a replay needs none
            named.append((LEARNERS_GROUP, self.learner))
        return [*named, (GRADERS_GROUP, self.grader)]

    @property
    def is_replay(self) -> bool:
        """Whether all answers come from recordings."""
        return self.cassettes is not None and self.record == "none"

    @property
    def uses_fakes(self) -> bool:
        """Whether fakes in this process answer."""
        return self.upstream == "fake" and not self.is_replay and not self.uses_weights

    @property
    def uses_weights(self) -> bool:
        """Whether its models are of open weights, which are tuned and asked in the process of the run."""
        return "local" not in self.providers and any(map(is_local, self.models))

    @property
    def is_live(self) -> bool:
        """Whether requests can go to a real service, and cost money."""
        return self.upstream == "live" and not self.is_replay

    @field_validator("*", mode="before")
    @classmethod
    def _as_given(cls, value: object, at: ValidationInfo) -> object:
        return as_given(str(at.field_name), value)

    @field_validator("world_date")
    @classmethod
    def _a_date(cls, day: str) -> str:
        try:
            return date.fromisoformat(day).isoformat()
        except ValueError:
            raise ValueError(f"must be a date such as 2026-11-28, got {day!r}") from None

    @field_validator("thinking", mode="before")
    @classmethod
    def _of_models(cls, thinking: object, before: ValidationInfo) -> object:
        models = (*before.data.get("models", ()), *filter(None, [before.data.get("judge")]))
        if isinstance(thinking, Mapping) and models:  # what is wrong with these is told first
            return thinking_in(cast("Mapping[object, object]", thinking), models)
        return cast("object", thinking)

    @field_validator("models")
    @classmethod
    def _with_providers(cls, models: tuple[str, ...], before: ValidationInfo) -> tuple[str, ...]:
        if (tables := before.data.get("providers")) is not None:  # what is wrong with these is told first
            for model in models:
                _hold_to_provider(model, tables)
        return models

    @field_validator("judge")
    @classmethod
    def _of_provider(cls, judge: str | None, before: ValidationInfo) -> str | None:
        if judge is not None and (tables := before.data.get("providers")) is not None:
            _hold_to_provider(judge, tables)
        return judge

    @model_validator(mode="before")
    @classmethod
    def _of_finished_models(cls, values: Any) -> Any:
        given = cast("dict[str, Any]", values)
        return with_evaluated(with_weights(given)) if isinstance(values, dict) else given

    @model_validator(mode="after")
    def _without_idle_fields(self) -> Experiment:
        check_alone(self.models if self.uses_weights else (), self)
        refuse_idle(
            self.model_fields_set,
            evaluate=self.evaluate,
            base=self.base,
            conditions=self.conditions,
            samples=self.samples,
        )
        return self

    @field_validator("providers")
    @classmethod
    def _with_names_of_their_own(cls, tables: dict[str, ProviderTable]) -> dict[str, ProviderTable]:
        check_names(tables)
        return tables

    @field_validator("evaluate")
    @classmethod
    def _of_no_training(cls, evaluate: tuple[str, ...], before: ValidationInfo) -> tuple[str, ...]:
        models, base = before.data.get("models"), before.data.get("base")
        if base is not None and not evaluate:
            raise OfField(
                "base", "is what finished models are compared with, and evaluate names none: leave it out"
            )
        if base in evaluate:
            raise ValueError(f"has the base {base} too: name another base, or none")
        if evaluate and models is not None and models != evaluated(evaluate, base):
            raise ValueError("trains nothing, and models are to be tuned: leave out one of the two")
        conditions = before.data.get("conditions", (Condition.TUNED,))
        if evaluate and not any(condition.is_tuned for condition in conditions):
            asked = ", ".join(conditions)
            problem = (
                f"names finished models, which no condition of {asked} asks: add tuned to the conditions"
            )
            raise ValueError(problem)
        return evaluate

    @field_validator("templates")
    @classmethod
    def _named(cls, templates: dict[str, Template]) -> dict[str, Template]:
        for name in templates:
            if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", name) is None:
                raise ValueError(
                    f"has the name {name!r}: names are of at most 40 letters, digits, hyphens, dots and _"
                )
        return templates

    @field_validator(*SEVERAL)
    @classmethod
    def _each_once(cls, values: tuple[object, ...] | None, at: ValidationInfo) -> tuple[object, ...] | None:
        for value, count in Counter(values or ()).items():
            if count > 1:
                raise ValueError(f"{at.field_name} lists {value} twice: give each value once")
        return values

    @field_validator("record")
    @classmethod
    def _with_folder(cls, record: str, before: ValidationInfo) -> str:
        if record != "none" and before.data.get("cassettes", Path()) is None:
            raise ValueError("there is no folder to record to: name one with --cassettes")
        return record

    @field_validator("data", mode="before")
    @classmethod
    def _a_path(cls, data: object) -> object:
        if isinstance(data, Dataset):
            raise ValueError(  # noqa: TRY004 - what pydantic takes for a wrong value
                "a Dataset is for reading: give the path that it was loaded from, or nothing for generated "
                "data; tasks and limit take a part of it"
            )
        return data

    @field_validator("learner")
    @classmethod
    def _of_fakes(cls, learner: str | None, before: ValidationInfo) -> str | None:
        given = before.data
        replays = given.get("cassettes") is not None and given.get("record") == "none"
        if learner is not None and given.get("upstream") == "live" and not replays:
            raise ValueError(
                "a learner makes the models of fakes, and with --upstream live real ones answer: leave out "
                "one of the two"
            )
        return learner


def _hold_to_provider(model: str, tables: Mapping[str, ProviderTable]) -> None:
    """Check that the provider of a model exists, built in, defined in these tables or from a plug-in.

    Raises:
        OfModel: it does not.
    """
    try:
        profile_of(model, defined_in(tables), known=model_names())
    except UsageError as error:
        raise OfModel(model, str(error)) from error


_FIELD_NAMES = sorted(Experiment.model_fields, key=lambda name: name in TrainingFields.model_fields)
"""Its own first, then those of trainings."""
_FIELDS = "\n".join(f"    {name}: {field.description}" for name, field in Experiment.model_fields.items())
Experiment.__doc__ = f"{Experiment.__doc__}\n\nAttributes:\n{_FIELDS}\n"
