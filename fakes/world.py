"""The state of all fake services: what was uploaded, created, trained. No HTTP in it."""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock
from typing import Protocol

from fakes.fates import Fate
from fakes.faults import Fault, Faults
from fakes.ids import Ids
from fakes.learners import Learner
from fakes.limits import Limits
from fakes.openai.state import OpenAI
from fakes.pace import ByObservation, Pace
from fakes.storage.state import Storage
from fakes.vertex.state import Vertex

__all__ = ["World"]


class World:
    """One world: an OpenAI account, a Vertex AI project, the buckets of Cloud Storage, and what they learned.

    Args:
        seed: enters every id and the order of training; two worlds with the same seed that see the same
            calls answer the same bytes.
        prior: pairs of prompt and answer that every base model already knows, such as the facts that were
            right before an update.
        pace: what moves jobs on; by default `fakes.pace.ByObservation`.
        faults: what goes wrong on purpose, with calls (`fakes.faults`) and with jobs, batches and files
            (`fakes.fates`); more can be set later, by `world.faults.set`.
        limits: requests and tokens a minute for each model; by default there are none.
        any_id: OpenAI answers for ids that were never created too: it makes what a call names, on demand.
        learner: what a fine-tuned model answers; by default `fakes.learners.softmax.SoftmaxLearner`, which
            trains.

    A world may be used from several threads: `lock` is held while a request is answered.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        prior: Iterable[tuple[str, str]] = (),
        learner: Learner | None = None,
        pace: Pace | None = None,
        faults: Iterable[Fault | Fate] = (),
        limits: Limits | None = None,
        any_id: bool = False,
    ) -> None:
        if learner is None:
            from fakes.learners.softmax import SoftmaxLearner  # noqa: PLC0415 - NumPy is not imported before it is needed

            learner = SoftmaxLearner(prior)
        self.seed, self.any_id = seed, any_id
        self.learner = learner
        self.lock = RLock()
        self.ids = Ids(seed)
        self.faults = Faults(self.ids, faults)
        self.limits = limits
        self.storage = Storage(self.ids)
        self.pace = pace or ByObservation()
        self.openai = OpenAI(self.ids, learner, seed, self.pace, self.faults.fates, any_id=any_id)
        self.vertex = Vertex(self.ids, learner, self.storage, self.pace, self.faults.fates)

    def settle(self) -> None:
        """Moves every job as far as the pace says, as a look at the lists of jobs would."""
        with self.lock:
            for job in self._jobs():
                job.observe(glance=True)

    def advance(self) -> None:
        """Moves every job one phase on, whatever the pace."""
        with self.lock:
            for job in self._jobs():
                job.step()

    def _jobs(self) -> list[_Moving]:
        openai, vertex = self.openai, self.vertex
        return [
            *openai.jobs.values(),
            *openai.batches.values(),
            *vertex.jobs.values(),
            *vertex.batches.values(),
        ]


class _Moving(Protocol):
    """What has a timeline."""

    def observe(self, *, glance: bool = False) -> None: ...

    def step(self) -> None: ...
