"""Things in the order in which services list them: newest first, and by name where they are of one moment."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["NewestFirst"]

T = TypeVar("T")


class NewestFirst(Generic[T]):
    """A list that is in order as things are added: a page of ten thousand costs what one of ten does."""

    def __init__(self) -> None:
        self._places: list[tuple[int, str]] = []
        self._things: dict[tuple[int, str], T] = {}

    def add(self, made: int, name: str, thing: T) -> None:
        """Adds a thing that was made at a moment, in Unix seconds, under a name that no other has."""
        place = (-made, name)
        insort(self._places, place)
        self._things[place] = thing

    def remove(self, made: int, name: str) -> None:
        """Takes a thing out that was added so. KeyError if there is none."""
        del self._things[-made, name]
        self._places.remove((-made, name))

    def __iter__(self) -> Iterator[T]:
        return (self._things[place] for place in self._places)
