"""Configuration files: the `config.toml` of a user, of a run's folder, and of a folder of recordings."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tomli_w

from fbench.errors import OfField, UsageError
from fbench.files import place_in
from fbench.plugins import dataset_argument
from fbench.runner.experiment import Experiment, WrongField
from fbench.runner.experiment_options import OPTIONS
from fbench.runner.finished import WRITTEN
from fbench.value_errors import toml_problem
from fbench.values import at_home, problem_of
from fbench.weights.naming import with_places_of_weights

AS_IN_0_1: dict[str, Any] = {"data_edition": 1}
"""What decides the questions of runs and recordings from before questions had roles."""

__all__ = [
    "AS_IN_0_1",
    "CONFIG",
    "experiment_of",
    "naming_fields",
    "naming_given",
    "read_experiment",
    "read_recorded_experiment",
    "recorded_config",
    "recorded_config_text",
    "run_config_text",
    "toml_values",
    "with_places",
]

CONFIG = "config.toml"
"""The name of the configuration in a run's folder and in a folder of recordings."""


def read_experiment(config: Path | None, options: Mapping[str, Any]) -> Experiment:
    """The experiment in a TOML file; options override it, except options that are None.

    Raises:
        UsageError: the file cannot be read, is not TOML, or is not an experiment; the message says where.
    """
    values = {} if config is None else _values_in(config)
    if _is_of_0_1(values):
        values |= AS_IN_0_1
    values |= {name: value for name, value in options.items() if value is not None}
    with naming_fields(config, options):
        return Experiment(**values)


@contextmanager
def naming_fields(config: Path | None, options: Mapping[str, Any]) -> Generator[None]:
    """What is wrong with a field is said with its place: the option that gave it, or the file.

    Raises:
        UsageError: in the place of a `WrongField`, or of an `OfField`.
    """
    try:
        yield
    except OfField as found:
        wrong = WrongField((found.field,), str(found).rstrip("."))
    except WrongField as error:
        wrong = error
    else:
        return
    place = _place(wrong, config, options)
    raise UsageError(wrong.at(place) + ("" if place.startswith("option ") else _to_do(config))) from wrong


def experiment_of(given: Experiment | str | os.PathLike[str]) -> Experiment:
    """An experiment as it is given, or as it stands in the file whose path is given.

    Raises:
        UsageError: as `read_experiment`.
    """
    return given if isinstance(given, Experiment) else read_experiment(Path(given), {})


@contextmanager
def naming_given(given: Experiment | str | os.PathLike[str]) -> Generator[None]:
    """As `naming_fields`, for an experiment that is given, or the file whose path is given.

    Raises:
        UsageError: as there.
    """
    if not isinstance(given, Experiment):
        with naming_fields(Path(given), {}):
            yield
        return
    try:
        yield
    except OfField as found:
        raise WrongField((found.field,), str(found).rstrip(".")) from found


def run_config_text(experiment: Experiment) -> str:
    """The configuration of a run as TOML. Its paths are absolute, so that it can be read from any folder."""
    values = _values_of(experiment)
    for name, path in (("data", experiment.data), ("cassettes", experiment.cassettes)):
        if path is not None and not (name == "data" and dataset_argument(path)):
            values[name] = str(path.resolve())
    if experiment.weights:
        values["weights"] = {name: str(place.resolve()) for name, place in experiment.weights.items()}
    if experiment.uses_weights:
        del values["upstream"]  # nothing of it is asked
    return tomli_w.dumps(values)


def recorded_config_text(experiment: Experiment) -> str:
    """The configuration of a recording as TOML, without the fields that depend on where it is replayed."""
    of_its_place = {"cassettes", "record", "data", "upstream", "run_id", "weights"}
    return tomli_w.dumps(_values_of(experiment, exclude=of_its_place))


def recorded_config(options: Mapping[str, Any]) -> Path | None:
    """The configuration in the folder of recordings that options select for replay, if there is one."""
    folder = options.get("cassettes")
    if folder is None or options.get("record", "none") != "none" or not (folder / CONFIG).is_file():
        return None
    return folder / CONFIG


def read_recorded_experiment(recording: Path, data: Path | None) -> Experiment:
    """The experiment from which a folder of recordings was made, with other data if given.

    Raises:
        UsageError: the folder holds no configuration, or one that cannot be used.
    """
    config = recording / CONFIG
    if not config.is_file():
        raise UsageError(
            f"{recording}: holds no {CONFIG}, which would say what was asked there. Name a folder that "
            "`fbench run --cassettes` recorded to."
        )
    return read_experiment(config, {} if data is None else {"data": data})


def _is_of_0_1(values: Mapping[str, Any]) -> bool:
    """Whether a version wrote this configuration, or what it was copied from, that knew no roles: fbench
    writes all fields, and a user those that are needed.
    """
    return "roles" not in values and WRITTEN.issubset(values)


def _place(field: WrongField, config: Path | None, options: Mapping[str, Any]) -> str:
    """The option or the field of the file that is wrong."""
    name = str(field.place[0])
    flags = [option.option for option in OPTIONS if option.field == name and options.get(name) is not None]
    return f"option {flags[0]}" if flags else place_in(config or "the experiment", field.place)


def _to_do(config: Path | None) -> str:
    """What to do about a file, as the last sentence of a message."""
    if config is None:
        return ""
    if _is_of_run(config):
        return " Put the file back as the run wrote it, or remove what was added."
    return " Correct it, or leave it out."


def _is_of_run(config: Path | None) -> bool:
    """Whether a file is the configuration of a run, which the run wrote as it began."""
    return config is not None and config.name == CONFIG and config.with_name("run.sqlite").exists()


def _values_in(config: Path) -> dict[str, Any]:
    """The values in a file; its relative paths start at the file's folder."""
    return with_places(toml_values(config), config.parent)


def toml_values(config: Path) -> dict[str, Any]:
    """What stands in a TOML file.

    Raises:
        UsageError: it cannot be read, or is not TOML.
    """
    try:
        text = config.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{config}: cannot be read: {error.strerror}. Name a configuration, a file in TOML."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{config}: is not UTF-8 text (byte {error.start}).{_to_do(config)}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{config}: {toml_problem(error, text)}.{_to_do(config)}") from error
    except ValueError as error:  # a whole number of thousands of digits
        raise UsageError(f"{config}: has a number that is too large.{_to_do(config)}") from error
    except RecursionError as error:
        raise UsageError(f"{config}: has lists or tables too deep in one another.{_to_do(config)}") from error


def with_places(values: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Values whose relative paths start at a folder."""
    values = dict(values)
    for name in ("data", "cassettes"):
        if isinstance(said := values.get(name), str) and not problem_of(said):
            said = at_home(said)
            path = folder / said
            of_plugin = name == "data" and not path.exists() and dataset_argument(Path(said))
            values[name] = Path(said) if of_plugin else path
    return with_places_of_weights(values, folder)


def _values_of(experiment: Experiment, exclude: set[str] | None = None) -> dict[str, Any]:
    """The fields that have a value: TOML has no null. Those of open weights are there with such models."""
    idle = set[str]() if experiment.uses_weights else {"local", "weights"}
    return experiment.model_dump(mode="json", exclude_none=True, exclude=(exclude or set()) | idle)
