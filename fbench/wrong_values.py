"""What is wrong with a value, in our words: pydantic's speak of Python's types, which a user never wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["problem_of"]

_MUST_BE: Mapping[str, str] = {
    "bool": "true or false",
    "dict": "a table of names and values",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "model": "a table of names and values",
    "path": "a path",
    "string": "a text",
    "tuple": "a list",
}
"""What a value must be, by the beginning of the type of pydantic's error."""

_LIMITS: Mapping[str, tuple[str, str]] = {
    "finite_number": ("a finite number", ""),
    "greater_than": ("greater than {}", "gt"),
    "greater_than_equal": ("at least {}", "ge"),
    "less_than": ("less than {}", "lt"),
    "less_than_equal": ("at most {}", "le"),
    "literal_error": ("{}", "expected"),
}
_LONGEST = 60


def problem_of(error: ErrorDetails) -> str:
    """What is wrong, as a clause without a full stop: `must be a whole number, got "x"`."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind in ("too_short", "string_too_short"):
        return "must not be empty"
    if kind.startswith("json_"):
        return f"is not valid JSON: {context.get('error', 'something is missing')}"
    if kind in _LIMITS:
        said, limit = _LIMITS[kind]
        must = said.format(context.get(limit))
    else:
        must = _MUST_BE.get(kind.partition("_")[0], "")
    if not must:
        return str(error["msg"])
    shown = repr(error.get("input"))
    return f"must be {must}, got {shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + '...'}"
