"""Do units in one process, several at once: train, then ask the questions of the cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

from fbench.datasets.model import Dataset
from fbench.errors import ProviderFailed
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.model import Provider, TuningSpec
from fbench.providers.profiles import Profile, profile_of
from fbench.request_context import about
from fbench.runner.budget import Budget
from fbench.runner.evaluate import Examiner
from fbench.runner.experiment import Experiment
from fbench.runner.pending import PendingUnit
from fbench.runner.plan import Cell, Training, Unit, examples_of
from fbench.runner.pool import Groups, do_all
from fbench.runner.sink import Sink
from fbench.runner.stop import Stop, Stopped
from fbench.runner.store import TrainingRow
from fbench.runner.train import Trainer

__all__ = ["Worker"]

UNITS_AT_ONCE = 8
"""Maximum number of units in progress at once. More would only spread the same requests over more jobs."""


class Worker:
    """Does units over one connection. A unit that fails permanently does not stop the others."""

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset,
        connection: Connection,
        sink: Sink,
        *,
        concurrency: int,
        budget: Budget,
        stop: Stop,
    ) -> None:
        self._dataset, self._connection = dataset, connection
        self._concurrency, self._budget, self._stop = concurrency, budget, stop.part()
        self._providers: dict[str, Provider] = {}
        self._groups = Groups(sink.answers)
        self._trainer = Trainer(
            sink, connection.clock, connection.poll_seconds, connection.look_seconds, self._stop
        )
        self._examiner = Examiner(
            experiment.sampling,
            self._groups,
            asyncio.Semaphore(concurrency),
            concurrency,
            self._stop,
            connection.keep,
            experiment.thoughts_of,
        )

    def run(self, works: Iterator[PendingUnit], done: Callable[[Unit], None]) -> list[str]:
        """Do all units from the iterator, and return messages about permanent failures.

        `works` may block, for example while another process hands out work; `done` is called for each
        finished unit.
        """
        return asyncio.run(self._run(works, done))

    async def _run(self, works: Iterator[PendingUnit], done: Callable[[Unit], None]) -> list[str]:
        failures: list[str] = []

        async def do(work: PendingUnit) -> None:
            try:
                await self._do(work)
            except Stopped:
                return
            except ProviderFailed as error:
                failures.append(str(error))
            done(work.unit)

        try:
            await do_all(works, do, width=min(UNITS_AT_ONCE, self._concurrency), stop=self._stop)
        finally:
            self._groups.flush()
            try:
                for provider in self._providers.values():
                    await provider.close()
            finally:
                self._connection.release()
        return failures

    async def _do(self, work: PendingUnit) -> None:
        self._budget.reserve(work.cost)
        unit = work.unit
        profile, name = profile_of(unit.cells[0].model)
        provider = self._provider(profile)
        models = {0: name}
        with about(shard=unit.id):
            if unit.training is not None:
                models = await self._train(unit.training, work.before, provider)
            for cell in unit.cells:
                model = _model_of(cell, models)
                await self._examiner.examine(cell, model, work.questions[cell.id], provider)
        self._groups.flush()

    async def _train(
        self, training: Training, before: TrainingRow | None, provider: Provider
    ) -> dict[int, str]:
        profile, name = profile_of(training.model)
        examples = examples_of(self._dataset, training.task, profile.minimum)
        spec = TuningSpec(name, examples, training.epochs, training.seed, training.key)
        return await self._trainer.train(training.id, spec, before, provider)

    def _provider(self, profile: Profile) -> Provider:
        if profile.name not in self._providers:
            self._providers[profile.name] = connect(self._connection, profile)
        return self._providers[profile.name]


def _model_of(cell: Cell, models: Mapping[int, str]) -> str:
    if cell.epochs not in models:
        kept = ", ".join(map(str, sorted(models)))
        raise ProviderFailed(
            f"cell {cell.id}: the job kept no checkpoint of epoch {cell.epochs}, only {kept}"
        )
    return models[cell.epochs]
