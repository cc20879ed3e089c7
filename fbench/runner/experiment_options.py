"""The fields of an experiment that have an option on the command line.

They are separate from the model, which reads its descriptions here: importing pydantic takes three times as
long as all else that `fbench run --help` needs.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["OPTIONS", "Option", "help_of", "in_python"]

Kind = Literal["text", "path", "flag", "number"]


class Option(NamedTuple):
    """An option, named like its field unless `flag` gives another name.

    Attributes:
        help: the description of the field, and the option's help.
        choices: the allowed values; empty for any.
        least, most: the bounds of a number.
        repeated: whether it can be given several times, with one value each.
        metavar: what the help shows instead of a value.
    """

    field: str
    help: str
    kind: Kind = "text"
    flag: str = ""
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    repeated: bool = False
    metavar: str | None = None

    @property
    def option(self) -> str:
        """As it is written on the command line."""
        return f"--{(self.flag or self.field).replace('_', '-')}"


OPTIONS = (
    Option(
        "data",
        "A FineTuneBench folder, rows (JSONL, CSV, Parquet ...), or NAME:ARGUMENT of a plug-in. "
        "Default: generated datasets.",
        "path",
    ),
    Option(
        "labels",
        "Which golds of the released data count. Default: corrected.",
        choices=("corrected", "published"),
    ),
    Option("all_news", "All released news, not the paper's 50.", "flag"),
    Option("tasks", "Only this task. Can be repeated.", flag="task", repeated=True, metavar="TASK"),
    Option("limit", "Only the first N facts of each task.", "number", least=1),
    Option(
        "roles",
        "Only questions of these roles: taught, same, follows, unchanged, unknown, control. Can be repeated, "
        "or a list with commas. Default: all.",
        repeated=True,
        metavar="ROLE",
    ),
    Option(
        "models",
        "A model, such as openai:gpt-4o-mini-2024-07-18, or local:PATH of open weights, a folder or a GGUF "
        "file. Can be repeated. Default: five models.",
        flag="model",
        repeated=True,
        metavar="PROVIDER:NAME",
    ),
    Option(
        "epochs",
        "Epochs of a training. Can be repeated. Default: 1, 10 and 30.",
        "number",
        least=1,
        most=50,
        repeated=True,
    ),
    Option(
        "seeds",
        "Seed of a training. Can be repeated. Default: 0.",
        "number",
        flag="seed",
        least=0,
        most=2**31 - 1,
        repeated=True,
    ),
    Option(
        "share_checkpoints",
        "Let one job serve all epochs whose checkpoint it keeps. Default: a job each.",
        "flag",
    ),
    Option(
        "conditions",
        "How models come to know the facts. Can be repeated. Default: base and tuned.",
        flag="condition",
        choices=("base", "tuned", "in_context", "in_context_all", "tuned+in_context"),
        repeated=True,
    ),
    Option("base", "What finished models are compared with. Default: nothing.", metavar="PROVIDER:NAME"),
    Option(
        "evaluate",
        "A finished model to ask, without any training. Can be repeated.",
        repeated=True,
        metavar="PROVIDER:NAME",
    ),
    Option("grader", "How answers are graded. Default: auto, by the kind of answer."),
    Option(
        "judge",
        "A model that judges the long answers that no rule settles, or all with --grader judge. Against "
        "fakes the fake judge takes its place. Default: none.",
        metavar="PROVIDER:NAME",
    ),
    Option("upstream", "Where requests go. Default: fake.", choices=("fake", "live")),
    Option(
        "cassettes", "A folder of recordings: everything comes from it, unless --record says more.", "path"
    ),
    Option(
        "record",
        "Record what is missing in --cassettes, or all of it anew. Default: none.",
        choices=("none", "new", "all"),
    ),
    Option(
        "world_date",
        "The date at which the fakes stand: models that have ended by then are gone. Default: 2026-01-01.",
        metavar="YYYY-MM-DD",
    ),
    Option(
        "learner",
        "What makes the models of fakes: softmax, which trains small classifiers, tiny, which trains a small "
        "transformer, or a plug-in. Default: softmax.",
        metavar="NAME",
    ),
)
"""In the order of the help."""

_HELP = {option.field: option.help for option in OPTIONS}


def help_of(field: str) -> str:
    """The description of a field that has an option, as an argument of `Experiment`."""
    said = in_python(_HELP[field]).replace("Only this task.", "Only these tasks.")
    return said.replace(" Can be repeated.", "")


_FLAG = re.compile(
    r"(?P<code>`[^`]*`)|--(?P<name>[a-z][a-z-]*)"
    r"(?: (?P<value>(?:fake|live|none|new|all|auto|judge)\b|[A-Z][A-Z:]+\b|'[^']*'))?"
)
_FIELDS = {option.flag or option.field: option.field for option in OPTIONS}
_COLUMNS = ("question", "gold", "response", "id")


def in_python(message: str) -> str:
    """A message with the arguments of functions for the options of commands; commands in backticks stay."""
    return _FLAG.sub(_argument, message)


def _argument(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return found["code"]
    flag = found["name"].replace("-", "_")
    name, value = _FIELDS.get(flag, flag), found["value"]
    if value is not None and value[0] != "'":
        value = f'"{value}"'
    if name in _COLUMNS:
        return f'columns={{"{name}": {value or "..."}}}'
    return name if value is None else f"{name}={value}"
