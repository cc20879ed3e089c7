"""What is wrong with a value or a file, in fbench's own words instead of those of another library."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = [
    "UNKNOWN",
    "Problem",
    "first_problem",
    "meant",
    "not_a_text",
    "row_problem",
    "shown",
    "toml_problem",
    "value_problem",
    "wanted",
]

UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""Pydantic's types of the error that a field is unknown."""
_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")
_BRANCH = re.compile(
    r"bool|int|float|str|constrained-\w+|(?:list|tuple|dict|set|literal|function-\w+)\[.*\]|_[A-Z]\w*"
)
"""What pydantic writes into the place of a value that may be of several types: the type that it tried."""
_KEY = "[key]"
"""What pydantic writes into the place of a name in a table that cannot be one."""

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
    "named_tuple_type": "a list",
    "set_type": "a list",
    "iteration_error": "a list",
    "invalid_key": "a table whose names are texts",
    "date_type": "a date such as 2026-11-28",
    "date_parsing": "a date such as 2026-11-28",
    "date_from_datetime_parsing": "a date such as 2026-11-28",
    "date_from_datetime_inexact": "a date such as 2026-11-28",
    "bytes_type": "bytes",
    "callable_type": "a function",
    "string_not_ascii": "a text of ASCII characters",
}
"""What a value must be, by pydantic's type of the error."""

_LONGEST = 60
_LENGTHS = {
    "too_short": ("at least", "min_length", "entries"),
    "too_long": ("at most", "max_length", "entries"),
    "string_too_short": ("at least", "min_length", "characters"),
    "string_too_long": ("at most", "max_length", "characters"),
}
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
    if kind in _LENGTHS:
        words, name, what = _LENGTHS[kind]
        return f"of {words} {context[name]} {what}"
    if kind == "string_pattern_mismatch":
        return f"a text that fits {context['pattern']}"
    if kind in ("literal_error", "enum"):
        return str(context["expected"])
    if kind == "is_instance_of":
        name = str(context["class"])
        return "a path" if name in ("PathLike", "Path") else f"an object of the type {name}"
    return _MUST_BE.get(kind, "")


class Problem(NamedTuple):
    """What is wrong in a value.

    Attributes:
        place: the field, and the places in it, from the outermost.
        words: what is wrong, as a clause without a full stop: `must be a whole number, got 'x'`.
        error: pydantic's own.
    """

    place: tuple[int | str, ...]
    words: str
    error: ErrorDetails


def first_problem(error: ValidationError) -> Problem:
    """The problem of which a user is told: an unknown field before all others, and else the first.

    A field that is misspelt is missing too, which would say less. Of a value that may be of several types,
    all that it may be are named.
    """
    found = error.errors(include_url=False)
    first = next((each for each in found if each["type"] in UNKNOWN), found[0])
    place = _place_of(first)
    if place[-1:] == (_KEY,) or first["type"] == "invalid_key":
        of_table = place[:-2] if place[-1:] == (_KEY,) else place[:-1]
        return Problem(of_table, f"has the name {shown(first.get('input'))}: names are texts", first)
    if place == first["loc"] or first["type"] in (*UNKNOWN, *_MISSING):
        return Problem(place, value_problem(first), first)
    musts = dict.fromkeys(wanted(each) for each in found if _place_of(each) == place)
    words = f"must be {' or '.join(filter(None, musts))}, got {shown(first.get('input'))}"
    return Problem(place, words if any(musts) else value_problem(first), first)


def _place_of(error: ErrorDetails) -> tuple[int | str, ...]:
    """The place of a value, without the types that were tried of it."""
    return tuple(each for each in error["loc"] if isinstance(each, int) or not _BRANCH.fullmatch(each))


