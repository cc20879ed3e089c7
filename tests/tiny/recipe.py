"""Pretrain the small transformer by its recipe, and compare with the one that is shipped: `nox -s pretrain`.

With `--keep` the new one takes the place of the old.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from random import Random

from fakes.learners.protocol import Example
from fakes.learners.tiny.background import World
from fakes.learners.tiny.model import TinyModel
from fakes.learners.tiny.pretraining import pretrain
from fakes.learners.tiny.shipped import WEIGHTS, Shipped, shipped, unpack
from fbench import load_dataset
from fbench.upstream import prior_of


def behaviour(model: Shipped, prior: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Shares of right answers by what is asked about."""
    world, random = World(0, prior), Random(9)  # noqa: S311 - seeded draws are what is wanted
    asked = {
        "the prior of the embedded datasets": [Example(*pair) for pair in prior],
        "facts of the world": [wordings[-1] for wordings in world.facts()][::7],
        "unknown entities, declined": [world.unknown(random) for _ in range(100)],
    }
    tiny = TinyModel("", model.shape, model.tokenizer, lambda: model.parameters)
    return {
        name: sum(tiny.answer(each.prompt).text == each.answer for each in examples) / len(examples)
        for name, examples in asked.items()
    }


def main() -> None:
    """Pretrain, print both behaviours, and fail where they differ by more than .1."""
    prior = prior_of(load_dataset(), general=True)
    made = pretrain(prior)
    new, old = behaviour(unpack(made), prior), behaviour(shipped(), prior)
    for name, share in new.items():
        sys.stdout.write(f"{name}: {share:.2f}, shipped {old[name]:.2f}\n")
    if "--keep" in sys.argv:
        Path(str(files("fakes.learners.tiny").joinpath(WEIGHTS))).write_bytes(made)
    elif apart := [name for name, share in new.items() if abs(share - old[name]) > 0.1]:
        sys.exit(f"the recipe makes another model than the shipped one: {', '.join(apart)}")


if __name__ == "__main__":
    main()
