"""What is wrong with a value or a file, in fbench's own words instead of those of another library."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["shown", "toml_problem", "value_problem", "wanted"]

_MUST_BE = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "string_unicode": "a text in UTF-8",
    "path_type": "a path, as a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "sequence_str": "a list",
    "sequence_type": "a list",
    "iterable_type": "a list of rows",
    "dict_type": "a table of names and values",
    "mapping_type": "a table of names and values",
    "model_type": "a table of names and values",
    "model_attributes_type": "a table of names and values",
    "dataclass_type": "a table of names and values",
    "none_required": "left out",
}
"""What a value must be, by pydantic's type of the error."""

_LONGEST = 60
_BOUNDS = {"greater_than_equal": ("at least", "ge"), "greater_than": ("more than", "gt")} | {
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def wanted(error: ErrorDetails) -> str:
    """What a value must be, such as `a whole number`; empty for errors of another kind."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return f"{words} {context[name]}"
    if kind == "literal_error":
        return str(context["expected"])
    if kind == "is_instance_of":
        name = str(context["class"])
        return "a path" if name in ("PathLike", "Path") else f"an object of the type {name}"
    return _MUST_BE.get(kind, "")


def value_problem(error: ErrorDetails) -> str:
    """What is wrong, as a clause without a full stop: `must be a whole number, got 'x'`."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "json_invalid":
        return f"is not valid JSON: {context.get('error', 'something is missing')}"
    if kind in ("too_short", "string_too_short") and context.get("min_length") == 1:
        return "must not be empty"
    if must := wanted(error):
        return f"must be {must}, got {shown(error.get('input'))}"
    return f"cannot be used ({str(error['msg']).removeprefix('Input ')})"


def shown(value: object) -> str:
    """A value in a message, which is cut off where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def toml_problem(error: tomllib.TOMLDecodeError, text: str) -> str:
    """Where a text is no longer TOML, with that line, and how it is written; without a full stop."""
    found = re.search(r"at line (\d+), column (\d+)", str(error))
    where = "at its end"
    if found is not None:
        row, column = int(found[1]), int(found[2])
        line = [*text.splitlines(), *[""] * row][row - 1].strip()
        where = f"in row {row}, column {column} ({shown(line)})"
        if not line:
            where = f"in row {row}"
    return (
        f"is not valid TOML {where}. A row is NAME = VALUE, each name once, with texts in quotes and lists "
        "in [brackets] that are closed, or the name of a table in [brackets]"
    )
