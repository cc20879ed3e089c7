"""Deploying: the step by which some services are made to answer with a tuned model. Others need none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from fbench.errors import ProviderFailed

__all__ = ["Deployment", "DeploymentState", "Deployments", "NotDeployed", "deployments_of"]


class DeploymentState(StrEnum):
    """The state of a deployment, in vendor-neutral words."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment as a service reports it: `answers_as` is the name of the model in a question."""

    answers_as: str
    state: DeploymentState
    error: str = ""


class Deployments(Protocol):
    """The deployments of a service.

    fbench chooses the name of each, from what is deployed and for which run: so one is found again after a
    crash, and none is removed that is not the run's own. All methods raise as those of a `Provider`.
    """

    async def standing(self, model: str) -> str | None:
        """The name by which a model answers without a deployment of ours; None if it needs one."""
        ...

    async def create(self, name: str, model: str, base: str) -> Deployment:
        """Deploy a model, which is `base` or was tuned from it, unless that is done already."""
        ...

    async def find(self, name: str) -> Deployment | None:
        """The deployment of that name; None if there is none, or none any more."""
        ...

    async def remove(self, name: str) -> bool:
        """Remove the deployment of that name, and wait until it is gone; False if there is none."""
        ...


class NotDeployed(ProviderFailed):
    """A service has no deployment of that name, or has removed it."""


def deployments_of(provider: object) -> Deployments | None:
    """The deployments of a provider's service; None if a tuned model answers there by itself."""
    return getattr(provider, "deployments", None)
