"""What was trained, on disk: a folder a training, in it one a checkpoint and the figures of the whole."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

from fakes.learners.capabilities import TrainingPaused
from fakes.learners.local.figures import Figures, read_figures, written_figures
from fakes.learners.local.progress import checkpoint_in, digests_in, progress_in

__all__ = ["Shelf"]

_FIGURES = "training.json"
_KEY = re.compile("[0-9a-f]{32}")


class Shelf:
    """A folder of trainings, by their keys; a temporary one until `move` gives it a place.

    Attributes:
        lasts: whether the folder outlasts this process.
    """

    def __init__(self) -> None:
        self._root: Path | None = None
        self.lasts = False

    def move(self, root: Path) -> None:
        """Keep trainings in a folder from now on, and clear it of those that were killed before an epoch.

        Raises:
            OSError: it cannot be made or read.
        """
        root.mkdir(parents=True, exist_ok=True)
        for each in root.iterdir():
            if not _KEY.fullmatch(each.name):
                continue
            if (each / _FIGURES).is_file():
                _forget_progress(each)
            elif not progress_in(each):
                shutil.rmtree(each)
        self._root, self.lasts = root, True

    def checkpoint(self, key: str, epoch: int) -> Path:
        """The folder of a checkpoint."""
        return checkpoint_in(self._folder / key, epoch)

    def finished(self, key: str) -> Figures | None:
        """The figures of a training that is whole on disk, each file as it was written; None of any other.

        What was written before figures told the digests of files is whole if all checkpoints are there.
        """
        folder = self._folder / key
        try:
            text = (folder / _FIGURES).read_text(encoding="utf-8")
            figures, files = read_figures(text), json.loads(text).get("files")
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if files is None:
            whole = all(self.checkpoint(key, at).is_dir() for at in range(1, len(figures.epochs) + 1))
        else:
            whole = files == digests_in(folder)
        return figures if whole else None

    @contextmanager
    def place(self, key: str) -> Generator[Path]:
        """The place of a training, with what an unfinished one left there.

        What a training leaves that fails or is stopped is removed. One that is paused, or interrupted, is to
        go on.
        """
        folder = self._folder / key
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield folder
        except TrainingPaused:
            raise
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def finish(self, key: str, figures: Figures) -> None:
        """Write the figures of a training whose checkpoints are all there, and remove its progress."""
        folder = self._folder / key
        written = folder / f"{_FIGURES}.part"
        told = json.loads(written_figures(figures)) | {"files": digests_in(folder)}
        written.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        written.replace(folder / _FIGURES)
        _forget_progress(self._folder / key)

    @property
    def _folder(self) -> Path:
        if self._root is None:
            self._root = Path(mkdtemp(prefix="fbench-models-"))
            finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        return self._root


def _forget_progress(folder: Path) -> None:
    for each in progress_in(folder):
        each.unlink()
