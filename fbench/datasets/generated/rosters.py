"""The packaged word lists and templates, and the chance by which they are drawn from."""

from __future__ import annotations

import json
import random
from importlib.resources import files
from typing import Any

__all__ = ["chance", "roster"]


def roster(name: str) -> Any:
    """The packaged JSON file `name`; whoever reads it declares its shape."""
    return json.loads(files("fbench.datasets.generated").joinpath(name).read_text(encoding="utf-8"))


def chance(task: str, seed: int) -> random.Random:
    """The source of chance for one task: tasks do not shift each other's draws.

    Seeding with text is by SHA-512, so it is the same in every process and on every Python since 3.2.
    """
    return random.Random(f"{task}/{seed}")  # noqa: S311 - meant to be repeatable, not secret
