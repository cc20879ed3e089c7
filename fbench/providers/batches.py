"""Asking in batches: many questions in one request, which a service answers in its own time.

What the vendors promise, and where:

- OpenAI: 50,000 requests and 200 MB a file, a day, half the price; what is answered when a batch expires or
  is cancelled is kept and charged (https://developers.openai.com/api/docs/guides/batch).
- Vertex AI: 200,000 requests and 1 GB a file, three days in a queue and one at work, half the price; only
  what is answered is charged
  (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/batch-prediction-gemini).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, cast

from fbench.errors import ProviderFailed
from fbench.messages import Prompt
from fbench.providers.failures import FailureKind
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Provider, Rejected, Reply, Sampling

if TYPE_CHECKING:
    from fbench.providers.retry import Retries

__all__ = [
    "AnswerLines",
    "Batch",
    "BatchAnswers",
    "BatchProvider",
    "BatchSpec",
    "BatchState",
    "batches_of",
    "fitting",
]


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """A batch to be created; a question is known by its place among the prompts.

    `key` identifies the batch: it is stored with it, so that it can be found after a crash. No two have one.
    """

    key: str
    model: str
    prompts: tuple[Prompt, ...]
    sampling: Sampling


class BatchState(StrEnum):
    """The state of a batch, in vendor-neutral words."""

    RUNNING = "running"
    ENDED = "ended"
    """It is over, and what it has answered can be read: all, or a part if it expired or was cancelled."""
    FAILED = "failed"
    """The service refused it as a whole, for its file or for a limit; nothing was answered."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as a provider reports it; `passes` says of one that failed whether another may succeed."""

    id: str
    state: BatchState
    error: str = ""
    passes: bool = False


@dataclass(slots=True)
class BatchAnswers:
    """What a batch has answered, by the places of its questions.

    What is in neither of the two was not answered, or its answer was lost.

    Attributes:
        replies: the answers.
        rejected: why the service rejects a question, and would reject it again.
        refused: why nothing that is asked of this model or service succeeds; None if that was not said.
        is_unclear: whether some of the missing ones may be paid for.
    """

    replies: dict[int, Reply] = field(default_factory=dict[int, Reply])
    rejected: dict[int, str] = field(default_factory=dict[int, str])
    refused: ProviderFailed | None = None
    is_unclear: bool = False


class BatchProvider(Protocol):
    """What a service offers that answers batches; all methods raise as those of `Provider` do."""

    async def why_not(self, model: str) -> str:
        """Why this model cannot be asked in batches; empty if it can."""
        ...

    def fitting(self, spec: BatchSpec) -> int:
        """How many of the prompts, from the first on, fit into one batch; at least 1."""
        ...

    async def create(self, spec: BatchSpec) -> Batch:
        """Upload the questions and create the batch, see `create_once`."""
        ...

    async def find(self, key: str) -> Batch | None:
        """The batch with this key, whatever became of it; None if there is none."""
        ...

    async def read(self, batch_id: str) -> Batch:
        """The current state of the batch."""
        ...

    async def answers(self, batch_id: str, spec: BatchSpec) -> BatchAnswers:
        """What a batch that has ended has answered."""
        ...

    async def leftovers(self, key: str, batch_id: str | None) -> list[Leftover]:
        """The files that the batch with this key left at the service, as `Provider.leftovers`."""
        ...


def batches_of(provider: Provider) -> BatchProvider | None:
    """How a provider asks in batches; None if it does not."""
    return cast("BatchProvider | None", getattr(provider, "batches", None))


def fitting(sizes: Iterable[int], most: int, most_bytes: int) -> int:
    """How many lines of these sizes, from the first on, fit into a file; at least 1."""
    count = total = 0
    for size in sizes:
        total += size
        if count == most or total > most_bytes:
            break
        count += 1
    return max(1, count)


class AnswerLines:
    """Collects what the lines of a batch's output say. Lines come in any order; the first answer counts.

    Args:
        retry: knows what errors mean.
        model: the name of the model, for the words of errors, which are those of single requests.
    """

    def __init__(self, retry: Retries, model: str) -> None:
        self.found = BatchAnswers()
        self._answered: set[int] = set()
        self._retry, self._what = retry, f"asking {model}"

    def reply(self, place: int, reply: Reply) -> None:
        """A question has an answer."""
        self._answered.add(place)
        if place not in self.found.rejected:
            self.found.replies.setdefault(place, reply)

    def failed(self, place: int, error: Exception) -> None:
        """A question has an error in the place of an answer; one that passes leaves it unanswered."""
        failure = self._retry.failure(error)
        if failure is None:
            raise error
        if failure.kind in (FailureKind.TRANSIENT, FailureKind.RATE):
            return
        if failure.kind in (FailureKind.UNCLEAR, FailureKind.MALFORMED):
            self.unreadable()
            return
        final = self._retry.final(self._what, failure)
        if isinstance(final, ProviderFailed):
            self.found.refused = self.found.refused or final
        elif isinstance(final, Rejected) and place not in self.found.replies:
            self.found.rejected.setdefault(place, str(final))

    def unreadable(self) -> None:
        """There is a line that says nothing: it may be an answer, which is paid for."""
        self.found.is_unclear = True

    def ended(self, counted: int | None) -> BatchAnswers:
        """All lines were read; `counted` is how many answers the service says that there are."""
        if counted is not None and counted > len(self._answered):
            self.found.is_unclear = True
        return self.found
