"""What a training came to, in numbers, and how that is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from fakes.learners.protocol import Step

__all__ = ["Figures", "Measured", "read_figures", "written_figures"]


class Measured(NamedTuple):
    """Loss and accuracy of an epoch: of its steps, and of the validation examples, if any, after it."""

    train_loss: float
    train_accuracy: float
    valid_loss: float | None
    valid_accuracy: float | None


class Figures(NamedTuple):
    """What a training came to, at its end or before it: its steps, its epochs, the tokens that it read."""

    steps: Sequence[Step]
    epochs: Sequence[Measured]
    tokens: int = 0


def written_figures(figures: Figures) -> str:
    """The figures as JSON."""
    told = {
        "steps": [asdict(step) for step in figures.steps],
        "epochs": [each._asdict() for each in figures.epochs],
        "tokens": figures.tokens,
    }
    return json.dumps(told, indent=1) + "\n"


def read_figures(text: str) -> Figures:
    """The figures that were written.

    Raises:
        ValueError, KeyError, TypeError: these are no figures.
    """
    found = json.loads(text)
    return Figures(
        [Step(**each) for each in found["steps"]],
        [Measured(**each) for each in found["epochs"]],
        int(found["tokens"]),
    )
