"""What public functions do around their work: check the arguments, and name them in errors as Python does."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from errno import ENAMETOOLONG
from functools import cache, wraps
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, TypeAdapter, ValidationError

from fbench.errors import FbenchError, UsageError
from fbench.runner.experiment_options import in_python
from fbench.terminal import clean_causes
from fbench.value_errors import shown, wanted
from fbench.values import at_home, plain_number, problem_of

__all__ = ["Count", "Dollars", "InFlight", "Processes", "StrPath", "public"]

StrPath = str | os.PathLike[str]
"""A file or a folder."""

Count = Annotated[int, Field(ge=1)]
"""A number of at least 1."""

InFlight = Annotated[int, Field(ge=1, le=1000)]
"""A number of requests in flight."""

Processes = Annotated[int, Field(ge=1, le=64)]
"""A number of processes."""

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""An amount in US dollars."""

_Given = ParamSpec("_Given")
_Returned = TypeVar("_Returned")

_MAY_BE_EMPTY = ("gold_separator", "human", "cluster")
"""An empty separator parts no text, and a column may have an empty name."""


def public(function: Callable[_Given, _Returned]) -> Callable[_Given, _Returned]:
    """A function whose arguments are checked against its annotations before it is called.

    It raises a `UsageError` that names the argument and the value. Where errors of the work
    name an option of the command line, they then name the argument. No error shows a secret, nor does one
    that led to it.
    """

    @wraps(function)
    def checked(*positional: _Given.args, **named: _Given.kwargs) -> _Returned:
        given = inspect.signature(function).bind(*positional, **named)
        for name, value in given.arguments.items():
            if name == _variadic(function):
                given.arguments[name] = tuple(_checked(function, name, one) for one in value)
            else:
                given.arguments[name] = _checked(function, name, value)
        try:
            return function(*given.args, **given.kwargs)
        except FbenchError as error:
            error.args = tuple(in_python(text) if isinstance(text, str) else text for text in error.args)
            clean_causes(error)
            raise
        except OSError as error:
            if error.errno != ENAMETOOLONG:
                raise
            raise UsageError(f"{error.filename}: {error.strerror}. Give a path that exists.") from error
        except Exception as error:
            clean_causes(error)
            raise

    return checked


@cache
def _variadic(function: Callable[..., object]) -> str:
    """The name of the parameter that takes any number of arguments; "" if there is none."""
    kinds = {each.kind: each.name for each in inspect.signature(function).parameters.values()}
    return kinds.get(inspect.Parameter.VAR_POSITIONAL, "")


@cache
def _adapters(function: Callable[..., object]) -> dict[str, TypeAdapter[Any]]:
    """What checks each argument."""
    config = ConfigDict(arbitrary_types_allowed=True)
    annotations = get_type_hints(function, include_extras=True)
    return {
        name: TypeAdapter(_instances(annotation), config=config)
        for name, annotation in annotations.items()
        if name != "return"
    }


@cache
def _paths(function: Callable[..., object]) -> frozenset[str]:
    """The parameters that take a file or a folder."""
    hints = get_type_hints(function)
    return frozenset(name for name, hint in hints.items() if os.PathLike[str] in get_args(hint))


def _instances(annotation: object) -> Any:
    """An annotation that takes models only as they are: pydantic would take a mapping of their fields too."""
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(map(_instances, get_args(annotation)))]  # noqa: UP007 - its parts are computed
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return InstanceOf[annotation]
    return annotation


def _checked(function: Callable[..., object], name: str, value: object) -> object:
    """The value, as one of Python's own where it is a number of NumPy."""
    value = plain_number(value)
    try:
        _adapters(function)[name].validate_python(value, strict=True)
    except ValidationError as error:
        musts = dict.fromkeys(wanted(each) for each in error.errors(include_url=False))
        problem = " or ".join(filter(None, musts)) or "of another type"
        raise UsageError(f"{name} must be {problem}, got {shown(value)}.") from None
    if problem := problem_of(value, may_be_empty=name in _MAY_BE_EMPTY):
        raise UsageError(f"{name} {problem}.")
    if isinstance(value, str | Path) and name in _paths(function):
        return type(value)(at_home(value))
    return value
