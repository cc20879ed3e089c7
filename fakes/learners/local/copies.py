"""Whole copies of a network, for full tuning: one in training, and the last ones that answered.

Who uses this has the turn at the network (`fakes.learners.local.gate`).
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.learners.local.loading import Libraries, reading

__all__ = ["Copies"]

_RESIDENT = 2
"""Copies that stay loaded beside the base model and the one in training."""


class Copies:
    """The base network, and those that were trained from it; they are saved with the tokenizer."""

    def __init__(self, libraries: Libraries, network: Any, tokenizer: Any) -> None:
        self._libraries, self._base, self._tokenizer = libraries, network, tokenizer
        self._training: dict[str, Any] = {}
        self._loaded: OrderedDict[Path, Any] = OrderedDict()
        self._named = 0

    def begin(self, start: Path | None, rank: int | None, seed: int) -> tuple[str, list[Any]]:
        """A copy to train, of the base or of a saved one: its name, and its parameters.

        Its weights are in full precision: the steps of a small learning rate are lost in others.
        """
        del rank, seed
        self._named += 1
        name = f"copy{self._named}"
        made = copy.deepcopy(self._base) if start is None else self._opened(start)
        self._training[name] = made = made.float()
        made.requires_grad_(requires_grad=True)
        return name, list(made.parameters())

    def in_training(self, name: str) -> Any:
        """A copy, ready for a step."""
        self._training[name].train()
        return self._training[name]

    def save(self, name: str, folder: Path) -> None:
        """Write a copy as Transformers does, so that others can load it."""
        self._training[name].save_pretrained(str(folder))
        self._tokenizer.save_pretrained(str(folder))

    def drop(self, name: str) -> None:
        """Forget a copy."""
        del self._training[name]

    @contextmanager
    def at(self, folder: Path | None) -> Generator[Any]:
        """The base network, or a saved one, for answers."""
        if folder is None:
            yield self._base
            return
        if folder not in self._loaded:
            self._loaded[folder] = self._opened(folder).eval()
        self._loaded.move_to_end(folder)
        if len(self._loaded) > _RESIDENT:
            self._loaded.popitem(last=False)
        yield self._loaded[folder]

    def _opened(self, folder: Path) -> Any:
        with reading(folder):
            made = self._libraries.transformers.AutoModelForCausalLM.from_pretrained(
                str(folder), dtype=self._base.dtype
            )
        return made.to(self._base.device)
