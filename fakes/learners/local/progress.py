"""How far a training is, on disk: its weights, its optimizer and its figures, whole or not at all.

A training that was paused, or whose server was killed, goes on from there as if nothing had happened.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any

from fakes.learners.local.figures import Figures, read_figures, written_figures
from fakes.learners.local.loading import is_out_of_memory

__all__ = ["SavedProgress", "checkpoint_in", "digests_in", "progress_in"]

_NAME = re.compile(r"progress-(\d{8})-([0-9a-f]{32})\.pt")
_PART = "progress.part"

_log = logging.getLogger(__name__)


class SavedProgress:
    """The progress of a training in its folder.

    It is one file, whose name says after how many steps it was written, and its digest. It is written under
    another name first, so what is there under its own is whole, unless the disk damaged it.

    Args:
        torch: the library.
        folder: of the training; it is there, with the checkpoints of the epochs.
        lasts: whether the folder outlasts the process, so that it helps to write after each epoch.
    """

    def __init__(self, torch: Any, folder: Path, *, lasts: bool) -> None:
        self._torch, self._folder, self.lasts = torch, folder, lasts
        self._digests: dict[str, str] = {}

    def checkpoint(self, epoch: int) -> Path:
        """The folder of a checkpoint."""
        return checkpoint_in(self._folder, epoch)

    def write(self, figures: Figures, optimizer: Any) -> None:
        """Put weights and state of an optimizer in the place of what was written before.

        Where it cannot be written, that is logged: the training then is begun anew if it is ended too early.
        """
        part, before = self._folder / _PART, progress_in(self._folder)
        try:
            self._digests = digests_in(self._folder, self._digests)
            told = {
                "figures": written_figures(figures),
                "parameters": [each.detach() for each in _parameters_of(optimizer)],
                "optimizer": optimizer.state_dict(),
                "files": self._digests,
            }
            self._torch.save(told, str(part))
            name = f"progress-{len(figures.steps):08d}-{_digest_of(part)}.pt"
            made = part.replace(self._folder / name)
        except (OSError, RuntimeError) as error:  # PyTorch raises the latter where a disk is full
            part.unlink(missing_ok=True)
            _log.warning("The progress of a training could not be written: %s", error)
            return
        for each in before:
            if each != made:
                each.unlink(missing_ok=True)

    def restore(self, optimizer: Any) -> Figures:
        """Bring an optimizer and its weights to where they were.

        What is in the folder besides is removed. Where nothing whole was kept, the training begins, and there
        are no figures.
        """
        kept: list[Path] = []
        figures = Figures((), ())
        for path in reversed(progress_in(self._folder)):
            try:
                figures = self._restored(path, optimizer)
            except Exception as error:  # whatever is wrong with it, it helps nobody
                if is_out_of_memory(error):
                    raise
                _log.warning("The progress of a training is damaged, so it is begun anew.")
            else:
                kept = [path, *self._checkpoints(figures)]
                break
        for each in set(self._folder.iterdir()) - set(kept):
            if each.is_dir():
                shutil.rmtree(each)
            else:
                each.unlink()
        return figures

    def _restored(self, path: Path, optimizer: Any) -> Figures:
        named = _NAME.fullmatch(path.name)
        if named is None or named[2] != _digest_of(path):
            raise ValueError("the file is not what was written")
        found = self._torch.load(str(path), map_location="cpu", weights_only=True)
        figures, parameters = read_figures(found["figures"]), _parameters_of(optimizer)
        if [each.shape for each in parameters] != [each.shape for each in found["parameters"]]:
            raise ValueError("the weights are others")
        if not all(each.is_dir() for each in self._checkpoints(figures)):
            raise ValueError("a checkpoint is missing")
        files = found.get("files", {})  # which was not told before
        if any(_digest_of(self._folder / each) != digest for each, digest in files.items()):
            raise ValueError("a checkpoint is not what was written")
        optimizer.load_state_dict(found["optimizer"])
        with self._torch.no_grad():
            for parameter, value in zip(parameters, found["parameters"], strict=True):
                parameter.copy_(value)
        return figures

    def _checkpoints(self, figures: Figures) -> list[Path]:
        return [self.checkpoint(epoch) for epoch in range(1, len(figures.epochs) + 1)]


def checkpoint_in(folder: Path, epoch: int) -> Path:
    """The folder of a checkpoint in that of its training."""
    return folder / f"epoch-{epoch:04d}"


def progress_in(folder: Path) -> list[Path]:
    """The files in which a training has left its progress in a folder, the last one at the end."""
    return sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name)) if folder.is_dir() else []


def digests_in(folder: Path, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """The digests of all files of the checkpoints in the folder of a training, by their places in it.

    Those that are `known` are not computed again: a model may be some gigabytes.
    """
    files = sorted(each for each in folder.glob("*/**/*") if each.is_file())
    places = {each.relative_to(folder).as_posix(): each for each in files}
    return {place: (known or {}).get(place) or _digest_of(each) for place, each in places.items()}


def _parameters_of(optimizer: Any) -> Sequence[Any]:
    return [each for group in optimizer.param_groups for each in group["params"]]


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, lambda: blake2b(digest_size=16)).hexdigest()
