"""The protocol of a provider: tune, look, ask. Nothing in it belongs to one vendor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

__all__ = ["Example", "Job", "JobState", "Provider", "Rejected", "Reply", "Sampling", "TuningSpec"]


class Example(NamedTuple):
    """A training example: one user message, one answer."""

    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class TuningSpec:
    """A fine-tuning job to be created.

    `key` identifies the training: it travels with the job, so that a job can be found again after a crash.
    """

    model: str
    examples: tuple[Example, ...]
    epochs: int
    seed: int
    key: str


class JobState(StrEnum):
    """Where a job is, in words that no vendor owns."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A fine-tuning job as a provider reports it.

    `models` maps an epoch to the name that answers as its checkpoint; it is empty until the job has
    succeeded. `tokens` counts what the training is billed for, where the provider says so.
    """

    id: str
    state: JobState
    models: dict[int, str] = field(default_factory=dict[int, str])
    tokens: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn. The defaults are the paper's."""

    temperature: float = 0.0
    max_tokens: int = 100
    seed: int = 42


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said, why it stopped, and the tokens on both sides."""

    text: str
    finish: str
    prompt_tokens: int
    answer_tokens: int


class Provider(Protocol):
    """A fine-tuning service.

    All methods retry what can be retried and raise for the rest:

    - `fbench.errors.ProviderFailed`: the service refuses for good (a wrong key, an unknown model);
    - `fbench.errors.Incomplete`: it did not answer within the retries; the run can be resumed;
    - `Rejected`, from `ask` only: it rejects this one question.
    """

    async def create(self, spec: TuningSpec) -> Job:
        """Uploads the examples and creates the job."""
        ...

    async def find(self, spec: TuningSpec) -> Job | None:
        """The newest job that was created for this spec's key and has not failed; None if there is none."""
        ...

    async def read(self, job_id: str) -> Job:
        """The job as it is now."""
        ...

    async def ask(self, model: str, prompt: str, sampling: Sampling) -> Reply:
        """The model's answer to one user message."""
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...


class Rejected(Exception):
    """The service rejects this one question, and would again."""
