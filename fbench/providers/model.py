"""The protocol of a provider: tune, read, ask. Nothing in it is specific to one vendor."""

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

    `key` identifies the training: it is stored with the job, so that the job can be found after a crash.
    """

    model: str
    examples: tuple[Example, ...]
    epochs: int
    seed: int
    key: str


class JobState(StrEnum):
    """The state of a job, in vendor-neutral words."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """A fine-tuning job as a provider reports it.

    `models` maps an epoch to the name of the model at its checkpoint; it is empty until the job has
    succeeded. `tokens` counts the billed tokens of the training, if the provider reports them.
    """

    id: str
    state: JobState
    models: dict[int, str] = field(default_factory=dict[int, str])
    tokens: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sampling:
    """The sampling parameters of an answer. The defaults are the paper's."""

    temperature: float = 0.0
    max_tokens: int = 100
    seed: int = 42


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer, why it stopped, and the tokens of prompt and answer."""

    text: str
    finish: str
    prompt_tokens: int
    answer_tokens: int


class Provider(Protocol):
    """A fine-tuning service.

    All methods retry what can be retried; otherwise they raise:

    - `fbench.errors.ProviderFailed`: the service refuses permanently (a wrong key, an unknown model);
    - `fbench.errors.Incomplete`: it did not answer within the retries; the run can be resumed;
    - `Rejected`, only from `ask`: it rejects this one question.
    """

    async def create(self, spec: TuningSpec) -> Job:
        """Upload the examples and create the job."""
        ...

    async def find(self, spec: TuningSpec) -> Job | None:
        """The newest job created for this spec's key that has not failed; None if there is none."""
        ...

    async def read(self, job_id: str) -> Job:
        """The current state of the job."""
        ...

    async def ask(self, model: str, prompt: str, sampling: Sampling) -> Reply:
        """The model's answer to one user message."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Rejected(Exception):
    """The service rejects this one question, and would reject it again."""
