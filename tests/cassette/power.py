"""A disk that loses its power: what was not synced is there afterwards, or in part, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

__all__ = ["Disk"]

_SECTOR = 512
_Names = dict[str, int]
"""The content of a folder: each name with the number of its file or folder."""


class Disk:
    """Watches what is done in a folder, and makes what a loss of power at any time leaves of it.

    It notes each call that writes, syncs, renames, removes or makes something, and carries it out. After a
    loss a folder has the names of its last sync, or of a later time, and a file the bytes of its last sync,
    and whole sectors of what followed.
    """

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.moments: list[str] = []
        self._synced: dict[int, bytes] = {}
        self._names: dict[int, list[_Names]] = {}
        self._history: list[tuple[dict[int, bytes], dict[int, list[_Names]], dict[int, bytes]]] = []
        self._held: dict[int, int] = {}
        for name in ("write", "fsync", "replace", "rename", "unlink", "mkdir"):
            patch.setattr(os, name, self._noting(name, getattr(os, name)))
        self._look()
        for number, listings in self._names.items():  # what is there now is on the disk
            del listings[:-1]
            self._synced.pop(number, None)
        for number, held in self._held.items():
            if number not in self._names:
                self._synced[number] = os.pread(held, 1 << 24, 0)
        self._note("at first")

    def close(self) -> None:
        """Let the files go."""
        for held in self._held.values():
            os.close(held)

    def note(self, moment: str) -> None:
        """Give the time that has come a name."""
        self._note(moment)

    def lose_power(self, moment: int, chance: Random, target: Path) -> None:
        """Make in `target` what a loss of power at a moment leaves."""
        synced, names, contents = self._history[moment]

        def restored(number: int, place: Path) -> None:
            if number in names:
                place.mkdir()
                for name, inner in chance.choice(names[number]).items():
                    restored(inner, place / name)
                return
            before, now = synced.get(number, b""), contents[number]
            ends = range(-(-(len(before) + 1) // _SECTOR) * _SECTOR, len(now), _SECTOR)
            cut = chance.choice([len(before), *ends, len(now)])
            place.write_bytes(now[:cut] if now.startswith(before) else chance.choice([before, now]))

        restored(self._number(self.root), target)

    def _noting(self, name: str, call: Any) -> Any:
        def noted(*given: Any, **more: Any) -> Any:
            done = call(*given, **more)
            self._look()
            if name == "fsync":
                self._sync(os.fstat(given[0]).st_ino)
            self._note(f"{name} {given[0]}")
            return done

        return noted

    def _sync(self, number: int) -> None:
        if number in self._names:
            del self._names[number][:-1]
        elif number in self._held:
            self._synced[number] = os.pread(self._held[number], 1 << 24, 0)

    def _look(self) -> None:
        """Note the names in all folders. Each file is kept open, so that no other gets its number."""
        for folder in [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]:
            found = {path.name: self._number(path) for path in sorted(folder.iterdir())}
            listings = self._names.setdefault(self._number(folder), [{}])
            if listings[-1] != found:
                listings.append(found)

    def _number(self, path: Path) -> int:
        number = path.lstat().st_ino
        if number not in self._held:
            self._held[number] = os.open(path, os.O_RDONLY)
        return number

    def _note(self, moment: str) -> None:
        contents = {
            number: os.pread(held, 1 << 24, 0)
            for number, held in self._held.items()
            if number not in self._names
        }
        names = {number: list(listings) for number, listings in self._names.items()}
        self._history.append((dict(self._synced), names, contents))
        self.moments.append(moment)
