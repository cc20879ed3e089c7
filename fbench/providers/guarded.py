"""Providers of plug-ins: whatever their code raises or returns becomes an error that names the plug-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import UnionType
from typing import TypeVar, cast

from fbench.errors import FbenchError, Incomplete, UsageError, told
from fbench.messages import Prompt
from fbench.providers.connection import Connection
from fbench.providers.failures import text_of
from fbench.providers.leftovers import Leftover
from fbench.providers.model import Job, JobState, Provider, Rejected, Reply, Sampling, TuningSpec
from fbench.providers.profiles import Profile

__all__ = ["GuardedProvider"]

Returned = TypeVar("Returned")


class GuardedProvider:
    """The provider of a plug-in. Its errors end a run early; what was answered is kept, so it can be resumed.

    Errors of fbench and, from `ask`, `Rejected` are passed on as they are.
    """

    def __init__(
        self, connection: Connection, profile: Profile, make: Callable[[Connection, Profile], Provider]
    ) -> None:
        """Make the provider.

        Raises:
            Incomplete: the plug-in failed.
        """
        self._name = profile.name
        self._models: dict[str, str] = {}
        try:
            self._provider = make(connection, profile)
        except FbenchError:
            raise
        except (Exception, SystemExit) as error:
            raise self._failed("when it was made", told(error)) from error

    async def create(self, spec: TuningSpec) -> Job:
        """As `Provider.create`."""
        where = f"in create for {self._named(spec.model)}"
        return self._job(await self._call(where, lambda: self._provider.create(spec)), where, spec.model)

    async def find(self, spec: TuningSpec) -> Job | None:
        """As `Provider.find`."""
        where = f"in find for {self._named(spec.model)}"
        found = await self._call(where, lambda: self._provider.find(spec))
        return None if found is None else self._job(found, where, spec.model)

    async def read(self, job_id: str) -> Job:
        """As `Provider.read`."""
        model = self._models.get(job_id)
        where = f"in read for the job {job_id!r}" + (f" of {self._named(model)}" if model else "")
        return self._job(await self._call(where, lambda: self._provider.read(job_id)), where, model)

    async def ask(self, model: str, prompt: Prompt, sampling: Sampling) -> Reply:
        """As `Provider.ask`."""
        where = f"in ask for {self._named(model)}"
        reply: object = await self._call(where, lambda: self._provider.ask(model, prompt, sampling), Rejected)
        if not isinstance(reply, Reply):  # pyright: ignore[reportUnnecessaryIsInstance] - a plug-in has no types
            raise self._failed(where, f"it returned a {type(reply).__name__}, not a fbench.providers.Reply")
        self._hold(where, "text", reply.text, str)
        self._hold(where, "finish", reply.finish, str)
        self._hold(where, "prompt_tokens", reply.prompt_tokens, int)
        self._hold(where, "answer_tokens", reply.answer_tokens, int)
        return replace(reply, text=text_of(reply.text), finish=text_of(reply.finish))

    async def leftovers(self, key: str, job_id: str | None, *, models: bool) -> list[Leftover]:
        """As `Provider.leftovers`.

        Raises:
            UsageError: the plug-in has no such method.
            Incomplete: it failed.
        """
        method: Callable[..., Awaitable[object]] | None = getattr(self._provider, "leftovers", None)
        if method is None:
            raise UsageError(
                f"the provider plug-in {self._name!r} cannot say what its trainings left: it has no method "
                "`leftovers`. Look for it at the service."
            )
        where = f"in leftovers for the job {job_id!r}"
        left = await self._call(where, lambda: method(key, job_id, models=models))
        if not isinstance(left, list):
            raise self._failed(where, f"it returned a {type(left).__name__}, not a list")
        for each in cast("list[object]", left):
            if not isinstance(each, Leftover):
                raise self._failed(
                    where, f"its list holds a {type(each).__name__}, not a fbench.providers.Leftover"
                )
        return [self._guarded(each) for each in cast("list[Leftover]", left)]

    def _guarded(self, left: Leftover) -> Leftover:
        delete = left.delete
        if delete is None:
            return left

        async def guarded() -> bool:
            return await self._call(f"when it deleted the {left.kind} {left.name!r}", delete, Rejected)

        return replace(left, delete=guarded)

    async def close(self) -> None:
        """As `Provider.close`."""
        await self._call("in close", self._provider.close)

    async def _call(
        self, where: str, call: Callable[[], Awaitable[Returned]], *passed: type[Exception]
    ) -> Returned:
        try:
            return await call()
        except (FbenchError, *passed):
            raise
        except (Exception, SystemExit) as error:
            raise self._failed(where, told(error)) from error

    def _job(self, job: object, where: str, model: str | None) -> Job:
        if not isinstance(job, Job):
            raise self._failed(where, f"it returned a {type(job).__name__}, not a fbench.providers.Job")
        self._hold(where, "id", job.id, str)
        self._hold(where, "state", job.state, JobState)
        self._hold(where, "models", job.models, dict)
        for epoch, name in job.models.items():
            self._hold(where, "models", epoch, int)
            self._hold(where, "models", name, str)
        self._hold(where, "tokens", job.tokens, int | None)
        self._hold(where, "error", job.error, str)
        if model is not None:
            self._models[job.id] = model
        return job

    def _hold(self, where: str, field: str, value: object, kind: type | UnionType) -> None:
        if not isinstance(value, kind):
            needed = getattr(kind, "__name__", str(kind))
            raise self._failed(where, f"its {field} holds a {type(value).__name__}, not a {needed}")

    def _named(self, model: str) -> str:
        return f"the model {self._name}:{model}"

    def _failed(self, where: str, what: str) -> Incomplete:
        return Incomplete(
            f"the provider plug-in {self._name!r} failed {where}: {what}. What was answered is saved: mend "
            "the plug-in, then go on with `fbench resume`."
        )
