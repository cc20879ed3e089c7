"""Have a model deployed while it is asked, at the services where it does not answer without."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, cast

from fbench.clock import Clock
from fbench.errors import FbenchError, Incomplete, ProviderFailed
from fbench.messages import Prompt
from fbench.plurals import counted, listed
from fbench.providers.deployments import (
    Deployment,
    Deployments,
    DeploymentState,
    NotDeployed,
    deployments_of,
)
from fbench.providers.model import Provider, Reply, Sampling
from fbench.request_context import current_attempt
from fbench.runner.cells import Cell
from fbench.runner.stop import Stop, unhurried
from fbench.runner.store import Store

__all__ = [
    "Answering",
    "Asks",
    "Deployed",
    "Deployer",
    "KeepsDeployments",
    "deployment_name",
    "keep_deployed",
    "standing_deployments",
    "standing_told",
]

LOOKS = 480
"""A deployment counts as stuck after this many looks: four hours of looks half a minute apart."""

_DEPLOYED = "deployed/"
"""Before the id of a cell: the name under which a run's store keeps its deployment."""

_TIMES = 3
"""How often a deployment is made again that the service removed while it was asked."""


class Asks(Protocol):
    """What a question is put to."""

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        """As `Provider.ask`."""
        ...


class Answering(NamedTuple):
    """A model as it is asked: by which name, and through what."""

    model: str
    through: Asks


class KeepsDeployments(Protocol):
    """What keeps which deployments stand: a part of `Sink`."""

    def deployed(self, deployed: Deployed) -> None:
        """Save that a deployment of a cell is about to be made, or was removed."""
        ...


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment of a cell's model by its name, and whether it may stand."""

    cell: str
    name: str
    stands: bool


def keep_deployed(store: Store, deployed: Deployed) -> None:
    """Keep in a run's store whether a deployment may stand."""
    store.set_meta(_DEPLOYED + deployed.cell, deployed.name if deployed.stands else None)


def standing_deployments(store: Store) -> dict[str, str]:
    """The names of the deployments that may stand, by the ids of their cells."""
    facts = (cast("tuple[str, str]", row) for _, row in store.rows(["meta"]))
    found = {name.removeprefix(_DEPLOYED): value for name, value in facts if name.startswith(_DEPLOYED)}
    return {cell: json.loads(value) for cell, value in found.items() if value != "null"}


@contextmanager
def standing_told(store: Store) -> Generator[None]:
    """If the block fails, its error names the deployments that may still stand."""
    try:
        yield
    except (FbenchError, KeyboardInterrupt) as error:
        if names := sorted(standing_deployments(store).values()):
            told = f"May still be deployed: {listed(names, 8)}."
            error.add_note(f"{told} `fbench resume` or `fbench cleanup` removes what is.")
        raise


def deployment_name(key: str, cell: Cell) -> str:
    """The name of the deployment of a cell: that of its training, by `key`, and its own.

    Equal in every process that goes on with the run, and another one for each run and cell.
    """
    return f"fbench-{hashlib.sha256(f'{key} {cell.id}'.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class Deployer:
    """Deploys what cells ask, and removes it after.

    Before a deployment is made, its name is saved; after it is removed, that is. So what a killed process
    left is known to the next one, which removes it, also where nothing is to be asked any more.
    """

    keeps: KeepsDeployments
    clock: Clock
    poll_seconds: float
    stop: Stop
    slots: asyncio.Semaphore
    """Released while a deployment is watched, so that other work goes on."""

    @asynccontextmanager
    async def deployed(
        self, cell: Cell, model: str, key: str, provider: Provider, left: str | None
    ) -> AsyncGenerator[Answering]:
        """A block in which a cell's model answers, through a deployment if it takes one.

        `key` is that of the cell's training, or of the run; `left` is the deployment that an earlier process
        may have left. The block's end removes it, unless the block was cancelled.

        Raises:
            ProviderFailed: the service does not deploy it.
            Incomplete: it is still not deployed after `LOOKS` looks, or could not be removed.
            Stopped: a stop was requested while it was being deployed.
        """
        deployments = deployments_of(provider)
        if deployments is None:
            yield Answering(model, provider)
            return
        own = await deployments.standing(model)
        if own is not None:
            if left:
                await self.remove(cell, left, provider)
            yield Answering(own, provider)
            return
        name = left or deployment_name(key, cell)
        self.keeps.deployed(Deployed(cell.id, name, stands=True))
        asked = _DeployedModel(self, deployments, provider, cell, name, model)
        try:
            yield Answering(await asked.deploy(), asked)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            with suppress(FbenchError):  # its name stays saved
                # after an unclear end, what is not there may yet appear
                await self.remove(cell, name, provider, if_there=isinstance(error, Incomplete))
            raise
        await self.remove(cell, name, provider)

    async def remove(self, cell: Cell, name: str, provider: Provider, *, if_there: bool = False) -> None:
        """Remove a deployment, and save that; a stop does not cut it short.

        With `if_there`, it counts as removed only if it was there.

        Raises:
            ProviderFailed, Incomplete: the service did not do it.
        """
        deployments = deployments_of(provider)
        with unhurried():
            was_there = deployments is not None and await deployments.remove(name)
        if was_there or not if_there:
            self.keeps.deployed(Deployed(cell.id, name, stands=False))


@dataclass(slots=True)
class _DeployedModel:
    """Asks a deployment, which is made again where the service removed it."""

    deployer: Deployer
    deployments: Deployments
    provider: Provider
    cell: Cell
    name: str
    model: str
    _made: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deploy(self) -> str:
        """Make it, wait until it is ready, and return the name by which it is asked."""
        found = await self.deployments.create(self.name, self.model, self.cell.model.partition(":")[2])
        if found.state is DeploymentState.PENDING:
            slots = self.deployer.slots if self.deployer.poll_seconds and not self._made else None
            if slots is not None:
                slots.release()
            try:
                found = await self._settled(found)
            finally:
                if slots is not None:
                    await slots.acquire()
        if found.state is DeploymentState.FAILED:
            why = found.error or "it gives no reason"
            raise ProviderFailed(f"cell {self.cell.id}: the service did not deploy {self.model}: {why}")
        self._made += 1
        return found.answers_as

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        """As `Provider.ask`, of the deployment, by the name that it had when it was made first."""
        looks = 0
        while True:
            try:
                return await self.provider.ask(model, prompt, sampling)
            except NotDeployed as error:
                if looks == LOOKS:
                    told = f"deployment {self.name} is said to be ready, and does not answer: {error}"
                    raise Incomplete(told) from error
                model = await self._restore(model, error)
                looks += 1
                if (paid := current_attempt.get()) is not None:
                    await paid.again()

    async def _settled(self, found: Deployment) -> Deployment:
        looks = 0
        while found.state is DeploymentState.PENDING:
            if looks == LOOKS:
                raise Incomplete(
                    f"deployment {self.name} of {self.model} was looked at {counted(looks, 'time')} and is "
                    "still not ready. `fbench resume` deploys it once more."
                )
            await self.deployer.stop.sleep(self.deployer.clock, self.deployer.poll_seconds)
            seen = await self.deployments.find(self.name)
            looks += 1
            if seen is None:
                return Deployment("", DeploymentState.FAILED, "it was removed while it was being made")
            found = seen
        return found

    async def _restore(self, model: str, error: NotDeployed) -> str:
        """After a question did not reach it by a name: wait if it stands, else make it again, a few times.
        Returns the name that it has then.

        Every question looks for itself. So what is sent for one depends on its own answers alone, and a
        replay, in which questions overtake each other in another way, sends the same.
        """
        async with self._lock:
            there = await self.deployments.find(self.name)
            if there is None or there.state is not DeploymentState.READY:
                if self._made > _TIMES:
                    raise Incomplete(
                        f"deployment {self.name} of {self.model} was removed {counted(self._made, 'time')} "
                        "while it was asked. `fbench resume` deploys it once more."
                    ) from error
                return await self.deploy()
        if there.answers_as == model:
            await self.deployer.stop.sleep(self.deployer.clock, self.deployer.poll_seconds)
        return there.answers_as
