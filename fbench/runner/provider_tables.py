"""Providers that an experiment defines, in the `[providers.NAME]` tables of its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from fbench.providers.profiles import PROFILES, Hyperparameter, Lack, Profile
from fbench.value_errors import shown
from fbench.values import Unchangeable, plain_number, problem_of, several

__all__ = ["ProviderTable", "check_names", "defined_in"]

_NAME = re.compile(r"[a-z][a-z0-9-]*")
"""Without an underscore, so that no two have the same variable for their URL."""
_KEY = re.compile(r"[A-Z][A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASSWORD)")
"""The names of variables whose values are taken for secrets, so that no recording and no message has them."""
_PROJECT = "GOOGLE_CLOUD_PROJECT"
_ASKED_OTHERWISE = ("n_epochs", "epochs", "epoch_count", "seed")
_SEVERAL = ("lacks", "hyperparameters_taken")

_Plain = StrictBool | StrictInt | Annotated[float, Field(strict=True, allow_inf_nan=False)] | StrictStr
"""What JSON can say, besides lists and objects."""


class ProviderTable(Unchangeable, BaseModel):
    """A service whose wire format is known: what `Profile` says of one, as far as data can.

    Attributes:
        wire: its wire format, OpenAI's or that of Vertex AI.
        key: the name of the variable that holds its key; empty if it needs none. Vertex AI has credentials.
        base_url: its URL. The variable FBENCH_NAME_BASE_URL goes before it, and must be set without one.
        lacks: the parts of OpenAI's format that it does not have, and `batches`.
        minimum: the fewest examples of a training file.
        keeps: the number of epochs whose checkpoints outlive a job, or "all".
        longest_suffix: the most characters of a job's suffix.
        hyperparameters: those that each job is asked for, besides the number of epochs.
        hyperparameters_taken: those that an experiment may ask for.
        run_live: the date of the last live run that was seen through there; empty if there was none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    wire: Literal["openai", "vertex"] = "openai"
    key: StrictStr = ""
    base_url: StrictStr = ""
    lacks: tuple[Lack, ...] = ()
    minimum: Annotated[StrictInt, Field(ge=1)] = 10
    keeps: Annotated[StrictInt, Field(ge=1)] | Literal["all"] = 3
    longest_suffix: Annotated[StrictInt, Field(ge=1)] = 64
    hyperparameters: dict[StrictStr, _Plain] = Field(default_factory=dict[StrictStr, _Plain])
    hyperparameters_taken: tuple[Hyperparameter, ...] = ()
    run_live: StrictStr = ""

    def profile(self, name: str) -> Profile:
        """The profile of the service, which is called `name`."""
        return Profile(
            name,
            self.wire,
            _PROJECT if self.wire == "vertex" else self.key,
            self.base_url,
            f"FBENCH_{name.upper().replace('-', '_')}_BASE_URL",
            lacks=frozenset(self.lacks),
            minimum=self.minimum,
            keeps=None if self.keeps == "all" else self.keeps,
            hyperparameters=self.hyperparameters,
            longest_suffix=self.longest_suffix,
            hyperparameters_taken=frozenset(self.hyperparameters_taken),
            run_live=self.run_live,
        )

    @property
    def fixed(self) -> dict[str, Any]:
        """What may not change once a run began, as JSON values: who answers, and what it is asked."""
        return self.model_dump(mode="json", exclude={"key", "hyperparameters_taken", "run_live"})

    @field_validator("key", mode="before")
    @classmethod
    def _a_name(cls, key: object) -> object:
        if isinstance(key, str) and (not key or _KEY.fullmatch(key)):
            return key
        raise ValueError(
            "must be the name of an environment variable that ends in KEY, TOKEN, SECRET or PASSWORD, such "
            "as LAB_API_KEY. What stands there is not shown: a key itself belongs in that variable alone"
        )

    @field_validator("base_url")
    @classmethod
    def _a_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            named = parts.scheme in ("http", "https") and parts.hostname
        except ValueError:
            parts, named = urlsplit(""), False
        if url and not named:
            raise ValueError("must be a URL such as https://example.org/v1: it has no http:// or no host")
        if parts.username or parts.password or parts.query:
            raise ValueError("must be a URL without a name, a password or a query: a key goes in a variable")
        return url.rstrip("/")

    @field_validator("*", mode="before")
    @classmethod
    def _as_given(cls, value: object, at: ValidationInfo) -> object:
        if at.field_name in _SEVERAL:
            value = several(value)
        if isinstance(value, Mapping):
            named = cast("Mapping[object, object]", value)
            value = {name: plain_number(each) for name, each in named.items()}
            held = [*value, *value.values()]
        else:
            held = value
        if problem := problem_of(held, may_be_empty=True):
            raise ValueError(problem)
        return plain_number(cast("object", value))

    @field_validator("run_live", mode="before")
    @classmethod
    def _a_day(cls, day: object) -> object:
        said = day.isoformat() if isinstance(day, date) else day  # as TOML writes it
        try:
            return (
                said
                if isinstance(said, str) and not said
                else date.fromisoformat(cast("str", said)).isoformat()
            )
        except (TypeError, ValueError):
            raise ValueError(f"must be a date such as 2026-11-28, got {shown(said)}") from None

    @field_validator("hyperparameters")
    @classmethod
    def _besides_epochs(cls, asked: dict[str, _Plain], before: ValidationInfo) -> dict[str, _Plain]:
        if asked and before.data.get("wire") == "vertex":
            raise ValueError("are of OpenAI's format alone: leave them out")
        if wrong := next((name for name in _ASKED_OTHERWISE if name in asked), None):
            raise ValueError(f"must be without {wrong}: the experiment has epochs and seeds of its own")
        return asked

    @model_validator(mode="after")
    def _as_its_wire(self) -> ProviderTable:
        if self.wire == "vertex" and self.key:
            raise ValueError(
                "has Vertex AI's format, which takes Google's credentials and the project in "
                f"{_PROJECT}: leave the key out"
            )
        if self.wire == "vertex" and not self.base_url:
            raise ValueError("has Vertex AI's format and no base_url: give one, or use the provider vertex")
        return self


def check_names(names: Iterable[str]) -> None:
    """Check the names of providers that an experiment defines.

    Raises:
        ValueError: one is built in, or cannot be a name; as a sentence without its full stop.
    """
    for name in names:
        if name in PROFILES:
            raise ValueError(f"{name!r} is built in, and cannot be defined again: take another name")
        if problem_of(name) or not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} cannot name a provider: take small letters of a to z, digits and -, from a "
                "letter on"
            )


def defined_in(tables: Mapping[str, ProviderTable]) -> dict[str, Profile]:
    """The profiles of the services that tables define, by name."""
    return {name: table.profile(name) for name, table in tables.items()}
