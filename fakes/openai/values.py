"""Reading single values of a request, with the service's words for one of another type, or too big."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fakes.json_text import is_mapping, sequence
from fakes.openai.errors import invalid
from fakes.routes import Refusal

__all__ = [
    "choice",
    "expiry_of",
    "flag",
    "integer",
    "listed",
    "metadata_of",
    "missing",
    "number",
    "stops_of",
    "text",
    "too_many",
    "unsupported_value",
    "wrong_type",
]

_MOST_METADATA = 16  # pairs
_LONGEST_KEY, _LONGEST_VALUE = 64, 512
_MOST_STOPS = 4
_LEAST, _MOST = -(2**63), 2**63 - 1  # of any whole number
_EXPIRY = (3600, 30 * 86_400)  # an hour, 30 days
_TYPES: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    dict: "an object",
    list: "an array",
    type(None): "null",
}


def wrong_type(path: str, expected: str, value: object) -> Refusal:
    """400: a value has another type than the one expected."""
    found = _TYPES.get(type(value), "something else")
    message = f"Invalid type for '{path}': expected {expected}, but got {found} instead."
    return invalid(message, path, "invalid_type")


def missing(path: str) -> Refusal:
    """400: a parameter that is needed is not there."""
    return invalid(f"Missing required parameter: '{path}'.", path, "missing_required_parameter")


def integer(
    payload: dict[str, Any], name: str, low: int | None = None, high: int | None = None, at: str = ""
) -> int | None:
    """A whole number between bounds, or None. Refusal: 400."""
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(at + name, "an integer", value)
    _bounded(value, at + name, "integer", _LEAST if low is None else low, _MOST if high is None else high)
    return value


def number(payload: dict[str, Any], name: str, high: float, default: float, low: float = 0) -> float:
    """A number from `low` to `high`. Refusal: 400."""
    value = payload.get(name)
    if value is None:
        return default
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong_type(name, "a decimal", value)
    _bounded(value, name, "decimal", low, high)
    return float(value)


def _bounded(value: float, path: str, kind: str, low: float | None, high: float | None) -> None:
    for bound, below in ((low, True), (high, False)):
        if bound is not None and (value < bound if below else value > bound):
            where, sign, code = (
                ("below minimum", ">=", "below_min") if below else ("above maximum", "<=", "above_max")
            )
            raise invalid(
                f"Invalid '{path}': {kind} {where} value. Expected a value {sign} {_shown(bound)}, "
                f"but got {_shown(value)} instead.",
                path,
                f"{kind}_{code}_value",
            )


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def flag(payload: dict[str, Any], name: str, *, default: bool = False, at: str = "") -> bool:
    """True or false. Refusal: 400."""
    value = payload.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise wrong_type(at + name, "a boolean", value)
    return value


def text(payload: dict[str, Any], name: str, longest: int | None = None, at: str = "") -> str | None:
    """A text of at most so many characters, or None. Refusal: 400."""
    value = payload.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise wrong_type(at + name, "a string", value)
    if longest is not None and len(value) > longest:
        raise invalid(
            f"Invalid '{at}{name}': string too long. Expected a string with maximum length {longest}, "
            f"but got a string with length {len(value)} instead.",
            at + name,
            "string_above_max_length",
        )
    return value


def choice(payload: dict[str, Any], name: str, known: Collection[str], at: str = "") -> str | None:
    """One of the values that are known, or None. Refusal: 400."""
    value = payload.get(name)
    if value is None:
        return None
    if value not in list(known):
        raise unsupported_value(at + name, value, known)
    return str(value)


def unsupported_value(path: str, value: object, known: Collection[str]) -> Refusal:
    """400: a value is none of those that there are."""
    shown = repr(value) if isinstance(value, str) else value
    supported = ", ".join(map(repr, known))
    return invalid(f"Invalid value: {shown}. Supported values are: {supported}.", path, "invalid_value")


def listed(value: object, path: str) -> list[Any]:
    """A list that is not empty. Refusal: 400."""
    items = sequence(value)
    if not isinstance(value, list):
        raise wrong_type(path, "an array of objects", value)
    if not items:
        raise invalid(
            f"Invalid '{path}': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead.",
            path,
            "empty_array",
        )
    return items


def too_many(path: str, given: int, most: int) -> Refusal:
    """400: a list has more items than the service takes."""
    return invalid(
        f"Invalid '{path}': array too long. Expected an array with maximum length {most}, but got an array "
        f"with length {given} instead.",
        path,
        "array_above_max_length",
    )


def expiry_of(asked: object, path: str) -> int | None:
    """After how many seconds a file is to expire; None where it never does. Refusal: 400."""
    if asked is None:
        return None
    if not is_mapping(asked):
        raise wrong_type(path, "an object", asked)
    choice(asked, "anchor", ("created_at",), f"{path}.")
    for name in ("anchor", "seconds"):
        if asked.get(name) is None:
            raise missing(f"{path}.{name}")
    return integer(asked, "seconds", *_EXPIRY, at=f"{path}.")


def stops_of(payload: dict[str, Any]) -> tuple[str, ...]:
    """Texts that end an answer before they are said: none, one, or a list of up to four. Refusal: 400."""
    value = payload.get("stop")
    if value is None:
        return ()
    stops = [value] if isinstance(value, str) else sequence(value)
    if len(stops) > _MOST_STOPS:
        raise too_many("stop", len(stops), _MOST_STOPS)
    if not stops or not all(isinstance(stop, str) and stop for stop in stops):
        raise invalid(f"'stop' must be a text, or a list of up to {_MOST_STOPS} texts", "stop")
    return tuple(stops)


def metadata_of(payload: dict[str, Any]) -> dict[str, str] | None:
    """The metadata that goes with a request, or None. Refusal: 400, it is too much or no pairs of strings."""
    metadata = payload.get("metadata")
    if metadata is None:
        return None
    if not is_mapping(metadata):
        raise wrong_type("metadata", "an object", metadata)
    if len(metadata) > _MOST_METADATA:
        raise invalid(
            f"Invalid 'metadata': too many properties. Expected an object with at most {_MOST_METADATA} "
            f"properties, but got an object with {len(metadata)} properties instead.",
            "metadata",
            "object_above_max_properties",
        )
    for key in metadata:
        if len(key) > _LONGEST_KEY:
            raise invalid(
                f"'metadata' must have keys of at most {_LONGEST_KEY} characters; one has {len(key)}.",
                "metadata",
            )
        if text(metadata, key, _LONGEST_VALUE, "metadata.") is None:
            raise wrong_type(f"metadata.{key}", "a string", None)
    return dict(metadata)
