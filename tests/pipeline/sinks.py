"""What tests give a worker in the place of a run's store."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.runner.budget import Asked

__all__ = ["WithoutLimit"]


class WithoutLimit:
    """Reserves whatever is asked, and notes it."""

    def __init__(self) -> None:
        self.reserved: list[str] = []
        self.kept: list[str] = []
        self.unsent: list[str] = []

    def reserve(self, asked: Sequence[Asked]) -> int:
        self.reserved += [each.what for each in asked]
        return len(asked)

    def unclear(self, what: str) -> None:
        self.kept.append(what)

    def give_back(self, unsent: Sequence[str]) -> None:
        self.unsent += unsent
