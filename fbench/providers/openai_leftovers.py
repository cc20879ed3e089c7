"""What a training or a batch left at a service with OpenAI's wire format: files and models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import openai

from fbench.providers.leftovers import Leftover

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.fine_tuning import FineTuningJob

    from fbench.providers.retry import Retries

__all__ = ["ENDED", "batch_files_left", "file_left", "files_left", "job_left", "models_left"]

ENDED = frozenset({"succeeded", "failed", "cancelled"})
"""The states of a job that reads its file no more."""
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})
"""Likewise, of a batch."""

Found = TypeVar("Found")


async def job_left(client: AsyncOpenAI, retry: Retries, job_id: str) -> FineTuningJob | None:
    """The job; None if the service has none of this id."""
    return await _there(retry, f"reading job {job_id}", lambda: client.fine_tuning.jobs.retrieve(job_id))


async def files_left(
    client: AsyncOpenAI, retry: Retries, filename: str, mark: dict[str, str]
) -> list[Leftover]:
    """All training files of that name. Those must stay that a job with that mark is reading."""

    async def listed() -> tuple[list[str], dict[str, str]]:
        files = [
            each.id async for each in client.files.list(purpose="fine-tune") if each.filename == filename
        ]
        jobs = [each async for each in client.fine_tuning.jobs.list(metadata=mark)] if files else []
        return files, {job.training_file: job.id for job in jobs if job.status not in ENDED}

    files, read_by = await retry("listing training files", listed)
    return [
        Leftover("training file", name, why=f"job {read_by[name]} is still running, and reads it")
        if name in read_by
        else Leftover("training file", name, _deletes_file(client, retry, name))
        for name in files
    ]


async def file_left(
    client: AsyncOpenAI, retry: Retries, job: FineTuningJob, filename: str, *, running: bool
) -> list[Leftover]:
    """The training file of a job, if it is still there. One of another name was not uploaded by fbench."""
    name = job.training_file
    file = await _there(retry, f"reading file {name}", lambda: client.files.retrieve(name))
    if file is None:
        return []
    if file.filename != filename:
        return [
            Leftover("training file", name, why=f"it is called {file.filename!r}, as none of this run is")
        ]
    if running:
        return [Leftover("training file", name, why=f"job {job.id} is still running, and reads it")]

    return [Leftover("training file", name, _deletes_file(client, retry, name))]


async def models_left(
    client: AsyncOpenAI, retry: Retries, job: FineTuningJob, names: Mapping[str, str]
) -> list[Leftover]:
    """Those of the models that the job made, by its own word, that are still there.

    `names` has the name of each in full, by its name without the organisation.
    """
    left: list[Leftover] = []
    for short, name in names.items():
        if name in ("", job.model):  # never the model that was tuned
            continue
        if await _there(retry, f"reading model {short}", lambda name=name: client.models.retrieve(name)):
            left.append(Leftover("model", short, _deletes(client, retry, name)))
    return left


async def batch_files_left(
    client: AsyncOpenAI, retry: Retries, filename: str, batch_id: str | None
) -> list[Leftover]:
    """The files of a batch: those of that name that were uploaded for it, and what it has written itself."""

    async def listed() -> list[str]:
        return [each.id async for each in client.files.list(purpose="batch") if each.filename == filename]

    batch = None
    if batch_id:
        batch = await _there(retry, f"reading batch {batch_id}", lambda: client.batches.retrieve(batch_id))
    names = await retry("listing files of batches", listed)
    if batch is not None and batch.status not in _OVER:
        why = f"batch {batch.id} is still being answered"
        return [Leftover("batch file", name, why=why) for name in names]
    for name in filter(None, (batch.output_file_id, batch.error_file_id) if batch else ()):
        if await _there(retry, f"reading file {name}", lambda name=name: client.files.retrieve(name)):
            names.append(name)
    return [Leftover("batch file", name, _deletes_file(client, retry, name)) for name in names]


def _deletes_file(client: AsyncOpenAI, retry: Retries, name: str) -> Callable[[], Awaitable[bool]]:
    async def delete() -> bool:
        return await _there(retry, f"deleting file {name}", lambda: client.files.delete(name)) is not None

    return delete


def _deletes(client: AsyncOpenAI, retry: Retries, name: str) -> Callable[[], Awaitable[bool]]:
    async def delete() -> bool:
        return await _there(retry, f"deleting model {name}", lambda: client.models.delete(name)) is not None

    return delete


async def _there(retry: Retries, what: str, call: Callable[[], Awaitable[Found]]) -> Found | None:
    """What a call returns; None if the service says that there is no such thing (404)."""

    async def found() -> Found | None:
        try:
            return await call()
        except openai.NotFoundError:
            return None

    return await retry(what, found)
