"""JSON on the wire: reading requests without trusting their form, and writing responses."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeGuard, cast

__all__ = ["compact", "is_mapping", "mapping", "parse", "sequence"]


def parse(text: str | bytes) -> object:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON (NaN and numbers beyond a double are not), or nested too deeply to read.
    """
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError:
        raise ValueError("the JSON text is nested too deep") from None


def compact(value: object) -> bytes:
    """A value as JSON without spaces, in UTF-8; escaped if a text holds half a surrogate pair."""
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def is_mapping(value: object) -> TypeGuard[dict[str, Any]]:
    """True if the value is a JSON object."""
    return isinstance(value, dict)


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, and an empty one otherwise."""
    return value if is_mapping(value) else {}


def sequence(value: object) -> list[Any]:
    """The value if it is a JSON array, and an empty one otherwise."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def _finite(digits: str) -> float:
    number = float(digits)
    return number if abs(number) != float("inf") else _no_number(digits)


def _no_number(digits: str) -> NoReturn:
    raise ValueError(f"{digits} is not a number that JSON can carry")


# created once: json.loads and json.dumps with options would create these on every call
_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
