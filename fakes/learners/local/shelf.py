"""What was trained, on disk: a folder a training, in it one a checkpoint and the figures of the whole."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple
from weakref import finalize

from fakes.learners.protocol import Step

__all__ = ["Figures", "Measured", "Shelf"]

_FIGURES = "training.json"
_KEY = re.compile("[0-9a-f]{32}")


class Measured(NamedTuple):
    """Loss and accuracy of an epoch: of its steps, and of the validation examples, if any, after it."""

    train_loss: float
    train_accuracy: float
    valid_loss: float | None
    valid_accuracy: float | None


class Figures(NamedTuple):
    """What a training came to: its steps, its epochs, and the tokens that it read."""

    steps: Sequence[Step]
    epochs: Sequence[Measured]
    tokens: int


class Shelf:
    """A folder of trainings, by their keys; a temporary one until `move` gives it a place."""

    def __init__(self) -> None:
        self._root: Path | None = None

    def move(self, root: Path) -> None:
        """Keep trainings in a folder from now on, and clear it of those that were killed.

        Raises:
            OSError: it cannot be made or read.
        """
        root.mkdir(parents=True, exist_ok=True)
        for each in root.iterdir():
            if _KEY.fullmatch(each.name) and not (each / _FIGURES).is_file():
                shutil.rmtree(each)
        self._root = root

    def checkpoint(self, key: str, epoch: int) -> Path:
        """The folder of a checkpoint."""
        return self._folder / key / f"epoch-{epoch:04d}"

    def finished(self, key: str) -> Figures | None:
        """The figures of a training that is whole on disk; None of any other."""
        try:
            found = json.loads((self._folder / key / _FIGURES).read_text(encoding="utf-8"))
            figures = _figures_of(found)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        whole = all(self.checkpoint(key, at).is_dir() for at in range(1, len(figures.epochs) + 1))
        return figures if whole else None

    @contextmanager
    def place(self, key: str) -> Generator[None]:
        """An empty place for a training; what one that comes to no end leaves there is removed."""
        shutil.rmtree(self._folder / key, ignore_errors=True)
        (self._folder / key).mkdir(parents=True)
        try:
            yield
        except BaseException:
            shutil.rmtree(self._folder / key, ignore_errors=True)
            raise

    def finish(self, key: str, figures: Figures) -> None:
        """Write the figures of a training, when all its checkpoints are there."""
        told = {
            "steps": [asdict(step) for step in figures.steps],
            "epochs": [each._asdict() for each in figures.epochs],
            "tokens": figures.tokens,
        }
        written = self._folder / key / f"{_FIGURES}.part"
        written.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        written.replace(written.with_name(_FIGURES))

    @property
    def _folder(self) -> Path:
        if self._root is None:
            self._root = Path(mkdtemp(prefix="fbench-models-"))
            finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        return self._root


def _figures_of(found: Any) -> Figures:
    return Figures(
        [Step(**each) for each in found["steps"]],
        [Measured(**each) for each in found["epochs"]],
        int(found["tokens"]),
    )
