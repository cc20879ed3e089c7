"""The packaged word lists and templates, and the random generator that draws from them."""

from __future__ import annotations

import json
import random
from importlib.resources import files
from typing import Any

__all__ = ["chance", "roster"]


def roster(name: str) -> Any:
    """The packaged JSON file `name`; the caller declares its type."""
    return json.loads(files("fbench.datasets.generated").joinpath(name).read_text(encoding="utf-8"))


def chance(task: str, seed: int) -> random.Random:
    """The random generator for one task: the draws of one task do not affect another's.

    Python seeds from text with SHA-512, so the draws are the same in every process and Python since 3.2.
    """
    return random.Random(f"{task}/{seed}")  # noqa: S311 - meant to be repeatable, not secret
