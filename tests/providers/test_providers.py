"""Both providers, through the vendors' own clients, over services that fail in every passing way."""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint, EntryPoints

import httpx2
import pytest
from google.oauth2.credentials import Credentials

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.nebius.account import NebiusJobSpec
from fbench.clock import NoWait
from fbench.errors import Incomplete, ProviderFailed
from fbench.plugins import PROVIDERS_GROUP
from fbench.providers import Example, Job, JobState, Profile, Provider, Sampling, TuningSpec, connect
from fbench.providers.connection import Connection
from fbench.providers.deployments import DeploymentState, deployments_of
from fbench.providers.model import Rejected
from fbench.providers.openai import OpenAIProvider
from fbench.runner.experiment import Experiment
from fbench.runner.provider_tables import ProviderTable

MODELS = (
    "openai:gpt-4o-mini-2024-07-18",
    "vertex:gemini-2.5-pro",
    "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct",
    "wire:gpt-4o-mini-2024-07-18",
    "azure:gpt-4o-mini-2024-07-18",
    "lab:gpt-4o-mini-2024-07-18",
    "shout:gpt-4o-mini-2024-07-18",
    "whisper:gpt-4o-mini-2024-07-18",
)
ASK = r"/(chat/completions|[^/]*:generateContent)$"
CREATE = r"/(fine_tuning/jobs|tuningJobs)$"
UPLOAD = r"/(files|o)$"
RESOURCE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/acc"
ENVIRON = {
    "OPENAI_API_KEY": "sk-secret-1",
    "NEBIUS_API_KEY": "nb-secret-2",
    "FBENCH_WIRE_API_KEY": "wi-secret-3",
    "AZURE_OPENAI_API_KEY": "az-secret-4",
    "AZURE_OPENAI_BASE_URL": "https://acc.openai.azure.com/openai/v1",
    "AZURE_OPENAI_RESOURCE_ID": RESOURCE,
    "FBENCH_WIRE_BASE_URL": "https://any.example/v1",
    "LAB_API_KEY": "la-secret-5",
    "SHOUT_API_KEY": "sh-secret-6",
    "GOOGLE_CLOUD_PROJECT": "p",
    "GOOGLE_CLOUD_LOCATION": "us-central1",
}
DEFINED = Experiment(
    providers={
        "lab": ProviderTable(
            key="LAB_API_KEY", base_url="https://lab.example/v1", lacks=("metadata", "method")
        )
    }
)
"""Defines `lab`, as a table of a configuration does."""
SHOUT = Profile("shout", "openai", "SHOUT_API_KEY", "https://shout.example/v1", "SHOUT_BASE_URL")
WHISPER = replace(SHOUT, name="whisper", wire="own", provider=OpenAIProvider)
"""Of plug-ins: one with a wire that is known, one with a provider of its own."""
PLACES = dict.fromkeys(
    ["https://any.example/v1", "https://lab.example/v1", "https://shout.example/v1"], "openai"
)

Failure = Callable[[httpx2.Request, Callable[[], Awaitable[httpx2.Response]]], Awaitable[httpx2.Response]]


def status(code: int, **headers: str) -> Failure:
    """A response with that status instead of the service's."""

    async def fault(request: httpx2.Request, _: object) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = {"error": {"message": "no", "code": code, "status": "NO"}}
        return httpx2.Response(code, headers=named, json=body, request=request)

    return fault


async def refused(request: httpx2.Request, _: object) -> httpx2.Response:
    raise httpx2.ConnectError("refused", request=request)


