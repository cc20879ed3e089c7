"""Looking into JSON that a client sent, without trusting its shape."""

from __future__ import annotations

from typing import Any, cast

__all__ = ["mapping", "sequence"]


def mapping(value: object) -> dict[str, Any]:
    """The value where it is a JSON object, and an empty one otherwise."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The value where it is a JSON array, and an empty one otherwise."""
    return cast("list[Any]", value) if isinstance(value, list) else []
