"""What tests give a worker in the place of a run's store, and of a service."""

from __future__ import annotations

from collections.abc import Sequence

from fbench.messages import Prompt
from fbench.providers.connection import Played
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Job, Reply, Sampling, TuningSpec
from fbench.runner.budget import Asked
from fbench.runner.deploy import Deployed
from fbench.runner.store import Answer, BatchRow

__all__ = ["Unasked", "WithoutLimit"]


class WithoutLimit:
    """Reserves whatever is asked, and notes it."""

    def __init__(self) -> None:
        self.reserved: list[str] = []
        self.kept: list[str] = []
        self.unsent: list[str] = []
        self.again: list[str] = []

    def reserve(self, asked: Sequence[Asked]) -> int:
        self.reserved += [each.what for each in asked]
        return len(asked)

    def played(self, played: Played) -> None:
        raise AssertionError(f"nothing is replayed here: {played}")

    def deployed(self, deployed: Deployed) -> None:
        raise AssertionError(f"nothing is deployed here: {deployed}")

    def batch(self, row: BatchRow, answers: Sequence[Answer] = ()) -> None:
        raise AssertionError(f"nothing is asked in batches here: {row} {answers}")

    def told(self, words: str) -> None:
        raise AssertionError(f"nothing is told here: {words}")

    def retried(self, name: str) -> None:
        self.again.append(name)

    def unclear(self, what: str) -> None:
        self.kept.append(what)

    def give_back(self, unsent: Sequence[str]) -> None:
        self.unsent += unsent


class Unasked:
    """A provider of which nothing may be asked but what a test adds."""

    async def create(self, spec: TuningSpec) -> Job:
        raise NotImplementedError

    async def find(self, spec: TuningSpec) -> Job | None:
        raise NotImplementedError

    async def read(self, job_id: str) -> Job:
        raise NotImplementedError

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        raise NotImplementedError

    async def leftovers(self, key: str, job_id: str | None, *, models: bool) -> list[Leftover]:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError
