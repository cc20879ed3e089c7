"""Deployments of Nebius: a checkpoint of a job answers once it is registered as a custom model.

The service adds a part of its own to the name, so the same creation twice would make two
(https://docs.tokenfactory.nebius.com/api-reference/models/create-a-custom-model). Base models answer by
themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import openai

from fbench.providers.deployments import Deployment, DeploymentState, until_gone
from fbench.providers.failures import text_of
from fbench.providers.retry import Retries, create_once

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["NebiusDeployments"]

_STATES = {"active": DeploymentState.READY, "error": DeploymentState.FAILED}
_GONE = "deleted"


class NebiusDeployments:
    """The custom models of an account, through the client of its OpenAI wire."""

    def __init__(self, client: AsyncOpenAI, retry: Retries) -> None:
        self._client, self._retry = client, replace(retry, rejects=False)
        root = re.sub("/v1/?$", "", str(client.base_url))
        self._models = f"{root}/v0/models"
        self._made: dict[str, list[str]] = {}
        """The full names of what was made under each name: a list may show it late."""

    async def standing(self, model: str) -> str | None:
        """As `Deployments.standing`. What a job made is named `JOB:CHECKPOINT`."""
        return None if model.startswith("ftjob-") and ":" in model else model

    async def create(self, name: str, model: str, base: str) -> Deployment:
        """As `Deployments.create`."""
        found = await self.find(name)
        if found is not None and found.state is not DeploymentState.FAILED:
            return found
        asked = {"name": name, "base_model": base, "source": model}

        async def create() -> Deployment:
            made = _read(await self._client.post(self._models, cast_to=object, body=asked))
            self._made.setdefault(name, []).append(made.answers_as)
            return made

        what = f"deploying {model} as {name}"
        return await create_once(self._retry, what, create, lambda: self._find(name))

    async def find(self, name: str) -> Deployment | None:
        """As `Deployments.find`."""
        return await self._retry(f"looking for deployment {name}", lambda: self._find(name))

    async def remove(self, name: str) -> bool:
        """As `Deployments.remove`: all that were made under that name."""

        async def delete() -> bool:
            there = [full for full, _ in await self._listed(name)]
            late = [each for each in self._made.get(name, ()) if each not in there]
            there += [each for each in late if await self._shown(each) is not None]
            for each in there:
                with suppress(openai.NotFoundError):
                    await self._client.delete(self._path(each), cast_to=object)
            return bool(there)

        return await until_gone(name, self._retry, delete)

    async def _find(self, name: str) -> Deployment | None:
        listed = sorted(await self._listed(name), key=lambda each: _order(each[1]))
        for full in [full for full, _ in listed] or self._made.get(name, [])[-1:]:
            if (found := await self._shown(full)) is not None:
                return _read(found)
        return None

    async def _shown(self, full: str) -> object | None:
        """What the service shows of a custom model; None if it is deleted."""
        try:
            found = await self._client.get(self._path(full), cast_to=object)
        except openai.NotFoundError:
            return None
        return None if _field(found, "status") == _GONE else found

    async def _listed(self, name: str) -> list[tuple[str, str]]:
        """The full name and the status of each custom model of that name that is not deleted."""
        listed = await self._client.get(self._models, cast_to=object)
        if not isinstance(listed, list):
            raise ValueError("a list of models that is none")  # noqa: TRY004 - the service sent it
        named = _named(cast("list[object]", listed))
        return [(full, status) for full, status in named if _is(name, full) and status != _GONE]

    def _path(self, full: str) -> str:
        return f"{self._models}/{quote(full, safe='/:')}"


def _read(body: object) -> Deployment:
    full, status = _field(body, "name"), _field(body, "status")
    if not full:
        raise ValueError("a model without a name")
    error = _field(body, "status_reason") or "it gives no reason"
    state = _STATES.get(status, DeploymentState.PENDING)
    return Deployment(full, state, error if state is DeploymentState.FAILED else "")


def _field(body: object, name: str) -> str:
    if not isinstance(body, Mapping):
        raise ValueError("a model that is none")  # noqa: TRY004 - the service sent it
    return text_of(cast("Mapping[str, object]", body).get(name))


def _named(listed: list[object]) -> Iterator[tuple[str, str]]:
    for each in listed:
        yield _field(each, "name"), _field(each, "status")


def _is(name: str, full: str) -> bool:
    """Whether a model was made under that name, to which the service adds a part of its own."""
    return re.search(rf":{re.escape(name)}-[A-Za-z0-9]{{1,16}}$", full) is not None


def _order(status: str) -> int:
    """One that answers before one that will, and that before one that failed."""
    return 0 if status == "active" else 2 if status == "error" else 1
