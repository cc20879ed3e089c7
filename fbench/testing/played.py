"""The list of recordings that a run of pytest played, for `fbench cassette check --played`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from fbench.files import write_file

__all__ = ["write_played"]


def write_played(file: str, played: Iterable[str]) -> None:
    """Write the paths of recordings, relative to the folder of the file.

    Raises:
        UsageError: it cannot be written.
    """
    path = Path(file)
    base = path.resolve().parent
    places = sorted(Path(os.path.relpath(place, base)).as_posix() for place in played)
    write_file(path, json.dumps({"played": places}, indent=1) + "\n")
