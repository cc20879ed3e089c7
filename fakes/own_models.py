"""An account with OpenAI's wire whose base models are whatever its learner has, by the names given to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fakes.openai.account import OpenAI
from fakes.openai.catalogue import BaseModel, Catalogue
from fakes.world import World

__all__ = ["OwnModels", "serve_own_models"]

_MADE = 1_735_689_600
"""2025-01-01: when base models say that they were made."""
_LONGEST = 1 << 20
"""Tokens: the learner says itself what is too long for its model."""
_RANKS = {"lora_rank": (1, 1024)}


class _Own(Catalogue):
    """Base models that are always open and can always be tuned."""

    def takes_jobs(self, name: str, day: date) -> bool:
        """Whether it is one of these models, or was tuned from one."""
        del day
        return name.removeprefix("ft:").split(":")[0] in self.models


class OwnModels(OpenAI):
    """The account, in the place of a world's account of OpenAI; its jobs take the rank of adapters too.

    Args:
        world: whose account it becomes.
        names: of the base models.
    """

    def __init__(self, world: World, names: Iterable[str]) -> None:
        super().__init__(
            world.ids,
            world.learner,
            world.seed,
            world.pace,
            world.faults.job_failures,
            behaviours=world.behaviours,
            tally=world.tally,
            draws=world.openai.draws,
            date=world.date,
        )
        models = (BaseModel(name, _MADE, context=_LONGEST, output=_LONGEST) for name in names)
        self.catalogue = _Own("openai", models, _RANKS)


def serve_own_models(world: World, names: Iterable[str]) -> None:
    """Have a world serve base models of these names in the place of OpenAI's, before it is asked anything."""
    world.openai = OwnModels(world, names)
