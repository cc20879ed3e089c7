"""A run that goes on in a thread of this process, as far as a test lets it."""

from __future__ import annotations

import threading
from pathlib import Path

from fbench.pipeline import execute, prepare
from fbench.runner.experiment import Experiment
from fbench.runner.folder import make_folder
from fbench.runner.progress import Progress

__all__ = ["HeldRun"]

_SECONDS = 60


class _Held(Progress):
    """Lets a run go on until so many questions are answered, and then waits to be let on."""

    def __init__(self) -> None:
        self.answers, self.allowed = 0, 0
        self.changed = threading.Condition()

    def answered(self, count: int) -> None:
        with self.changed:
            self.answers += count
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.answers < self.allowed, _SECONDS)


class HeldRun:
    """A run of an experiment in a folder, in which one question is asked at a time."""

    def __init__(self, folder: Path, experiment: Experiment) -> None:
        self.folder, self._held = folder, _Held()
        ready = prepare(experiment)
        make_folder(folder, ready.experiment)
        self._thread = threading.Thread(
            target=execute, args=(ready, folder), kwargs={"concurrency": 1, "jobs": 1, "progress": self._held}
        )
        self._thread.start()

    def until(self, answers: int) -> None:
        """Let the run go on to so many answers, and wait for them."""
        with self._held.changed:
            self._held.allowed = answers
            self._held.changed.notify_all()
            assert self._held.changed.wait_for(lambda: self._held.answers >= answers, _SECONDS)

    def end(self) -> None:
        """Let the run go on to its end, and wait for that."""
        with self._held.changed:
            self._held.allowed = 10**9
            self._held.changed.notify_all()
        self._thread.join(_SECONDS)
        assert not self._thread.is_alive()
