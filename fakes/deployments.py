"""Accounts with OpenAI's wire at which a tuned model answers once it is deployed, and their deployments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from fakes.failures import Ending, JobFailure
from fakes.learners import Model
from fakes.openai.account import OpenAI
from fakes.openai.catalogue import BaseModel
from fakes.openai.records import Job
from fakes.timeline import Pace, Phase
from fakes.work import Duties, Work

__all__ = ["DeployingAccount", "Deployment"]


class Deployment(Work):
    """A deployment of a model. A subclass says through which states it goes.

    Args:
        name: the name by which it is asked.
        model: what answers.
        base: the model that it is, or was tuned from.
        begin: when it was created, in Unix seconds.
        pace: what moves it on.
        duties: the account's actions when a state is entered.
        failure: the deliberate failure that applies to it, if any.
        lasts: the seconds for which it stands once it is ready; None for as long as nobody removes it. Only
            a pace with a clock has seconds.

    Attributes:
        ready: the state in which it answers.
        asked: how many questions it was asked since it was ready.
    """

    ready: ClassVar[str]

    def __init__(
        self,
        name: str,
        model: Model,
        base: BaseModel,
        *,
        begin: int,
        pace: Pace,
        duties: Duties,
        failure: JobFailure | None,
        lasts: float | None = None,
    ) -> None:
        super().__init__(begin, pace, duties, failure)
        self.name, self.model, self.base, self.asked = name, model, base, 0
        self._lasts = lasts

    @property
    def has_expired(self) -> bool:
        """Whether the service removes it now: its time is over, or a deliberate failure says so."""
        if self.state != self.ready:
            return False
        if self.failure is not None and self.failure.end is Ending.EXPIRES:
            return self.asked > (1 if self.failure.answered is None else self.failure.answered)
        return self._lasts is not None and self.pace.mark() - self.timeline.mark >= self._lasts

    def leave(self, *states: Phase) -> None:
        """Go to other states from now on."""
        self.timeline.divert(states, 0, self.pace.mark())
        self.entered(self.state)


class DeployingAccount(OpenAI, ABC):
    """An account with OpenAI's wire at which only what is deployed answers, besides what always does.

    `made` has what jobs made, by the name under which it is deployed; `deployments` are by their own names.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.made: dict[str, tuple[Model, Job]] = {}
        self.deployments: dict[str, Deployment] = {}

    def publish(self, made: Mapping[str, tuple[Model, Job]]) -> None:
        """Keep what a job made: it does not answer before it is deployed."""
        self.made |= made

    def model(self, name: str) -> Model | None:
        """The deployed model of that name, or one that needs no deployment."""
        found = self.deployments.get(name)
        if found is None:
            return super().model(name)
        found.asked += found.state == found.ready
        if found.has_expired:
            self.remove(found)
        return found.model if found.state == found.ready and self.is_reached(found) else None

    def named(self, name: str) -> tuple[str, BaseModel]:
        """As `OpenAI.named`; a deployment answers by its own name."""
        found = self.deployments.get(name)
        return super().named(name) if found is None else (name, found.base)

    def is_reached(self, deployment: Deployment) -> bool:
        """Whether questions reach a deployment that is ready."""
        del deployment
        return True

    @abstractmethod
    def remove(self, deployment: Deployment) -> None:
        """Remove a deployment, as the service or its client does."""
