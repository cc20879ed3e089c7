"""The behaviours of a file or of a JSON object: `{"models": {PATTERN: SHARES}, "services": {NAME: FIELDS}}`.

The same in TOML:

    [models."gpt-4o*"]
    verbose = 0.5
    thinking = 0.2

    [services.openai]
    lists_late = 2
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from fakes.behaviours.models import Kind, Shares, shares_of
from fakes.behaviours.services import ServiceBehaviour, services_of
from fakes.json_text import is_mapping
from fakes.settings_files import read_settings_file

__all__ = ["VARIABLE", "Settings", "read_settings", "settings_from_environment", "settings_of"]

VARIABLE = "FAKES_BEHAVIOUR"
"""Of the environment: the behaviour of worlds that are made without one. A file, or the name of a behaviour,
which all models then have; so a suite of tests can be run under each of them.
"""


class Settings(NamedTuple):
    """Behaviours of models by pattern, and of services by name."""

    models: Mapping[str, Shares | str]
    services: Mapping[str, ServiceBehaviour]

    def as_json(self) -> dict[str, Any]:
        """The object from which `settings_of` makes these settings; empty if they say nothing."""
        models = {
            pattern: shares if isinstance(shares, str) else dict(shares)
            for pattern, shares in self.models.items()
        }
        usual = asdict(ServiceBehaviour())
        services = {
            name: {field: value for field, value in asdict(behaviour).items() if value != usual[field]}
            for name, behaviour in self.services.items()
        }
        return {name: value for name, value in (("models", models), ("services", services)) if value}


def settings_of(given: object) -> Settings:
    """The behaviours that an object describes.

    Raises:
        ValueError: it has another form; the message names the field.
    """
    if not is_mapping(given):
        raise ValueError('behaviours are an object: {"models": {...}, "services": {...}}.')
    if unknown := sorted(set(given) - {"models", "services"}):
        raise ValueError(f"behaviours have no field {unknown[0]!r}; their fields are models and services.")
    models, services = (given.get(name, {}) for name in ("models", "services"))
    for name, value in (("models", models), ("services", services)):
        if not is_mapping(value):
            raise ValueError(f"behaviours: {name} must be an object, got {value!r}.")
    for pattern, shares in models.items():
        shares_of(pattern, shares)
    return Settings(models, services_of(services))


def read_settings(path: Path) -> Settings:
    """The behaviours in a file: JSON where its name ends in .json, else TOML.

    Raises:
        OSError: it cannot be read.
        ValueError: it has another form; the message names the file and the field.
    """
    given = read_settings_file(path)
    try:
        return settings_of(given)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def settings_from_environment() -> Settings:
    """The behaviours that the environment names; none where it does not.

    Raises:
        ValueError: it names neither a behaviour nor a file that can be read, or the file has another form.
    """
    named = os.environ.get(VARIABLE, "")
    if not named:
        return Settings({}, {})
    if named in list(Kind):
        return Settings({"*": named}, {})
    try:
        return read_settings(Path(named))
    except OSError as error:
        raise ValueError(
            f"{VARIABLE} is {named!r}: it is neither a behaviour ({', '.join(Kind)}) nor a file that can be "
            f"read ({error.strerror})."
        ) from error
