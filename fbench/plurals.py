"""Counts as people read them: one fact, two facts."""

from __future__ import annotations

__all__ = ["be", "counted", "listed"]


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 fact`, `1,024 facts`. `many` is the plural if it is not formed with -s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def be(count: int) -> str:
    """The verb for a count: `is` or `are`."""
    return "is" if count == 1 else "are"


def listed(names: list[str], most: int) -> str:
    """Names separated by commas; of more than `most`, the first ones and the number of the others."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"
