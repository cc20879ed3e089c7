"""A stop of a run at a place that a test chooses."""

from __future__ import annotations

from fbench.runner.stop import Stop

__all__ = ["StopsAfter"]


class StopsAfter(Stop):
    """A stop that is requested once it was looked at so many times."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._left = looks

    @property
    def requested(self) -> bool:
        self._left -= 1
        return self._left < 0