async def lost(request: httpx2.Request, send: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
    """The service takes the request, and its response never arrives."""
    await send()
    raise httpx2.ReadError("reset", request=request)


@dataclass
class Faulty(httpx2.AsyncBaseTransport):
    """A transport whose first requests to a path go wrong."""

    inner: FakeTransport
    path: str = "never"
    faults: list[Failure] = field(default_factory=list[Failure])
    seen: list[str] = field(default_factory=list[str])

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.seen.append(f"{request.method} {request.url.path}")
        if request.method == "POST" and self.faults and re.search(self.path, request.url.path):
            return await self.faults.pop(0)(request, lambda: self.inner.handle_async_request(request))
        return await self.inner.handle_async_request(request)


class Clock(NoWait):
    """Takes no time, and remembers what was waited for."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await super().sleep(seconds)


@dataclass
class Rig:
    """A provider over a world, with a place to put faults."""

    model: str
    world: World
    transport: Faulty
    clock: Clock
    provider: Provider
    spec: TuningSpec


@pytest.fixture(params=MODELS)
def rig(request: pytest.FixtureRequest) -> Rig:
    return make_rig(request.param)


def known_profile_of(model: str) -> tuple[Profile, str]:
    """The profile of a model, also of the experiment's own providers and of plug-ins, which are installed."""
    names = ("SHOUT", "WHISPER")
    installed = EntryPoints(EntryPoint(n.lower(), f"{__name__}:{n}", PROVIDERS_GROUP) for n in names)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importlib.metadata.entry_points", installed.select)
        patch.setattr("fbench.plugins._loaded", {})
        patch.setattr("fbench.providers.profiles._from_plugins", {})
        return DEFINED.profile_of(model)


def make_rig(model: str) -> Rig:
    profile, name = known_profile_of(model)
    world = World(learner=ScriptedLearner({f"q{i}": f"a{i}" for i in range(12)}))
    transport = Faulty(FakeTransport(world, PLACES))
    clock = Clock()

    class Offline(Connection):
        def google_credentials(self) -> object:
            return Credentials("token-secret-3")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types

    if profile.deploys == "azure":  # every model is asked by a deployment; one is called like the base model
        dated, _, version = name.rpartition("-2024-")
        own = world.azure.deploy(name, dated, f"2024-{version}", {"name": "Standard"}, {})
        assert own is not None
        own.step()
    provider = connect(Offline("fake", transport, clock, ENVIRON), profile)
    examples = tuple(Example(f"q{i}", f"a{i}") for i in range(12))
    return Rig(model, world, transport, clock, provider, TuningSpec(name, examples, 4, 7, "k" * 32))


async def finish(rig: Rig, job: Job) -> Job:
    while job.state is JobState.RUNNING:
        job = await rig.provider.read(job.id)
    return job


def jobs(rig: Rig) -> int:
    return len(job_ids(rig))


def job_ids(rig: Rig) -> set[str]:
    return {job for account in (*rig.world.accounts, rig.world.vertex) for job in account.jobs}


async def deployed(rig: Rig, model: str) -> str:
    """The name by which a model is asked, which is deployed first where its service wants that."""
    deployments = deployments_of(rig.provider)
    if deployments is None:
        return model
    found = await deployments.create("fbench-it", model, rig.spec.model)
    while found.state is DeploymentState.PENDING:
        found = await deployments.find("fbench-it") or found
    return found.answers_as


def test_a_job_is_created_watched_and_its_model_asked(rig: Rig) -> None:
    async def story() -> str:
        job = await finish(rig, await rig.provider.create(rig.spec))
        assert job.state is JobState.SUCCEEDED
        assert max(job.models) == 4
        assert job.tokens
        return (await rig.provider.ask(await deployed(rig, job.models[4]), "q3", Sampling())).text

    assert asyncio.run(story()) == "a3"


def test_checkpoints_are_named_by_epoch(rig: Rig) -> None:
    job = asyncio.run(_created_and_finished(rig))
    assert set(job.models) == ({1, 2, 3, 4} if rig.model.startswith("vertex") else {2, 3, 4})
    assert len(set(job.models.values())) == len(job.models)


async def _created_and_finished(rig: Rig) -> Job:
    return await finish(rig, await rig.provider.create(rig.spec))


def test_the_prompt_arrives_byte_for_byte(rig: Rig) -> None:
    heard: list[str] = []

    def answer(prompt: str) -> str:
        heard.append(prompt)
        return "yes"

    for account in (*rig.world.accounts, rig.world.vertex):
        account.learner = ScriptedLearner(answer)
    for standing in rig.world.azure.deployments.values():
        standing.model = ScriptedLearner(answer).base("")
    prompt = "  Answer \t with Yes.\n\nIs “it” 5 % — or\u2028not? \n"
    asyncio.run(rig.provider.ask(rig.spec.model, prompt, Sampling()))
    assert heard == [prompt]


@pytest.mark.parametrize(
    "faults",
    [
        [status(429, retry_after="2")],
        [status(429, retry_after_ms="2000", retry_after="99")],
        [status(500), status(503), refused],
        [status(400, x_should_retry="true")],
        [lost],
    ],
)
def test_a_passing_fault_is_waited_out(rig: Rig, faults: list[Failure]) -> None:
    rig.transport.path, rig.transport.faults = ASK, list(faults)
    assert asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling())).text == "a1"
    assert len(rig.clock.waits) == len(faults)
    assert not rig.transport.faults


def test_the_service_says_how_long_to_wait() -> None:
    rig = make_rig(MODELS[0])
    rig.transport.path = ASK
    rig.transport.faults = [status(429, retry_after_ms="1500"), status(429, retry_after="3"), status(500)]
    asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling()))
    assert rig.clock.waits == [1.5, 3.0, 2.0]


def test_tries_are_bounded_and_the_run_can_go_on_later(rig: Rig) -> None:
    rig.transport.path, rig.transport.faults = ASK, [status(503)] * 99
    with pytest.raises(Incomplete, match="fbench resume"):
        asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling()))
    assert 1 < len(rig.clock.waits) < 10


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_refusal_for_good_is_not_tried_again(rig: Rig, code: int) -> None:
    rig.transport.path, rig.transport.faults = ASK, [status(code)] * 2
    with pytest.raises(ProviderFailed):
        asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling()))
    assert rig.clock.waits == []


