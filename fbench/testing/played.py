"""The list of recordings that a run of pytest played, for `fbench cassette check --played`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["begin_played", "note_played", "played_here", "write_played"]

_here: set[str] = set()


def begin_played() -> Callable[[], None]:
    """Begin anew: a run of pytest begins in this process. What is returned goes back to the run around it."""
    before = set(_here)
    _here.clear()

    def end() -> None:
        _here.clear()
        _here.update(before)

    return end


def note_played(path: str | Path) -> None:
    """A cassette was opened to be played, here or in a worker of this run."""
    _here.add(str(Path(path).absolute()))


def played_here() -> list[str]:
    """The paths of the recordings that were played, sorted."""
    return sorted(_here)


def write_played(file: str, played: Iterable[str]) -> None:
    """Write the paths of recordings, relative to the folder of the file.

    Raises:
        UsageError: it cannot be written.
    """
    from fbench.files import write_file  # noqa: PLC0415 - pytest imports this module at every start

    path = Path(file)
    base = path.resolve().parent
    places = sorted(Path(os.path.relpath(place, base)).as_posix() for place in played)
    write_file(path, json.dumps({"played": places}, indent=1) + "\n")
