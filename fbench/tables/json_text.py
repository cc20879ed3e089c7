"""JSON that keeps the text of numbers, and whose output is always valid."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

__all__ = ["NumberText", "decode", "decoder", "encodable", "hold_to_depth", "line_of", "text_of"]

_DEEPEST = 100
_DIGITS_OF_AN_INT = 18


@dataclass(frozen=True, slots=True)
class NumberText:
    """A number as its text in the file: as floats, `1e400` would be infinite and `0.10` lose its zero."""

    text: str


def _int(text: str) -> int | NumberText:
    return NumberText(text) if len(text) > _DIGITS_OF_AN_INT or text == "-0" else int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return found


decoder = json.JSONDecoder(
    parse_float=NumberText, parse_int=_int, parse_constant=float, object_pairs_hook=_object
)
"""Reads fractions and long numbers as `NumberText`; NaN and Infinity, which JSON forbids, as floats."""


def decode(text: str) -> object:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, repeats a name in one object, or is nested over 100 levels deep.
    """
    try:
        value: object = decoder.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    hold_to_depth(value)
    return value


def hold_to_depth(value: object, left: int = _DEEPEST) -> None:
    """Raise `ValueError` for a value nested over 100 levels deep: it could be read but not written again."""
    if isinstance(value, dict | list):
        if not left:
            raise ValueError(f"it is nested more than {_DEEPEST} deep")
        held = cast("dict[str, object] | list[object]", value)
        for each in held.values() if isinstance(held, dict) else held:
            hold_to_depth(each, left - 1)


def line_of(fields: Mapping[str, object]) -> str:
    """A line of JSONL with these fields, which can be encoded in UTF-8.

    Numbers keep their text. NaN, infinite numbers, and all else that JSON cannot express become strings.
    """
    text = text_of(fields)
    try:
        text.encode()
    except UnicodeEncodeError:  # JSON can escape half a surrogate pair, which UTF-8 cannot encode
        text = text_of(fields, ascii_only=True)
    return text + "\n"


def encodable(text: str) -> str:
    """The text, with half a surrogate pair, which UTF-8 cannot hold, as a backslash, `u` and its number."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def text_of(value: object, *, ascii_only: bool = False) -> str:
    """A value as JSON, on one line."""
    encode = _in_ascii if ascii_only else _in_unicode
    try:
        return encode(value)
    except (TypeError, ValueError):  # JSON cannot express a part of it: write it here
        return _written(value, encode)


_in_unicode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_in_ascii = json.JSONEncoder(allow_nan=False).encode


def _written(value: object, encode: Callable[[object], str]) -> str:
    if isinstance(value, str):
        return encode(value)
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return (
            "{" + ", ".join([f"{encode(str(name))}: {_written(each, encode)}" for name, each in pairs]) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join([_written(each, encode) for each in cast("list[object]", value)]) + "]"
    if isinstance(value, NumberText):
        return value.text
    if isinstance(value, float) and not math.isfinite(value):
        value = "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value is not None and not isinstance(value, str | int | float):
        value = value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)
    return encode(value)
