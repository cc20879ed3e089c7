"""The date at which a world stands. It is a constant, never today's, so equal calls get equal answers."""

from __future__ import annotations

from datetime import UTC, date, datetime

from fakes.timeline import EPOCH

__all__ = ["DEFAULT_DATE", "WorldDate"]

DEFAULT_DATE = datetime.fromtimestamp(EPOCH, UTC).date()
"""2026-01-01. All default models of fbench are open then, and what older versions recorded is from then."""


class WorldDate:
    """The date, and its first moment. Jobs have their own times, which begin there; they never move it.

    Attributes:
        day: the date. It may be set: what was made before keeps its times, and goes on.
    """

    def __init__(self, day: date | str = DEFAULT_DATE) -> None:
        self.day = DEFAULT_DATE
        self.set(day)

    def set(self, day: date | str) -> None:
        """Stand at another date, given as a date or as text such as 2026-11-28.

        Raises:
            ValueError: it is none.
        """
        if isinstance(day, str):
            try:
                day = date.fromisoformat(day)
            except ValueError:
                raise ValueError(f"the date of a world must be such as 2026-11-28, got {day!r}.") from None
        self.day = date(day.year, day.month, day.day)

    @property
    def epoch(self) -> int:
        """Its first moment in UTC, in seconds since 1970."""
        return int(datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC).timestamp())
