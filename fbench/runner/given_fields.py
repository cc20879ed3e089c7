"""The values of an experiment's fields as they are given, in the form that the fields take."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, cast

from fbench.providers.model import Sampling
from fbench.value_errors import shown
from fbench.values import at_home, plain_number, problem_of, several
from fbench.weights import options_of

__all__ = ["SEVERAL", "as_given"]

SEVERAL = (
    "tasks",
    "roles",
    "models",
    "epochs",
    "seeds",
    "conditions",
    "evaluate",
    "learning_rate_multipliers",
    "batch_sizes",
    "lora_ranks",
    "wordings",
    "facts",
    "general",
)
"""The fields that take several values, each once."""

_SAMPLED = frozenset(field.name for field in fields(Sampling))
_TABLES = ("providers", "templates", "prices", "thinking", "weights")
"""The fields that are tables whose names are the user's."""
_PLACES = ("data", "cassettes")
_BITS = 63
"""Of a whole number in TOML, besides its sign."""


def as_given(name: str, given: object) -> object:
    """The value of a field in the form that the field takes; texts in it are held to what texts may be.

    Raises:
        ValueError: it has a text or a number that nothing can store; as a sentence without its full stop.
    """
    value = _formed(name, given)
    if name in _TABLES and isinstance(value, Mapping):
        problem = _problem_of_names(cast("Mapping[object, object]", value))
    else:
        problem = problem_of(value, may_be_empty=name == "system")
    if problem:
        raise ValueError(problem)
    if _is_huge(cast("object", value)):
        raise ValueError(f"must have whole numbers of at most {_BITS} bits")
    if name in _PLACES and isinstance(value, str | os.PathLike):
        return Path(at_home(cast("str | os.PathLike[str]", value)))
    if name == "sampling" and isinstance(value, Mapping):
        sampled = cast("Mapping[str, Any]", value)
        return Sampling(**sampled) if _SAMPLED.issuperset(sampled) else sampled
    if name == "local" and isinstance(value, Mapping):
        return _options_of(cast("Mapping[str, Any]", value))
    if name == "weights" and isinstance(value, Mapping):
        return _places_of(cast("Mapping[str, object]", value))
    return plain_number(cast("object", value))


def _options_of(given: Mapping[str, Any]) -> object:
    try:
        return options_of(given)
    except ValueError as error:
        raise ValueError(str(error).rstrip(".")) from None


def _places_of(given: Mapping[str, object]) -> dict[str, Path]:
    for name, place in given.items():
        if not isinstance(place, str | Path):
            raise ValueError(f"says {shown(place)} of {name}: give the path of a folder, or of a GGUF file")  # noqa: TRY004 - what pydantic takes for a wrong value
        if problem := problem_of(place):
            raise ValueError(problem)
    return {name: Path(at_home(cast("str | Path", place))) for name, place in given.items()}


def _formed(name: str, value: object) -> object:
    if name in SEVERAL:
        return several(value)
    if name == "templates" and isinstance(value, Mapping):
        named = cast("Mapping[object, object]", value)
        return {each: {"prompt": said} if isinstance(said, str) else said for each, said in named.items()}
    if name == "world_date" and isinstance(value, date):
        return value.isoformat()  # as TOML writes it
    return value


def _problem_of_names(table: Mapping[object, object]) -> str:
    """What is wrong with the names in a table, as the end of a sentence; "" if nothing is."""
    for name in table:
        if not isinstance(name, str):
            return f"has the name {shown(name)}: names are texts"
        if problem := problem_of(name):
            return problem
    return ""


def _is_huge(value: object) -> bool:
    """Whether a value is a whole number, or holds one, that neither TOML nor a service takes."""
    if isinstance(value, Mapping):
        return any(map(_is_huge, cast("Mapping[object, object]", value).values()))
    if isinstance(value, list | tuple):
        return any(map(_is_huge, cast("list[object]", value)))
    return isinstance(value, int) and value.bit_length() > _BITS