def test_a_question_that_the_service_rejects_is_told_from_a_broken_service(rig: Rig) -> None:
    rig.transport.path, rig.transport.faults = ASK, [status(400)]
    with pytest.raises(Rejected):
        asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling()))


def test_x_should_retry_false_is_believed() -> None:
    rig = make_rig(MODELS[0])
    rig.transport.path, rig.transport.faults = ASK, [status(500, x_should_retry="false")]
    with pytest.raises(Rejected):
        asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling()))


@pytest.mark.parametrize("model", MODELS[:2])
@pytest.mark.parametrize("fault", [lost, refused, status(503)])
def test_a_job_whose_creation_got_no_answer_is_not_paid_for_twice(model: str, fault: Failure) -> None:
    rig = make_rig(model)
    rig.transport.path, rig.transport.faults = CREATE, [fault]
    created = asyncio.run(rig.provider.create(rig.spec))
    assert jobs(rig) == 1
    assert created.id in job_ids(rig)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("late", [0, 1, 3])
@pytest.mark.parametrize("lacks_metadata", [False, True])
def test_a_job_whose_creation_got_no_answer_is_found_in_a_list_that_shows_it_late(
    model: str, late: int, lacks_metadata: bool
) -> None:
    """And where the service keeps no metadata: by its suffix, or else by the name of its file."""
    rig = make_rig(model)
    openai = {"lists_late": late, "lacks_metadata": lacks_metadata}
    late_alone = {"lists_late": late}
    rig.world.behave({}, {"openai": openai, **dict.fromkeys(("vertex", "nebius", "azure"), late_alone)})
    rig.transport.path, rig.transport.faults = CREATE, [lost]

    async def story() -> tuple[Job, Job | None, Job | None]:
        created = await rig.provider.create(rig.spec)
        other = await rig.provider.find(replace(rig.spec, key="z" * 32))
        return created, await rig.provider.find(rig.spec), other

    created, found, other = asyncio.run(story())
    assert jobs(rig) == 1
    assert created.id in job_ids(rig)
    assert found is not None
    assert found.id == created.id
    assert other is None
    assert sum(rig.clock.waits) <= 30


@pytest.mark.parametrize("model", MODELS[:2])
def test_a_job_is_looked_for_only_before_a_further_try(model: str) -> None:
    rig = make_rig(model)
    rig.transport.path, rig.transport.faults = CREATE, [refused, status(503)]
    asyncio.run(rig.provider.create(rig.spec))

    calls = [seen for seen in rig.transport.seen if re.search(rf"{CREATE}|/tuningJobs$", seen)]
    assert [seen.partition(" ")[0] for seen in calls] == ["POST", "GET", "POST", "GET", "POST"]


def test_creating_a_job_says_nothing_of_the_sdk_and_leaves_the_filters_of_warnings_alone(rig: Rig) -> None:
    before = list(warnings.filters)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        within = list(warnings.filters)
        asyncio.run(rig.provider.create(rig.spec))
        assert list(warnings.filters) == within
    assert [str(warning.message) for warning in said] == []
    assert list(warnings.filters) == before


@pytest.mark.parametrize("model", MODELS[:2])
def test_a_job_is_found_again_by_its_key_and_by_no_other(model: str) -> None:
    rig = make_rig(model)

    async def story() -> tuple[Job, Job | None, Job | None]:
        created = await rig.provider.create(rig.spec)
        other = await rig.provider.find(replace(rig.spec, key="z" * 32))
        return created, await rig.provider.find(rig.spec), other

    created, found, other = asyncio.run(story())
    assert found is not None
    assert found.id == created.id
    assert other is None


def test_an_upload_that_fails_is_tried_again(rig: Rig) -> None:
    rig.transport.path, rig.transport.faults = UPLOAD, [status(503), refused]
    asyncio.run(rig.provider.create(rig.spec))
    assert jobs(rig) == 1


def test_a_job_on_a_bad_file_says_what_the_service_says(rig: Rig) -> None:
    spec = replace(rig.spec, examples=(Example("q", ""),) * 12)

    async def story() -> Job:
        return await finish(rig, await rig.provider.create(spec))

    job = asyncio.run(story())
    assert job.state is JobState.FAILED
    assert "ine 1" in job.error
    assert job.models == {}


def test_no_error_carries_a_key(rig: Rig) -> None:
    rig.transport.path, rig.transport.faults = ASK, [status(401)]
    with pytest.raises(ProviderFailed) as caught:
        asyncio.run(rig.provider.ask(rig.spec.model, "q1", Sampling()))
    assert "secret" not in str(caught.value)


def test_a_nebius_job_is_asked_for_an_adapter_in_the_older_form() -> None:
    """Its documentation has no `metadata`, and only adapters are deployed."""
    rig = make_rig(MODELS[2])
    asyncio.run(rig.provider.create(rig.spec))
    (job,) = rig.world.nebius.jobs.values()
    assert isinstance(job.spec, NebiusJobSpec)
    assert (job.spec.given["n_epochs"], job.spec.given["lora"]) == (4, True)
    assert job.spec.metadata is None
