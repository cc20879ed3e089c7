"""The page of a run as `fbench view` serves it: made again when the run has changed, and not too often."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from fbench.errors import FbenchError
from fbench.reports.html.page import page
from fbench.reports.html.reading import read_reported
from fbench.reports.reporters import read_run
from fbench.view.addition import addition, empty_page
from fbench.view.fingerprint import Fingerprint, fingerprint_of

__all__ = ["MadePage", "Pages", "ViewState"]

_PAUSE, _PAUSE_STOPPED = 2.0, 15.0
"""How many seconds a browser waits between two looks: while the run goes on, and where nobody works on it."""

_REST = 4.0
"""Making a page takes a core. So after it, so many times as long is waited as it took."""


class MadePage(NamedTuple):
    """A page, and the state of the run that it shows."""

    generation: str
    text: bytes


class ViewState(NamedTuple):
    """What a browser is told at a look.

    Attributes:
        generation: that of the page as it would be served now.
        running: whether a process works on the run.
        over: whether nothing more will change: the page need not be asked for again.
        pause: how many seconds to wait until the next look.
    """

    generation: str
    running: bool
    over: bool
    pause: float


class Pages:
    """Makes the page of the run in a folder. Its store is only read, and the run is never kept waiting.

    Args:
        folder: the run.
        tell: called with what went wrong, in words.
        now: the time in seconds, from any beginning.
    """

    def __init__(
        self, folder: Path, tell: Callable[[str], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._tell, self._now = folder, tell, now
        self._lock = Lock()
        self._made: MadePage | None = None
        self._again_at = 0.0
        self._told = ""

    def state(self) -> ViewState:
        """How the run stands. This looks at the times of files alone."""
        seen = fingerprint_of(self._folder)
        generation = seen.mark
        if self._made is not None and not self._is_due(seen):
            generation = self._made.generation
        pause = _PAUSE if seen.is_running else _PAUSE_STOPPED
        return ViewState(generation, seen.is_running, seen.is_over and generation == seen.mark, pause)

    def page(self) -> MadePage:
        """The page; where it cannot be made now, the last one, or one that says why."""
        with self._lock:
            seen = fingerprint_of(self._folder)
            if self._made is None or self._is_due(seen):
                self._made = self._make(seen)
            return self._made

    def _is_due(self, seen: Fingerprint) -> bool:
        """Whether the run has changed since the page was made, and it may be made again."""
        if self._made is not None and self._made.generation == seen.mark:
            return False
        return seen.is_over or self._now() >= self._again_at

    def _make(self, seen: Fingerprint) -> MadePage:
        begun = self._now()
        try:
            text = page([read_reported(self._folder, read_run(self._folder))], more=addition(seen.mark, seen))
            self._told = ""
        except FbenchError as error:
            if fingerprint_of(self._folder).mark == seen.mark:  # else it was written meanwhile
                self._say(str(error))
            if self._made is not None:
                self._again_at = self._now() + _PAUSE
                return self._made
            text = empty_page(seen.mark, seen, str(error))
        self._again_at = self._now() + _REST * (self._now() - begun)
        return MadePage(seen.mark, text.encode(errors="backslashreplace"))

    def _say(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self._tell(words)
