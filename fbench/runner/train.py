"""One training: find or create its job, then watch it until it ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from fbench.clock import Clock
from fbench.errors import CassetteMiss, Incomplete, ProviderFailed, ProviderStopped
from fbench.plurals import counted
from fbench.providers.model import CannotTell, Job, JobState, Provider, Rejected, TuningSpec
from fbench.providers.retry import look_for
from fbench.runner.attempts import Paid, reserved, training
from fbench.runner.bounds import most_training_usd
from fbench.runner.budget import Asked
from fbench.runner.experiment import Prices
from fbench.runner.sink import Sink
from fbench.runner.stop import Stop
from fbench.runner.store import TrainingRow

__all__ = ["LOOKS", "Trainer"]

LOOKS = 5_000
"""The job counts as stuck after this many looks: 42 hours of looks half a minute apart."""


@dataclass(frozen=True, slots=True)
class Trainer:
    """Runs trainings to their end, and saves the state of each before every step that costs money."""

    sink: Sink
    clock: Clock
    poll_seconds: float
    look_seconds: float
    stop: Stop
    slots: asyncio.Semaphore
    """Released while a job is watched, so that other work goes on."""
    retry_errors: bool
    """Whether a job is created again where nobody can tell whether it was created."""

    async def train(
        self,
        name: str,
        spec: TuningSpec,
        before: TrainingRow | None,
        provider: Provider,
        price: Prices | None,
    ) -> dict[int, str]:
        """The models that result from a training, by epoch, at a price if one is known.

        `before` is the state left by an interrupted run: a known job is watched again; if only the intent is
        known, the service is searched for the job before a new one is paid for.

        Raises:
            ProviderFailed: the job failed, or the service refused it.
            Incomplete: the job was still running after `LOOKS` looks.
            Stopped: a stop was requested while the job was running; it is known, and is watched again later.
        """
        if before is not None and before.state == "succeeded" and before.models:
            return before.models
        asked = Asked(training(name), most_training_usd(price, spec.examples, spec.epochs))
        try:
            job = await self._known(before, provider)
            job = job or await self._begin(name, spec, before, provider, asked)
            job = await self._watch(name, job, provider)
        except Rejected as error:
            raise ProviderFailed(str(error)) from error
        return job.models

    async def _known(self, before: TrainingRow | None, provider: Provider) -> Job | None:
        """The job that an interrupted run created.

        Raises:
            ProviderFailed: the service does not tell of it. It may be running nevertheless.
        """
        if before is None or before.state != "created" or not before.job:
            return None
        try:
            return await provider.read(before.job)
        except ProviderStopped:
            raise
        except (ProviderFailed, Rejected) as error:
            if self.retry_errors:
                return None
            raise ProviderFailed(
                f"{error}. Look at the job there; `fbench resume` looks again, and with --retry-errors "
                "creates another one if it is gone."
            ) from error

    async def _watch(self, name: str, job: Job, provider: Provider) -> Job:
        """The job once it has succeeded, which is saved. Meanwhile, if that takes time, others have the slot.

        It is saved without the slot: those that have the slots may wait for the room in a budget that the end
        of this training leaves.
        """
        takes_time = job.state is JobState.RUNNING and self.poll_seconds
        if takes_time:
            self.slots.release()
        try:
            job = await self._ended(name, job, provider)
            self._save_end(name, job)
        except BaseException:
            self.sink.unclear(training(name))  # unless it was settled: nobody waits for the end of it
            raise
        finally:
            if takes_time:
                await self.slots.acquire()
        return job

    async def _ended(self, name: str, job: Job, provider: Provider) -> Job:
        looks = 0
        while job.state is JobState.RUNNING:
            if looks == LOOKS:
                raise Incomplete(
                    f"training {name}: job {job.id} was looked at {counted(looks, 'time')} and is still "
                    f"not done. "
                    "Look at it where it runs; `fbench resume` goes on watching it."
                )
            await self.stop.sleep(self.clock, self.poll_seconds)
            job = await provider.read(job.id)
            looks += 1
        return job

    def _save_end(self, name: str, job: Job) -> None:
        if job.state is not JobState.SUCCEEDED:
            reason = job.error or f"it was {job.state}"
            self.sink.training(TrainingRow(name, "failed", job.id, error=reason))
            raise ProviderFailed(f"training {name}: job {job.id} did not succeed: {reason}")
        self.sink.training(TrainingRow(name, "succeeded", job.id, job.models, job.tokens, losses=job.losses))

    async def _begin(
        self, name: str, spec: TuningSpec, before: TrainingRow | None, provider: Provider, asked: Asked
    ) -> Job:
        job = await self._find(spec, before, provider) if before is not None else None
        if job is None:
            await reserved(self.sink, [asked], self.stop.raise_stopped)
            self.sink.training(TrainingRow(name, "intended"))
            try:
                retried = partial(self.sink.retried, name)
                with Paid(self.sink, asked, self.stop.raise_stopped, once=True, retried=retried):
                    job = await self._create(spec, provider)
            except (ProviderFailed, Rejected) as error:
                self.sink.training(TrainingRow(name, "failed", error=str(error)))
                raise
        self.sink.training(TrainingRow(name, "created", job.id))
        return job

    async def _find(self, spec: TuningSpec, before: TrainingRow, provider: Provider) -> Job | None:
        """The job of an interrupted run. One that was being created may be listed late: it is waited for."""
        if before.state != "intended":
            with suppress(CannotTell):  # the service refused it, so there is nothing to find
                return await provider.find(spec)
            return None
        try:
            found = await self._looked_for(spec, provider)
        except CannotTell:
            if not self.retry_errors:
                raise
            return None
        except ProviderFailed as error:
            if self.retry_errors:
                return None
            raise CannotTell(
                f"training {before.id}: a job was being created when the run ended, and the service does not "
                f"list its jobs ({error}). Look there whether it exists; `fbench resume` looks again, and "
                "with --retry-errors creates another one."
            ) from error
        if found is None:
            self.sink.give_back([training(before.id)])  # it was not created, and is not paid for
        return found

    async def _looked_for(self, spec: TuningSpec, provider: Provider) -> Job | None:
        return await look_for(lambda: provider.find(spec), self.clock, self.look_seconds)

    async def _create(self, spec: TuningSpec, provider: Provider) -> Job:
        try:
            return await provider.create(spec)
        except CassetteMiss:
            # the response to the creation was lost when it was recorded, and the job was found again
            if (found := await self._looked_for(spec, provider)) is None:
                raise
            return found
