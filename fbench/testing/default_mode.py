"""The mode of cassettes that have none of their own: what `pytest --fbench-record` says."""

from __future__ import annotations

__all__ = ["default_mode", "set_default_mode"]

_modes = ["none"]


def default_mode() -> str:
    """The mode that was set last."""
    return _modes[-1]


def set_default_mode(mode: str) -> None:
    """Set the mode."""
    _modes[:] = [mode]
