"""Whether a run has changed, told by its files without reading them, and whether it goes on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from fbench.runner.folder import RESULTS, RUN, STORE
from fbench.runner.owner import at_work

__all__ = ["Fingerprint", "fingerprint_of"]


class Fingerprint(NamedTuple):
    """What the files of a run look like.

    Attributes:
        mark: a text that is another one after each commit of the run.
        is_running: whether a process works on the run, as far as this machine can tell.
        is_over: whether it has its results, and nobody works on it.
    """

    mark: str
    is_running: bool
    is_over: bool


def fingerprint_of(folder: Path) -> Fingerprint:
    """The fingerprint of the run in a folder: sizes and times of its files. Only its lock is opened."""
    looks = [_look(folder / name) for name in (STORE, f"{STORE}-wal", RESULTS, RUN)]
    running = bool(at_work(folder))
    over = not running and (folder / RESULTS).exists()
    mark = hashlib.sha256(repr((looks, running)).encode()).hexdigest()[:16]
    return Fingerprint(mark, running, over)


def _look(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
