"""What a store keeps of a job's models names no organisation and no project, and is enough to go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx2
import pytest
from google.oauth2.credentials import Credentials

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fbench.clock import NoWait
from fbench.errors import ProviderFailed
from fbench.providers import (
    Connection,
    Example,
    Job,
    JobState,
    Provider,
    Sampling,
    TuningSpec,
    connect,
    profile_of,
)
from fbench.providers.openai_names import without_organization
from tests.providers.test_providers import ENVIRON

ORGANIZATION, NUMBER = "acme-labs", "projects/123456789012/"
SPEC = TuningSpec(
    "gpt-4o-mini-2024-07-18", tuple(Example(f"q{i}", f"a{i}") for i in range(12)), 2, 7, "k" * 32
)


class Named(httpx2.AsyncBaseTransport):
    """The fakes, as a service that names an organisation and the project's number."""

    def __init__(self, world: World) -> None:
        self._inner = FakeTransport(world)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        sent = (await request.aread()).replace(f":{ORGANIZATION}:".encode(), b":personal:")
        url = str(request.url).replace(NUMBER, "projects/p/").replace(f":{ORGANIZATION}:", ":personal:")
        url = url.replace(f"%3A{ORGANIZATION}%3A", "%3Apersonal%3A")
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        asked = httpx2.Request(request.method, url, headers=headers, content=sent)
        answered = await self._inner.handle_async_request(asked)
        body = (await answered.aread()).replace(b":personal:", f":{ORGANIZATION}:".encode())
        body = body.replace(b"projects/p/", NUMBER.encode())
        return httpx2.Response(
            answered.status_code, content=body, headers={"content-type": "application/json"}
        )


class Signed(Connection):
    def google_credentials(self) -> object:
        return Credentials("t")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types


def provider_of(world: World, model: str, kind: str = "live") -> Provider:
    return connect(Signed(kind, Named(world), NoWait(), ENVIRON), profile_of(model)[0])


async def trained(provider: Provider, model: str) -> Job:
    job = await provider.create(replace(SPEC, model=profile_of(model)[1]))
    while job.state is JobState.RUNNING:
        job = await provider.read(job.id)
    return job


@pytest.fixture
def world() -> World:
    return World(learner=ScriptedLearner({f"q{i}": f"a{i}" for i in range(12)}))


@pytest.mark.parametrize("model", [f"openai:{SPEC.model}", "vertex:gemini-2.5-pro"])
def test_another_process_asks_by_the_kept_names_alone(world: World, model: str) -> None:
    async def story() -> None:
        first = provider_of(world, model)
        job = await trained(first, model)
        told = repr(job)
        assert ORGANIZATION not in told
        assert NUMBER not in told
        assert (await first.ask(job.models[2], "q3", Sampling())).text == "a3"

        later = provider_of(world, model)
        assert (await later.ask(job.models[2], "q3", Sampling())).text == "a3"
        assert (await later.read(job.id)).models == job.models
        found = await later.leftovers(SPEC.key, job.id, models=True)
        assert all(each.delete for each in found)
        assert ORGANIZATION not in repr(found)
        for each in found:
            assert each.delete is not None
            assert await each.delete()
        assert await later.leftovers(SPEC.key, job.id, models=True) == []

    asyncio.run(story())


@pytest.mark.parametrize("model", [f"openai:{SPEC.model}", "vertex:gemini-2.5-pro"])
def test_names_in_full_of_an_older_store_are_asked_for_too(world: World, model: str) -> None:
    async def story() -> None:
        job = await trained(provider_of(world, model, "replay"), model)
        assert ORGANIZATION in repr(job) or NUMBER in repr(job), "a replay keeps what was recorded"
        assert (await provider_of(world, model).ask(job.models[2], "q3", Sampling())).text == "a3"

    asyncio.run(story())


def test_a_model_that_its_job_does_not_know_any_more_is_named(world: World) -> None:
    async def story() -> None:
        model = f"openai:{SPEC.model}"
        job = await trained(provider_of(world, model), model)
        with pytest.raises(ProviderFailed, match=f"not one of job {job.id} any more"):
            await provider_of(world, model).ask(f"{job.models[2]}x", "q3", Sampling())

    asyncio.run(story())


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("ft:gpt-4o:acme:sfx:9AbC", "ftjob-1/ft:gpt-4o::sfx:9AbC"),
        ("ft:gpt-4o:acme::9AbC:ckpt-step-10", "ftjob-1/ft:gpt-4o:::9AbC:ckpt-step-10"),
        *(
            (same, same)
            for same in ("ft:gpt-4o:personal:s:9", "ft:gpt-4o:scrubbed-1a2b3c4d:s:9", "gpt-4o", "a/b")
        ),
        ("ftjob-1/ft:gpt-4o::sfx:9AbC", "ftjob-1/ft:gpt-4o::sfx:9AbC"),
    ],
)
def test_only_a_name_with_an_organisation_changes(name: str, kept: str) -> None:
    assert without_organization("ftjob-1", name) == kept
