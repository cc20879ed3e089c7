"""One training: found again or created, then watched until it ends."""

from __future__ import annotations

from fbench.clock import Clock
from fbench.errors import ProviderFailed
from fbench.pipeline.sink import Sink
from fbench.providers.model import Job, JobState, Provider, TuningSpec
from fbench.store import TrainingRow

__all__ = ["train"]


async def train(
    name: str,
    spec: TuningSpec,
    before: TrainingRow | None,
    provider: Provider,
    sink: Sink,
    clock: Clock,
    poll_seconds: float,
) -> dict[int, str]:
    """The models that a training leads to, by epoch.

    `before` is what an interrupted run left: a job that is known is watched again, and where only the
    intent is known, the job is looked for before another is paid for.

    Raises:
        ProviderFailed: the job failed, or the service refused it.
    """
    if before is not None and before.state == "succeeded" and before.models:
        return before.models
    try:
        job = await _begin(name, spec, before, provider, sink)
        while job.state is JobState.RUNNING:
            await clock.sleep(poll_seconds)
            job = await provider.read(job.id)
    except ProviderFailed as error:
        sink.training(TrainingRow(name, "failed", error=str(error)))
        raise
    if job.state is not JobState.SUCCEEDED:
        reason = job.error or f"it was {job.state}"
        sink.training(TrainingRow(name, "failed", job.id, error=reason))
        raise ProviderFailed(f"training {name}: job {job.id} did not succeed: {reason}")
    sink.training(TrainingRow(name, "succeeded", job.id, job.models, job.tokens))
    return job.models


async def _begin(
    name: str, spec: TuningSpec, before: TrainingRow | None, provider: Provider, sink: Sink
) -> Job:
    if before is not None and before.state == "created" and before.job:
        return await provider.read(before.job)
    job = await provider.find(spec) if before is not None else None
    if job is None:
        sink.training(TrainingRow(name, "intended"))
        job = await provider.create(spec)
    sink.training(TrainingRow(name, "created", job.id))
    return job