def value_problem(error: ErrorDetails) -> str:
    """What is wrong, as a clause without a full stop: `must be a whole number, got 'x'`."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _MISSING or kind in UNKNOWN:
        return "is missing" if kind in _MISSING else "there is no such field"
    if kind == "json_invalid":
        return f"is not valid JSON: {context.get('error', 'something is missing')}"
    if kind in ("value_error", "assertion_error"):  # what a check of ours said
        return str(context["error"]).rstrip(".")
    if kind in ("too_short", "string_too_short") and context.get("min_length") == 1:
        return "must not be empty"
    must = wanted(error)
    return f"{f'must be {must}, got' if must else 'cannot be'} {shown(error.get('input'))}"


def row_problem(error: ValidationError, fields: Collection[str]) -> tuple[str, str, str]:
    """What is wrong in a row of a file: the field, what was found there, and what to write.

    `fields` are those that a row may have. What is found in a list is said with its entry, counted from 1.
    Both sentences have no full stop, as `DataError` takes them.
    """
    place, words, first = _innermost(error)
    field, kind = str(place[0]), str(first["type"])
    entry = next((f"in entry {number + 1}, " for number in place[1:] if isinstance(number, int)), "")
    inner = place[-1] if len(place) > 1 and isinstance(place[-1], str) else ""
    if kind in (*UNKNOWN, *_MISSING):
        what = f"{entry}the field {inner!r}" if inner else "the field"
        if kind in _MISSING:
            return field, f"{what} is missing", "Give it a value"
        known = _WITHIN[field] if inner else tuple(fields)
        return field, f"{what} is unknown{meant(inner or field, known)}", f"Known are {', '.join(known)}"
    found, do = _wrong_value(first, words)
    return field, entry + (f"field {inner!r}, {found}" if inner else found), do


_WITHIN = {"messages": ("role", "content"), "texts": ("prompt", "answer")}
"""Of fields of rows that are lists of objects: the fields of each object."""


def _wrong_value(error: ErrorDetails, words: str) -> tuple[str, str]:
    """What was found in the place of a value, and what to write."""
    kind, found = str(error["type"]), cast("object", error.get("input"))
    if kind == "string_pattern_mismatch":
        return "the text is blank", "Give a text"
    if kind == "too_short" and not found:
        return "the list is empty", "Give at least one entry"
    if kind.startswith("string"):
        return not_a_text(found)
    if kind in ("literal_error", "enum"):
        known = [word.strip("'") for word in re.split(", | or ", wanted(error))]
        return f"{shown(found)} is unknown{meant(found, known)}", f"Known are {', '.join(known)}"
    return f"it {words}", "Correct it, or leave it out"


def _innermost(error: ValidationError) -> Problem:
    """As `first_problem`, but of a list in the place of a text or a list: what is wrong in the list."""
    problem = first_problem(error)
    field = problem.error["loc"][:1]
    if problem.error["type"] in UNKNOWN:
        return problem
    found = [each for each in error.errors(include_url=False) if each["loc"][:1] == field]
    inner = max(found, key=lambda each: (len(_place_of(each)), str(each["type"]) not in _OF_KIND))
    if len(_place_of(inner)) == len(problem.place) and str(inner["type"]) in _OF_KIND:
        return problem
    return Problem(_place_of(inner), value_problem(inner), inner)


_OF_KIND = ("string_type", "list_type", "model_type")
"""Pydantic's types of the errors that a value is of another kind."""


def not_a_text(value: object) -> tuple[str, str]:
    """What a value is that should be a text, and what to write."""
    if isinstance(value, bool):
        return "this is not a text, but true or false", f'Put it in quotes: "{str(value).lower()}"'
    if isinstance(value, int | float):
        return "this is not a text, but a number", f'Put it in quotes: "{shown(value)}"'
    kinds = {list: ", but a list", dict: ", but an object", type(None): ", but null"}
    kind = next((said for each, said in kinds.items() if isinstance(value, each)), "")
    return f"this is not a text{kind}", "Give a text"


def meant(given: object, known: Iterable[str], *, close: float = 0.65) -> str:
    """` (did you mean 'models'?)`, for the known name that is close to what was given; empty if none is, or
    if it is known. `close` is how close, from 0 to 1 (`difflib`).
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only mistakes need it

    names = {name.casefold(): name for name in known}
    found = get_close_matches(str(given).casefold(), names, n=1, cutoff=close)
    return f" (did you mean {names[found[0]]!r}?)" if found and names[found[0]] != given else ""


def shown(value: object) -> str:
    """A value in a message, which is cut off where it is long."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - of code that is not ours; a number of thousands of digits has none
        text = f"a value of the type {type(value).__name__}"
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
