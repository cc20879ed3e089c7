"""Options that several commands share, and how an experiment is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import click

from fbench.runner.experiment import Experiment, Option

__all__ = ["chosen", "experiment_options", "judge_option", "working_options"]

Command = TypeVar("Command", bound=Callable[..., object])

_OPTIONS = {
    name: mark
    for name, field in Experiment.model_fields.items()
    for mark in field.metadata
    if isinstance(mark, Option)
}
"""The fields of an experiment that have an option, in the order of the help."""

_WORKING = (
    click.option(
        "--concurrency", type=click.IntRange(1, 1000), default=50, help="Requests in flight. Default: 50."
    ),
    click.option("--jobs", type=click.IntRange(1, 64), help="Processes. Default: one a core."),
    click.option(
        "--budget-usd",
        type=click.FloatRange(min=0),
        help="Stop before more dollars than this are spent. Needed for live.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print results.json instead of tables."),
    click.option("--quiet", is_flag=True, help="No progress."),
)


def experiment_options(command: Command) -> Command:
    """Adds the options that decide an experiment: one for each field of `Experiment` that is marked."""
    return _with([_option_of(name) for name in _OPTIONS], command)


def judge_option(command: Command) -> Command:
    """Adds `--judge` alone."""
    return _option_of("judge")(command)


def working_options(command: Command) -> Command:
    """Adds the options of how a run is done; none changes its results."""
    return _with(_WORKING, command)


def chosen(values: dict[str, Any]) -> dict[str, Any]:
    """The experiment's fields among a command's parameters, without those that were not given."""
    return {name: value for name in _OPTIONS if (value := values.get(name)) is not None and value != ()}


def _option_of(field: str) -> Callable[[Command], Command]:
    """The option for a field, made from its type and its description."""
    info, option = Experiment.model_fields[field], _OPTIONS[field]
    value_type = _without_none(info.annotation)
    multiple = get_origin(value_type) is tuple
    if multiple:
        value_type = get_args(value_type)[0]
    more: dict[str, Any] = {"multiple": multiple, "metavar": option.metavar, "help": info.description}
    if value_type is bool:
        more |= {"is_flag": True, "default": None}
    else:
        more["type"] = _click_type(value_type)
    return click.option(f"--{(option.name or field).replace('_', '-')}", field, **more)


def _click_type(value_type: Any) -> click.ParamType[Any] | type | None:
    if get_origin(value_type) is Literal:
        return click.Choice(get_args(value_type))
    if get_origin(value_type) is Annotated:  # a number with bounds
        bounds = [bound for info in get_args(value_type)[1:] for bound in info.metadata]
        lowest, highest = (
            next((getattr(bound, name) for bound in bounds if hasattr(bound, name)), None)
            for name in ("ge", "le")
        )
        return click.IntRange(lowest, highest)
    return click.Path(path_type=Path) if value_type is Path else value_type


def _without_none(value_type: Any) -> Any:
    kinds = [kind for kind in get_args(value_type) if kind is not NoneType]
    return kinds[0] if len(kinds) == 1 and NoneType in get_args(value_type) else value_type


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
