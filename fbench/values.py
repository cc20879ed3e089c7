"""What holds for given values: for arguments of functions, fields of experiments, and the command line.

Each of the three asks here, so that all refuse the same. The words of a problem follow the name of the value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Set
from numbers import Integral, Number
from typing import cast

from fbench.errors import UsageError

__all__ = [
    "CannotBeChanged",
    "Unchangeable",
    "at_home",
    "in_order",
    "plain_number",
    "problem_of",
    "several",
]


def plain_number(value: object) -> object:
    """A whole number of NumPy or a similar library as Python's own; any other value as it is."""
    if value is True or value is False or not isinstance(value, Integral):
        return value
    return int(value)


def several(value: object) -> object:
    """As `in_order`, where one text or number alone is a tuple of it."""
    return (plain_number(value),) if isinstance(value, str | Number) else in_order(value)


def at_home(path: str | os.PathLike[str]) -> str:
    """A path with the user's own folder for a `~` at its beginning, as a shell writes it."""
    return os.path.expanduser(path)  # noqa: PTH111 - a Path raises where there is no such user


def in_order(value: object) -> object:
    """Several values as a tuple; one that is no collection as it is.

    Raises:
        ValueError: it is a set, whose order differs from process to process.
    """
    if isinstance(value, Set):
        raise ValueError("a set has no order, and results depend on it: give a list or a tuple")  # noqa: TRY004 - pydantic takes this one
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return cast("object", value)
    try:
        return tuple(map(plain_number, cast("Iterable[object]", value)))
    except TypeError:  # an array without dimensions has no entries
        return cast("object", value)


def problem_of(value: object, *, may_be_empty: bool = False) -> str:
    """What is wrong with a text or a path, or with one in a list, as the end of a sentence; "" if nothing is.

    No file and no database takes a NUL character in a name, nor half a surrogate pair: UTF-8 has no bytes for
    it. (Python also reads bytes of an argument that are not UTF-8 as such halves.) An empty path would be
    taken for the current folder.
    """
    if isinstance(value, list | tuple):
        found = (problem_of(each, may_be_empty=may_be_empty) for each in cast("list[object]", value))
        return next(filter(None, found), "")
    if isinstance(value, os.PathLike):
        path: str | bytes = os.fspath(cast("os.PathLike[str] | os.PathLike[bytes]", value))
        return _problem_in(path) if isinstance(path, str) else f"{path!r} is no text: give the path as a text"
    if not isinstance(value, str) or (may_be_empty and not value):
        return ""
    return _problem_in(value)


def _problem_in(text: str) -> str:
    if not text:
        return "is empty: give it a value, or leave it out"
    for place, character in enumerate(text, 1):
        if character == "\0":
            return f"{text!r} has a NUL character, its character {place}: take it out"
        if "\ud800" <= character <= "\udfff":
            return (
                f"{text!r} is not text that UTF-8 can hold, from its character {place} on: write it in UTF-8"
            )
    return ""


class CannotBeChanged(UsageError, AttributeError):
    """A field of something that cannot be changed was set or deleted."""


class Unchangeable:
    """Makes attempts to change a frozen model say what to do instead. Stands before `BaseModel`."""

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise self._refusal(name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if not name.startswith("_"):
            raise self._refusal(name)
        super().__delattr__(name)

    def _refusal(self, name: str) -> CannotBeChanged:
        kind = type(self).__name__
        article = "an" if kind[0] in "AEIOU" else "a"
        return CannotBeChanged(
            f"{name}: {article} {kind} cannot be changed: make another one with "
            f"`model_copy(update={{{name!r}: ...}})`."
        )
