"""Options that several commands share, and how an experiment is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["JUDGE_HELP", "chosen", "experiment_options", "working_options"]

Command = TypeVar("Command", bound=Callable[..., object])

JUDGE_HELP = (
    "A model that judges the long answers that no rule settles, or all with --grader judge. Against fakes "
    "the fake judge takes its place. Default: none."
)

_EXPERIMENT = (
    click.option(
        "--data",
        type=click.Path(path_type=Path),
        help="A FineTuneBench folder or a JSONL file. Default: generated datasets.",
    ),
    click.option(
        "--labels",
        type=click.Choice(["corrected", "published"]),
        help="Which golds of the released data count. Default: corrected.",
    ),
    click.option("--all-news", is_flag=True, default=None, help="All released news, not the paper's 50."),
    click.option("--task", "tasks", multiple=True, metavar="TASK", help="Only this task. Can be repeated."),
    click.option("--limit", type=click.IntRange(min=1), help="Only the first N facts of each task."),
    click.option(
        "--model",
        "models",
        multiple=True,
        metavar="PROVIDER:NAME",
        help="A model, such as openai:gpt-4o-mini-2024-07-18. Can be repeated. Default: five models.",
    ),
    click.option(
        "--epochs",
        multiple=True,
        type=click.IntRange(1, 50),
        help="Epochs of a training. Can be repeated. Default: 1, 10 and 30.",
    ),
    click.option(
        "--seed",
        "seeds",
        multiple=True,
        type=click.IntRange(0, 2**31 - 1),
        help="Seed of a training. Can be repeated. Default: 0.",
    ),
    click.option(
        "--share-checkpoints",
        is_flag=True,
        default=None,
        help="Let one job serve all epochs whose checkpoint it keeps. Default: a job each.",
    ),
    click.option("--grader", help="How answers are graded. Default: auto, by the kind of answer."),
    click.option("--judge", metavar="PROVIDER:NAME", help=JUDGE_HELP),
    click.option("--upstream", type=click.Choice(["fake", "live"]), help="Where requests go. Default: fake."),
    click.option(
        "--cassettes",
        type=click.Path(path_type=Path),
        help="A folder of recordings: everything comes from it, unless --record says more.",
    ),
    click.option(
        "--record",
        type=click.Choice(["none", "new", "all"]),
        help="Record what is missing in --cassettes, or all of it anew. Default: none.",
    ),
)

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

_FIELDS = (
    "data",
    "labels",
    "all_news",
    "tasks",
    "limit",
    "models",
    "epochs",
    "seeds",
    "share_checkpoints",
    "grader",
    "judge",
    "upstream",
    "cassettes",
    "record",
)


def experiment_options(command: Command) -> Command:
    """Adds the options that decide an experiment."""
    return _with(_EXPERIMENT, command)


def working_options(command: Command) -> Command:
    """Adds the options of how a run is done, which change none of its numbers."""
    return _with(_WORKING, command)


def chosen(values: dict[str, Any]) -> dict[str, Any]:
    """The experiment's fields among a command's parameters, without those that were not given."""
    return {name: value for name in _FIELDS if (value := values.get(name)) is not None and value != ()}


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
