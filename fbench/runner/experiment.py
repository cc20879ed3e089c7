"""An experiment: everything that decides a run's numbers, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fbench.errors import UsageError
from fbench.plugins import DATASETS_GROUP, GRADERS_GROUP, PROVIDERS_GROUP, dataset_argument
from fbench.providers.model import Sampling
from fbench.providers.profiles import profile_of

__all__ = ["DEFAULT_EPOCHS", "DEFAULT_MODELS", "Experiment", "Prices", "read_experiment"]

DEFAULT_MODELS = (
    "openai:gpt-4o-2024-08-06",
    "openai:gpt-4o-mini-2024-07-18",
    "openai:gpt-4.1-mini-2025-04-14",
    "vertex:gemini-2.5-pro",
    "vertex:gemini-3.5-flash",
)
DEFAULT_EPOCHS = (1, 10, 30)
_NOT_ASKED: set[str] = {"name", "data", "cassettes", "record", "upstream", "grader", "judge", "prices"}
"""What may change in a run: names, places, prices, and how its answers are graded."""


class Prices(BaseModel):
    """US dollars for a million tokens: training, and asking the base and the tuned model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: Annotated[float, Field(ge=0)]
    base_input: Annotated[float, Field(ge=0)]
    base_output: Annotated[float, Field(ge=0)]
    tuned_input: Annotated[float, Field(ge=0)]
    tuned_output: Annotated[float, Field(ge=0)]


class Experiment(BaseModel):
    """What is asked of whom. Two runs of equal experiments give equal results.

    Attributes:
        data: a FineTuneBench folder, a JSONL file, or NAME:ARGUMENT for a plug-in; None for the generated
            datasets.
        labels: which golds of the released data count.
        all_news: all released news, where the paper used 50.
        tasks: which of the dataset's tasks; None for all.
        limit: facts a task, from the first; None for all.
        models: written `provider:name`.
        epochs: a sweep; each is a job of its own unless `share_checkpoints`.
        seeds: a training for each.
        grader: a rule's name, or `judge`.
        judge: the model that judges what no rule settles, or everything with the grader `judge`.
        upstream: where requests go.
        cassettes: a folder of recordings; without `record` everything comes from it, and nothing goes
        anywhere. record: what is recorded there: nothing, what is missing, or all of it anew.
        prices: by model, over the built-in table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "fbench"
    data: Path | None = None
    data_seed: int = 0
    labels: Literal["corrected", "published"] = "corrected"
    all_news: bool = False
    tasks: tuple[str, ...] | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    models: Annotated[tuple[str, ...], Field(min_length=1)] = DEFAULT_MODELS
    epochs: Annotated[tuple[Annotated[int, Field(ge=1, le=50)], ...], Field(min_length=1)] = DEFAULT_EPOCHS
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, le=2**31 - 1)], ...], Field(min_length=1)] = (0,)
    share_checkpoints: bool = False
    sampling: Sampling = Sampling()
    grader: str = "auto"
    judge: str | None = None
    upstream: Literal["fake", "live"] = "fake"
    cassettes: Path | None = None
    record: Literal["none", "new", "all"] = "none"
    prices: dict[str, Prices] = Field(default_factory=dict[str, Prices])

    @property
    def asked(self) -> dict[str, Any]:
        """What decides what is asked of whom, but for the data and where requests go, as JSON has it.

        A run is held to it: answers to something else would go by the same name.
        """
        return self.model_dump(mode="json", exclude=_NOT_ASKED)

    @property
    def names(self) -> list[tuple[str, str]]:
        """What of it may be a plug-in's: groups of entry points, with a name in each."""
        models = (*self.models, *filter(None, [self.judge]))
        named = [(PROVIDERS_GROUP, model.partition(":")[0]) for model in models]
        if self.data is not None and (source := dataset_argument(self.data)) is not None:
            named.append((DATASETS_GROUP, source[0]))
        return [*named, (GRADERS_GROUP, self.grader)]

    @property
    def is_replay(self) -> bool:
        """Whether everything comes from recordings."""
        return self.cassettes is not None and self.record == "none"

    @property
    def is_live(self) -> bool:
        """Whether requests can go to a real service, and cost money."""
        return self.upstream == "live" and not self.is_replay

    def model_post_init(self, _context: object) -> None:
        """Refuses unknown models and repeated values.

        Raises:
            UsageError: a model that no provider takes, or a value that is listed twice.
        """
        for model in self.models:
            profile_of(model)
        for field in ("models", "epochs", "seeds", "tasks"):
            values = getattr(self, field) or ()
            if len(set(values)) < len(values):
                raise UsageError(f"{field}: a value is listed twice: {', '.join(map(str, values))}.")
        if self.record != "none" and self.cassettes is None:
            raise UsageError("record: there is no folder to record to: name one with --cassettes.")


def read_experiment(config: Path | None, options: Mapping[str, Any]) -> Experiment:
    """The experiment of a TOML file, with options over it; options that are None do not count.

    Raises:
        UsageError: the file cannot be read, is not TOML, or holds what is no experiment; says where.
    """
    values: dict[str, Any] = {}
    if config is not None:
        try:
            values = tomllib.loads(config.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{config}: cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{config}: is not UTF-8 text (byte {error.start}).") from error
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{config}: is not valid TOML: {error}.") from error
        for name in ("data", "cassettes"):
            if isinstance(said := values.get(name), str):
                path = config.parent / said
                of_plugin = name == "data" and not path.exists() and dataset_argument(Path(said))
                values[name] = Path(said) if of_plugin else path
    values |= {name: value for name, value in options.items() if value is not None}
    try:
        return Experiment.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        where = f"{config}, field" if config else "option"
        known = ""
        if first["type"] == "extra_forbidden":
            known = f" Known fields are {', '.join(Experiment.model_fields)}."
        raise UsageError(f"{where} {field!r}: {first['msg']}.{known}") from error
