"""Deploying: the step by which some services are made to answer with a tuned model. Others need none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from fbench.errors import Incomplete, ProviderFailed

if TYPE_CHECKING:
    from fbench.providers.retry import Retries

__all__ = ["Deployment", "DeploymentState", "Deployments", "NotDeployed", "deployments_of", "until_gone"]

_LOOKS = 60
_LONGEST_LOOK = 30.0
"""In seconds."""


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
    crash, and none is removed that is not the run's own. All methods raise as `Provider.read`: none raises
    `Rejected`, which would be taken for the answer to a question.
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


async def until_gone(name: str, retry: Retries, delete: Callable[[], Awaitable[bool]]) -> bool:
    """Delete a deployment and look until it is gone; False if there was none.

    `delete` looks for it, deletes it unless that is under way, and says whether it was there. So what a
    service only said to have deleted is deleted once more.

    Raises:
        Incomplete: it is still there after some thirty minutes.
    """
    what, wait = f"removing deployment {name}", retry.look
    if not await retry(what, delete):
        return False
    for _ in range(_LOOKS):
        if not await retry(what, delete):
            return True
        await retry.clock.sleep(wait)
        wait = min(_LONGEST_LOOK, wait * 2)
    raise Incomplete(f"deployment {name} is still being removed. `fbench resume` looks again.")
