"""Preconditions: a request is only carried out where the generation of an object is as the client expects.

https://docs.cloud.google.com/storage/docs/request-preconditions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Conditions"]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is expected: generation 0 for an object that is not there; None for anything."""

    generation: int | None = None
    not_generation: int | None = None
    metageneration: int | None = None
    not_metageneration: int | None = None

    @classmethod
    def read(
        cls, given: Mapping[str, str], number: Callable[[str, str], int], source: str = ""
    ) -> Conditions:
        """Those of a request's parameters; `source` is `Source` for those about what is copied.

        `number` reads the value of a parameter, and raises where it is none.
        """
        names = [f"if{source}{name}" for name in _NAMES]
        return cls(*(number(name, given[name]) if name in given else None for name in names))

    def fail(self, generation: int, metageneration: int) -> bool:
        """Whether an object, or none (0 and 0), is not as `generation` and `metageneration` want it."""
        return (self.generation not in (None, generation)) or (
            self.metageneration not in (None, metageneration)
        )

    def unchanged(self, generation: int, metageneration: int) -> bool:
        """Whether an object is one that the client said it wants no more."""
        return self.not_generation == generation or self.not_metageneration == metageneration


_NAMES = ("GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch")
