"""The interface of a learner: it trains a model on examples, and its models answer prompts.

The fake services know nothing else about learning, so another learner is one small class:
`fakes.learners.scripted` is an example to copy. What a learner may do besides, and the services then use, is
in `fakes.learners.capabilities`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

__all__ = [
    "Checkpoint",
    "Example",
    "Hyper",
    "Learner",
    "Message",
    "Model",
    "Reply",
    "Run",
    "Step",
    "auto_batch_size",
]


class Message(NamedTuple):
    """A message of a conversation; the role is `system`, `user`, `assistant` or `tool`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """One line of a training file: a prompt, the answer to it, and a system message.

    `messages` is the whole conversation before the answer, where it is more than these two. Learners that
    know no conversations leave it aside.
    """

    prompt: str
    answer: str
    system: str = ""
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Hyper:
    """Hyperparameters of one job. Raises ValueError if they describe no training.

    `rate` multiplies the learning rate that the base model would otherwise use. The seed only
    determines the order of the examples. `rank` is that of adapters (LoRA), where the service trains such.
    """

    epochs: int
    batch_size: int = 1
    rate: float = 1.0
    seed: int = 0
    rank: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("epochs", self.epochs), ("batch_size", self.batch_size)):
            if value < 1:
                raise ValueError(f"{name} is {value}, and a training has at least one. Give 1 or more.")
        if not 0 < self.rate < float("inf"):
            raise ValueError(f"rate is {self.rate}, which teaches nothing. Give a positive, finite number.")


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer, and the natural logarithm of its probability."""

    text: str
    logprob: float


class Model(Protocol):
    """A base model or a checkpoint. It never changes: the same question gets the same reply."""

    def answer(self, prompt: str, *, system: str = "", temperature: float = 0.0, seed: int = 0) -> Reply:
        """Reply to one user message: the likeliest text, or one drawn by `seed` if temperature is above 0.

        It may also take `top_p: float = 1.0` and `top_k: int | None = None` (`fakes.learners.sampling`).
        """
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """Metrics of one optimiser step, measured before its update: means over the batch.

    `number` counts from 1 over the whole job, `epoch` from 1; `loss` is in nats per answer, or per token of
    the answers where a learner says so.
    """

    number: int
    epoch: int
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The model at the end of an epoch.

    Train metrics are means over the epoch's steps, measured when each example was used; validation metrics
    are measured on the model after the epoch, and None without a validation set.
    """

    epoch: int
    step: int
    model: Model
    train_loss: float
    train_accuracy: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A finished training: every step, and one checkpoint per epoch, in order.

    `tokens` is how many were trained on in all epochs, where the learner has a tokenizer.
    """

    steps: Sequence[Step]
    checkpoints: Sequence[Checkpoint]
    tokens: int | None = None


class Learner(Protocol):
    """Trains models. Equal arguments give equal models, in any order of jobs.

    It may have an attribute `batch_size`: that of jobs which name none (`auto_batch_size`).
    """

    def base(self, name: str) -> Model:
        """The base model with this name, before any tuning. Every name is valid."""
        ...

    def train(
        self, base: Model, examples: Sequence[Example], hyper: Hyper, validation: Sequence[Example] = ()
    ) -> Run:
        """Tune a base model, or continue from a checkpoint.

        Raises ValueError without examples, TypeError for a model of another learner.
        """
        ...


def auto_batch_size(learner: Learner, usual: int) -> int:
    """The batch size of a job that names none: the learner's own, or else the service's usual one."""
    return int(getattr(learner, "batch_size", usual))
