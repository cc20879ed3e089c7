"""A part of a run that one machine does: those of its units whose names hash to its number."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple, cast

from fbench.errors import UsageError
from fbench.runner.cells import Unit
from fbench.runner.plan import Plan
from fbench.runner.store import Store

__all__ = ["RunShard", "keep_shard", "shard_of"]

_SHARD = "shard"
_WRITTEN = re.compile(r"(\d{1,4})/(\d{1,4})")


class RunShard(NamedTuple):
    """The shard `number` of `of`, from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> RunShard:
        """A shard as it is written: `2/8`.

        Raises:
            UsageError: it is not written so, or there is no such shard.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(f"--shard: {text!r} is no shard: write it as 2/8, from 1/8 to 8/8.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def has(self, unit: Unit) -> bool:
        """Whether a unit belongs to it. Each unit belongs to one of the shards, whatever else is planned."""
        hashed = hashlib.sha256(unit.id.encode()).digest()
        return int.from_bytes(hashed, "big") % self.of == self.number - 1

    def part(self, plan: Plan) -> Plan:
        """What it does of a plan."""
        mine = [(unit, cost) for unit, cost in zip(plan.units, plan.costs, strict=True) if self.has(unit)]
        return Plan(
            tuple(unit for unit, _ in mine), tuple(cost for _, cost in mine), plan.questions, plan.asked_in
        )

    def share(self, whole: float | None) -> float | None:
        """Its share of a budget or a rate of all."""
        return None if whole is None else whole / self.of


def keep_shard(store: Store, shard: RunShard) -> None:
    """Keep in a run's store which shard it is."""
    store.set_meta(_SHARD, list(shard))


def shard_of(store: Store) -> RunShard | None:
    """The shard that a run is; None if it is whole."""
    kept = cast("list[int] | None", store.meta(_SHARD))
    return None if kept is None else RunShard(*kept)
