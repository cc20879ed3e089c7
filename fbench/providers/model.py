"""The protocol of a provider: tune, read, ask. Nothing in it is specific to one vendor."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from numbers import Integral, Real
from typing import NamedTuple, Protocol, TypeGuard, TypeVar

from fbench.errors import Incomplete, UsageError
from fbench.messages import Message, Prompt, conversation
from fbench.providers.leftovers import Leftover
from fbench.value_errors import shown

__all__ = [
    "CannotTell",
    "EpochLoss",
    "Example",
    "Hyperparameters",
    "Job",
    "JobState",
    "Provider",
    "Rejected",
    "Reply",
    "Sampling",
    "ThinkingSampling",
    "TuningSpec",
    "WrongSampling",
]


class Example(NamedTuple):
    """A training example: one user message, after earlier ones if there are any, and one answer."""

    prompt: str
    answer: str
    earlier: tuple[Message, ...] = ()

    @property
    def said(self) -> Prompt:
        """All that is said before the answer."""
        return conversation(self.earlier, self.prompt)


class Hyperparameters(NamedTuple):
    """What a job is asked for besides its epochs; None is left to the service.

    Attributes:
        learning_rate_multiplier: times the service's own learning rate.
        batch_size: examples a step.
        lora_rank: the rank of an adapter; Vertex AI calls it adapter size.
    """

    learning_rate_multiplier: float | None = None
    batch_size: int | None = None
    lora_rank: int | None = None

    @property
    def given(self) -> dict[str, float | int]:
        """Those that are given, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


_LEFT_TO_SERVICE = Hyperparameters()


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
    hyperparameters: Hyperparameters = _LEFT_TO_SERVICE


class JobState(StrEnum):
    """The state of a job, in vendor-neutral words."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class EpochLoss(NamedTuple):
    """The loss of a training at the end of an epoch, as its service reports it.

    Attributes:
        epoch: counts from 1.
        step: the step of the job at which the epoch ended.
        train: on the examples of the training.
        valid: on examples for validation; None where there are none.
    """

    epoch: int
    step: int
    train: float
    valid: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A fine-tuning job as a provider reports it.

    `models` maps an epoch to the name of the model at its checkpoint; it is empty until the job has
    succeeded. `tokens` counts the billed tokens of the training, if the provider reports them. `losses` are
    those of its checkpoints, in the order of epochs, if the provider reports them with these.
    """

    id: str
    state: JobState
    models: dict[int, str] = field(default_factory=dict[int, str])
    tokens: int | None = None
    error: str = ""
    losses: tuple[EpochLoss, ...] = ()


_MOST = 2**31 - 1
"""Vertex AI takes numbers of 32 bits."""


class WrongSampling(UsageError):
    """A sampling parameter, named by `field`, has a value that no service takes; `problem` says why."""

    def __init__(self, field: str, should: str, value: object) -> None:
        self.field, self.problem = field, f"must be {should}, got {shown(value)}"
        super().__init__(f"{field} {self.problem}.")


@dataclass(frozen=True, slots=True)
class Sampling:
    """The sampling parameters of an answer. The defaults are the paper's.

    Attributes:
        temperature: from 0 to 2, as OpenAI and Vertex AI take it.
        max_tokens: the most tokens of an answer, at least 1.
        seed: from 0 to 2147483647.

    Raises:
        WrongSampling: a value is out of these bounds, or no number.
    """

    temperature: float = 0.0
    max_tokens: int = 100
    seed: int = 42

    def __post_init__(self) -> None:
        heat: object = self.temperature
        if not _is_number(heat, Real) or not 0 <= _as_float(heat) <= 2:  # NaN is not between them
            raise WrongSampling("temperature", "a number from 0 to 2", heat)
        object.__setattr__(self, "temperature", float(heat))
        for name, least in (("max_tokens", 1), ("seed", 0)):
            number: object = getattr(self, name)
            if not _is_number(number, Integral) or not least <= int(number) <= _MOST:
                raise WrongSampling(name, f"a whole number from {least} to {_MOST}", number)
            object.__setattr__(self, name, int(number))

    @property
    def thoughts(self) -> int | None:
        """The most tokens that the model thinks before it answers, 0 for none; None: as its service does."""
        return None

    def thinking(self, thoughts: int | None) -> Sampling:
        """The same, for a model that thinks in so many tokens at most beside those of the answer."""
        if thoughts is None:
            return self
        return ThinkingSampling(self.temperature, self.max_tokens, self.seed, thoughts)

    @property
    def most_tokens(self) -> int:
        """The most tokens of thoughts and answer together, which is what services take and bill."""
        return self.max_tokens + (self.thoughts or 0)


@dataclass(frozen=True, slots=True)
class ThinkingSampling(Sampling):
    """The sampling parameters of a model for which the experiment says how much it thinks.

    It is a type of its own, so that `Sampling` keeps the fields that experiments and older runs have.
    """

    cap: int = 0

    @property
    def thoughts(self) -> int | None:
        """The cap."""
        return self.cap


_Number = TypeVar("_Number", Real, Integral)


def _is_number(value: object, kind: type[_Number]) -> TypeGuard[_Number]:
    """Whether a value is a number of that kind; Python counts True and False among the whole numbers."""
    return value is not True and value is not False and isinstance(value, kind)


def _as_float(number: Real) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer, why it stopped, and the tokens of prompt and answer.

    `answer_tokens` are all that are billed as output: tokens of thoughts are counted once, by the rule of the
    service, whose count of the answer may include them (OpenAI) or not (Gemini).
    """

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
        """The newest job created for this spec's key that has not failed; None if there is none.

        Raises `CannotTell` where the service does not say enough of its jobs to know.
        """
        ...

    async def read(self, job_id: str) -> Job:
        """The current state of the job."""
        ...

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        """The model's answer to one user message, or at the end of a conversation."""
        ...

    async def leftovers(self, key: str, job_id: str | None, *, models: bool) -> list[Leftover]:
        """What the training with this key left at the service, in the order in which it can be deleted.

        Only what is proved to be its own: by its job, or by a name with its key in it. Nothing that is gone;
        what must stay (a running job reads it, say) with the reason. Only the training file, or with
        `models` also what the training made.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class CannotTell(Incomplete):
    """Nobody can tell whether a service created what was asked of it; asking again might pay twice."""


class Rejected(Exception):
    """The service rejects this one question, and would reject it again."""
