"""Checks of what a caller gives for a field, in words that name it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["check", "check_common", "check_counted", "is_text", "is_whole"]


def check(name: str, value: object, fits: bool, must: str) -> None:
    """Raise ValueError with the field, its value and what it must be, if it does not fit."""
    if not fits:
        raise ValueError(f"{name} must be {must}, got {value!r}.")


def check_common(service: str | None, services: Sequence[str], share: float) -> None:
    """Check what faults of calls and of jobs have in common."""
    check("service", service, service is None or service in services, f"one of {', '.join(services)}")
    check("share", share, 0 <= share <= 1, "between 0 and 1")


def check_counted(name: str, counted: Iterable[object] | None) -> None:
    """Check numbers that count calls or jobs from 1."""
    check(name, counted, all(is_whole(each, 1) for each in counted or ()), "whole numbers, counted from 1")


def is_whole(value: object, least: int) -> bool:
    """Whether a value is a whole number from `least` on; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def is_text(value: object) -> bool:
    """Whether a value is a text."""
    return value is None or isinstance(value, str)
