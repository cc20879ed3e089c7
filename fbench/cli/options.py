"""Options that several commands share, and the experiment that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fbench.runner.experiment_options import OPTIONS, Option

__all__ = [
    "batch_option",
    "chosen",
    "experiment_options",
    "judge_option",
    "planned_options",
    "working_options",
]

Command = TypeVar("Command", bound=Callable[..., object])

_HOW: dict[str, dict[str, Any]] = {
    "--concurrency": {
        "type": click.IntRange(1, 1000),
        "default": 50,
        "help": "Requests in flight. Default: 50.",
    },
    "--jobs": {"type": click.IntRange(1, 64), "help": "Processes. Default: one a core, one for a short run."},
    "--budget-usd": {
        "type": click.FloatRange(min=0),
        "help": "Stop before more dollars than this are spent. Needed for live.",
    },
    "--rpm": {
        "type": click.IntRange(1),
        "help": "Requests a minute to each model of a live service. Default: what the service allows.",
    },
    "--tpm": {"type": click.IntRange(1), "help": "Tokens a minute, likewise."},
    "--quiet": {"is_flag": True, "help": "No progress."},
}
_JSON = click.option("--json", "as_json", is_flag=True, help="Print results.json instead of tables.")
_BATCH: dict[str, Any] = {
    "is_flag": True,
    "help": "Ask in batches: up to a day, half the price. The budget counts the full price.",
}
_ONLY_RUN: dict[str, dict[str, Any]] = {
    "--out": {"type": click.Path(path_type=Path), "help": "The run directory."},
    "--yes": {"is_flag": True, "help": "Do not ask before spending money."},
}


def experiment_options(command: Command) -> Command:
    """Add the options that define an experiment, one per field."""
    return _with([_click_option(option) for option in OPTIONS], command)


def judge_option(command: Command) -> Command:
    """Add only `--judge`."""
    (judge,) = (option for option in OPTIONS if option.field == "judge")
    return _click_option(judge)(command)


def batch_option(command: Command) -> Command:
    """Add `--batch`."""
    return click.option("--batch", **_BATCH)(command)


def working_options(command: Command) -> Command:
    """Add the options for carrying out a run; none of them changes its results."""
    *how, quiet = (click.option(name, **more) for name, more in _HOW.items())
    return _with([*how, _JSON, quiet], command)


def planned_options(command: Command) -> Command:
    """Add the options of a run that a plan takes too: `--budget-usd`, and without effect all the others."""
    others: dict[str, dict[str, Any]] = {**_HOW, "--batch": _BATCH, **_ONLY_RUN}
    how: dict[str, Any] = others.pop("--budget-usd") | {"help": "Say whether this budget reaches the end."}
    budget = click.option("--budget-usd", **how)
    hidden = [click.option(name, **more, hidden=True, expose_value=False) for name, more in others.items()]
    return _with([budget, *hidden], command)


def chosen(values: dict[str, Any]) -> dict[str, Any]:
    """The experiment's fields among a command's parameters, without those that were not given."""
    fields = [option.field for option in OPTIONS]
    given = {name: value for name in fields if (value := values.get(name)) is not None and value != ()}
    if "roles" in given:
        given["roles"] = tuple(role for each in given["roles"] for role in each.split(","))
    return given


def _click_option(option: Option) -> Callable[[Command], Command]:
    more: dict[str, Any] = {"multiple": option.repeated, "metavar": option.metavar, "help": option.help}
    if option.kind == "flag":
        more |= {"is_flag": True, "default": None}
    elif option.choices:
        more["type"] = click.Choice(option.choices)
    elif option.kind == "number":
        more["type"] = click.IntRange(option.least, option.most)
    elif option.kind == "path":
        more["type"] = click.Path(path_type=Path)
    return click.option(option.option, option.field, **more)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
