"""Do units in one process, several at once: train, then ask the questions of the cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from fbench.datasets.model import Dataset, Question
from fbench.errors import Incomplete, ProviderFailed, ProviderStopped
from fbench.messages import Prompt
from fbench.plurals import be, counted
from fbench.providers.batches import batches_of
from fbench.providers.connect import connect
from fbench.providers.connection import Connection
from fbench.providers.model import Provider, TuningSpec
from fbench.providers.pacing import paced_as
from fbench.providers.profiles import Profile
from fbench.request_context import about
from fbench.runner.batches import AskedCell, BatchExaminer
from fbench.runner.cells import Cell, Training, Unit
from fbench.runner.deploy import Deployer
from fbench.runner.evaluate import Examiner
from fbench.runner.experiment import Experiment, Prices
from fbench.runner.grid import Grid
from fbench.runner.pending import PendingUnit
from fbench.runner.played import telling_played
from fbench.runner.pool import Groups, do_all
from fbench.runner.prices import price_in
from fbench.runner.prompts import Prompts, sampling_of
from fbench.runner.sink import Sink
from fbench.runner.stop import Stop, Stopped
from fbench.runner.store import TrainingRow
from fbench.runner.train import Trainer

__all__ = ["Failures", "Worker"]

UNITS_AT_ONCE = 8
"""Maximum number of units in progress at once, without those that only wait for a training. More would only
spread the same requests over more jobs.
"""


@dataclass(slots=True)
class Failures:
    """What became of the units that did not reach their end, in words: failed for good, or for now."""

    final: list[str] = field(default_factory=list[str])
    for_now: list[str] = field(default_factory=list[str])

    def add(self, more: Failures) -> None:
        """Add those of another worker."""
        self.final += more.final
        self.for_now += more.for_now


class Worker:
    """Does units over one connection. A unit that fails, for good or for now, leaves the others alone."""

    def __init__(
        self,
        experiment: Experiment,
        dataset: Dataset,
        connection: Connection,
        sink: Sink,
        *,
        concurrency: int,
        stop: Stop,
        retry_errors: bool,
        batch: bool = False,
    ) -> None:
        self._experiment, self._stop = experiment, stop.part()
        connection = replace(connection, clock=self._stop.clock(connection.clock))
        connection = telling_played(connection, sink.played)
        self._dataset, self._connection, self._sink = dataset, connection, sink
        self._providers: dict[str, Provider] = {}
        self._stopped: dict[str, ProviderStopped] = {}
        self._slots = asyncio.Semaphore(min(UNITS_AT_ONCE, concurrency))
        self._groups = Groups(sink.answers)
        self._trainer = Trainer(
            sink,
            connection.clock,
            connection.poll_seconds,
            connection.look_seconds,
            self._stop,
            self._slots,
            retry_errors,
        )
        self._deployer = Deployer(sink, connection.clock, connection.poll_seconds, self._stop, self._slots)
        self._in_batches = batch
        self._prompts, self._grid = Prompts(experiment, dataset), Grid(experiment, dataset)
        self._questions = {question.id: question for question in dataset.questions}
        self._batches = BatchExaminer(
            sink,
            connection.clock,
            connection.poll_seconds,
            connection.look_seconds,
            self._stop,
            self._slots,
            retry_errors,
            experiment.run_id,
            self._prompt_by_id,
            connection.keep,
        )
        self._in_flight = asyncio.Semaphore(concurrency)
        self._examiner = Examiner(
            self._prompts.of,
            partial(sampling_of, experiment),
            self._groups,
            sink,
            self._in_flight,
            concurrency,
            self._stop,
            connection.keep,
            experiment.profile_of,
            sink.retried,
        )

    def run(self, works: Iterator[PendingUnit], done: Callable[[Unit], None]) -> Failures:
        """Do all units from the iterator, and return what became of those that failed.

        `works` may block, for example while another process hands out work; `done` is called for each unit
        that reached its end or failed.
        """
        return asyncio.run(self._run(works, done))

    async def _run(self, works: Iterator[PendingUnit], done: Callable[[Unit], None]) -> Failures:
        failures = Failures()

        async def do(work: PendingUnit) -> None:
            try:
                await self._do(work)
            except Stopped:
                return
            except ProviderFailed as error:
                if str(error) not in failures.final:  # a provider that stopped is told once
                    failures.final.append(str(error))
            except Incomplete as error:
                failures.for_now.append(str(error))
            if not self._stop.requested:  # after a stop, questions may be left of it
                done(work.unit)

        try:
            await do_all(works, do, slots=self._slots, stop=self._stop)
        finally:
            try:
                for provider in self._providers.values():
                    await provider.close()
            finally:
                self._connection.release()
        return failures

    async def _do(self, work: PendingUnit) -> None:
        unit = work.unit
        price = price_in(self._experiment, unit.cells[0].model)
        profile, name = self._experiment.profile_of(unit.cells[0].model)
        if profile.name in self._stopped:
            raise self._stopped[profile.name]
        provider = self._provider(profile)
        models = {0: name}
        pacers = self._connection.pacers
        try:
            with about(shard=unit.id):
                if unit.training is not None:
                    models = await self._train(unit.training, work.before, provider, price)
                asked_alone = await self._asked_in_batches(work, models, provider, price)
                work = replace(work, questions=asked_alone)
                with paced_as(pacers and pacers.of(unit.cells[0].model), self._in_flight):
                    for cell in unit.cells:
                        await self._ask(cell, work, models, provider, price)
        except ProviderStopped as error:
            told = ProviderStopped(profile.stopped(error))
            raise self._stopped.setdefault(profile.name, told) from error
        finally:
            self._groups.flush()

    async def _ask(
        self,
        cell: Cell,
        work: PendingUnit,
        models: Mapping[int, str],
        provider: Provider,
        price: Prices | None,
    ) -> None:
        questions, left = work.questions[cell.id], work.deployed.get(cell.id)
        if not questions and not (left and self._experiment.uses_fakes):  # fakes have to make it anew
            if left:
                await self._deployer.remove(cell, left, provider)
            return
        training = work.unit.training
        key = training.key if training else self._experiment.run_id or ""
        model = _model_of(cell, models)
        async with self._deployer.deployed(cell, model, key, provider, left) as answering:
            await self._examiner.examine(cell, answering.model, questions, answering.through, price)

    async def _asked_in_batches(
        self, work: PendingUnit, models: Mapping[int, str], provider: Provider, price: Prices | None
    ) -> Mapping[str, Sequence[Question]]:
        """The questions that are left to be asked one by one, by cell.

        Batches of before are seen to their end in any case: their questions must not be asked twice. A model
        that no batch can ask is asked one by one.
        """
        batches = batches_of(provider)
        is_open = any(row.state != "ended" for row in work.batches)
        if batches is None or not (self._in_batches or is_open):
            return work.questions
        asked: list[AskedCell] = []
        alone: list[AskedCell] = []
        for cell in work.unit.cells:
            if cell.epochs not in models or not work.questions[cell.id]:
                continue
            rows = {row.number: row for row in work.batches if row.cell == cell.id}
            model, questions = models[cell.epochs], work.questions[cell.id]
            each = self._examiner.in_batches(cell, model, questions, rows, price)
            if why := await batches.why_not(model):
                alone.append(each)
                await self._batches.examine([each], batches, begin=False)
                if self._in_batches and (count := len(each.questions)):
                    words = f"{counted(count, 'question')} of cell {cell.id}"
                    self._sink.told(f"{words} {be(count)} asked one by one: {why}.")
            else:
                asked.append(each)
        await self._batches.examine(asked, batches, begin=self._in_batches)
        left = {each.cell.id: list(each.questions.values()) for each in (*asked, *alone)}
        return {**work.questions, **left}

    async def _train(
        self, training: Training, before: TrainingRow | None, provider: Provider, price: Prices | None
    ) -> dict[int, str]:
        _, name = self._experiment.profile_of(training.model)
        spec = TuningSpec(
            name,
            self._grid.examples(training),
            training.epochs,
            training.seed,
            training.key,
            training.design.hyperparameters,
        )
        return await self._trainer.train(training.id, spec, before, provider, price)

    def _prompt_by_id(self, cell: Cell, question: str) -> Prompt:
        return self._prompts.of(cell, self._questions[question])

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
