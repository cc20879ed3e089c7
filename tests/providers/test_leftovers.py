"""What a training left is told by its job and its key; what may not be deleted is told with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest
from google.oauth2.credentials import Credentials

from fbench.clock import NoWait
from fbench.errors import Incomplete, ProviderFailed, UsageError
from fbench.providers import JobState, Leftover, Rejected
from fbench.providers.guarded import GuardedProvider
from fbench.providers.openai_leftovers import models_left
from fbench.providers.retry import Retries
from fbench.providers.storage import Buckets
from fbench.providers.vertex import _explain as explain  # pyright: ignore[reportPrivateUsage] - as the provider uses it
from fbench.providers.vertex import training_file
from fbench.providers.vertex_leftovers import VertexResources
from fbench.providers.vertex_names import VertexNames, without_project
from tests.providers.test_guarded import PROFILE
from tests.providers.test_providers import Rig, finish, make_rig

OPENAI, VERTEX = "openai:gpt-4o-mini-2024-07-18", "vertex:gemini-2.5-pro"
KINDS = {OPENAI: ["training file", *["model"] * 3], VERTEX: ["training file", *["endpoint"] * 4, "model"]}


@pytest.fixture(params=[OPENAI, VERTEX])
def rig(request: pytest.FixtureRequest) -> Rig:
    return make_rig(request.param)


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


async def left(rig: Rig, job: str | None, *, models: bool = True) -> list[Leftover]:
    return await rig.provider.leftovers(rig.spec.key, job, models=models)


async def done(rig: Rig) -> str:
    job = await finish(rig, await rig.provider.create(rig.spec))
    assert job.state is JobState.SUCCEEDED
    return job.id


def test_it_is_deleted_in_the_order_in_which_it_is_told_and_then_gone(rig: Rig) -> None:
    async def story() -> None:
        job = await done(rig)
        found = await left(rig, job)
        assert [each.kind for each in found] == KINDS[rig.model]
        assert [each.kind for each in await left(rig, job, models=False)] == ["training file"]
        for each in found:
            assert each.delete is not None
            assert await each.delete() is True
            assert await each.delete() is False, "it is gone already"
        assert await left(rig, job) == []

    run(story)


def test_a_running_job_keeps_its_file_and_has_no_models(rig: Rig) -> None:
    async def story() -> None:
        job = await rig.provider.create(rig.spec)
        (kept,) = await left(rig, job.id)
        assert (kept.kind, kept.delete) == ("training file", None)
        assert "still running" in kept.why

    run(story)


def test_a_job_that_carries_another_key_is_left_alone(rig: Rig) -> None:
    async def story() -> None:
        job = await done(rig)
        for found in await rig.provider.leftovers("x" * 32, job, models=True):
            assert (found.kind, found.delete) == ("job", None)
            assert "key of this training" in found.why

    run(story)


def test_a_file_of_another_name_is_left_alone() -> None:
    async def story() -> None:
        rig = make_rig(
            "nebius:meta-llama/Meta-Llama-3.1-8B-Instruct"
        )  # it keeps no metadata, which would tell first
        job = await done(rig)
        (kept,) = await rig.provider.leftovers("x" * 32, job, models=False)
        assert (kept.kind, kept.delete) == ("training file", None)
        assert f"{'k' * 32}.jsonl" in kept.why

    run(story)


def test_an_object_of_another_name_is_left_alone() -> None:
    async def story() -> None:
        rig = make_rig(VERTEX)
        buckets = Buckets(rig.transport, Credentials("t"))  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        uri = await buckets.put("p-fbench", "others.jsonl", training_file(rig.spec.examples))
        place = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"
        async with httpx2.AsyncClient(
            transport=rig.transport, headers={"authorization": "Bearer t"}
        ) as client:
            asked = {
                "baseModel": rig.spec.model,
                "supervisedTuningSpec": {"trainingDatasetUri": uri},
                "labels": {"fbench": rig.spec.key},
            }
            made = (await client.post(f"{place}/tuningJobs", json=asked)).json()
        job = await finish(rig, await rig.provider.read(made["name"]))
        (kept,) = await left(rig, job.id, models=False)
        assert (kept.kind, kept.delete) == ("training file", None)
        assert "fbench/" in kept.why

    run(story)


def test_the_model_that_was_tuned_is_never_told() -> None:
    job = cast("Any", SimpleNamespace(model="gpt-4o"))
    nobody = cast("Any", None)  # so it is not even asked for
    assert asyncio.run(models_left(nobody, nobody, job, {"gpt-4o": "gpt-4o", "": ""})) == []


def test_without_a_job_only_what_is_named_by_the_key_is_told(rig: Rig) -> None:
    async def story() -> None:
        await done(rig)
        assert [each.kind for each in await left(rig, None)] == ["training file"]
        assert await rig.provider.leftovers("x" * 32, None, models=True) == []

    run(story)


def test_a_file_that_a_running_job_reads_stays_without_a_job_too(rig: Rig) -> None:
    async def story() -> None:
        await rig.provider.create(rig.spec)
        (kept,) = await left(rig, None)
        assert (kept.kind, kept.delete) == ("training file", None)
        assert "still running" in kept.why

    run(story)


def test_a_job_that_is_gone_is_told(rig: Rig) -> None:
    async def story() -> None:
        absent = "ftjob-absent" if rig.model == OPENAI else "projects/p/locations/us-central1/tuningJobs/9"
        (kept,) = await left(rig, absent)
        assert (kept.kind, kept.name, kept.delete) == ("job", absent, None)
        assert "knows no such job" in kept.why

    run(story)


def test_an_endpoint_with_another_model_and_a_model_with_another_version_stay() -> None:
    async def story() -> None:
        rig = make_rig(VERTEX)
        job = await done(rig)
        world = rig.world.vertex.registry
        endpoint = next(iter(world.endpoints.values()))
        version = endpoint.version
        world.models[version.name].append(replace(version, number=2))
        kept = [each for each in await left(rig, job) if each.delete is None]
        assert [each.kind for each in kept] == ["model"]
        assert "versions" in kept[0].why

        endpoint.version = replace(version, name=f"{version.name}0")
        kept = [each for each in await left(rig, job) if each.delete is None]
        assert "another model" in kept[0].why

    run(story)


class Slow(httpx2.AsyncBaseTransport):
    """A service whose deletions take some looks, and end as they are told to."""

    def __init__(self, looks: int, **end: object) -> None:
        self.looks, self.end = looks, end
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        if request.url.path.endswith("/operations/1"):
            self.looks -= 1
            return httpx2.Response(
                200, json={"name": OPERATION} | (self.end if self.looks <= 0 else {"done": False})
            )
        if request.method == "GET":
            found = {"name": "x", "deployedModels": [{"id": "5", "model": "projects/p/locations/l/models/m"}]}
            return httpx2.Response(200, json=found)
        if self.end.get("status"):
            return httpx2.Response(
                403, json={"error": {"code": 403, "message": "not yours", "status": "DENIED"}}
            )
        return httpx2.Response(200, json={"name": OPERATION, "done": False})


OPERATION = "projects/p/locations/l/operations/1"


def of_service(transport: httpx2.AsyncBaseTransport) -> Leftover:
    async def story() -> Leftover:
        retry = Retries(NoWait(), explain)
        client = httpx2.AsyncClient(transport=transport)
        credentials = Credentials("t")  # pyright: ignore[reportNoUntypedCall] - google-auth has no types
        resources = VertexResources(client, credentials, "", retry, without_project)
        place = "projects/p/locations/l"
        found = await resources.left(f"{place}/models/m@1", [f"{place}/endpoints/e"])
        return found[0]

    return asyncio.run(story())


def test_a_deletion_is_waited_for() -> None:
    service = Slow(3, done=True)
    found = of_service(service)
    assert found.name == "locations/l/endpoints/e"
    assert asyncio.run(cast("Any", found.delete)()) is True
    assert service.asked == [
        *("GET e", "GET m", "GET m:listVersions", "POST e:undeployModel", *["GET 1"] * 3),
        *("DELETE e", "GET 1"),
    ]


def test_a_deletion_that_fails_or_does_not_end_or_is_refused_says_so() -> None:
    failed = of_service(Slow(1, done=True, error={"code": 9, "message": "it is in use"}))
    with pytest.raises(Rejected, match="endpoints/e:undeployModel: it is in use"):
        asyncio.run(cast("Any", failed.delete)())
    endless = of_service(Slow(10**6))
    with pytest.raises(Incomplete, match="still being deleted"):
        asyncio.run(cast("Any", endless.delete)())
    refused = of_service(Slow(1, status=403))
    with pytest.raises(ProviderFailed, match="not yours"):
        asyncio.run(cast("Any", refused.delete)())


def test_names_are_kept_without_their_project_and_asked_for_with_it() -> None:
    names = VertexNames("my-project", hide=True)
    assert names.kept("projects/12345/locations/l/endpoints/9") == "locations/l/endpoints/9"
    assert names.full("locations/l/endpoints/9") == "projects/12345/locations/l/endpoints/9", "as it was seen"
    assert names.full("locations/l/endpoints/8") == "projects/my-project/locations/l/endpoints/8"
    for whole in ("projects/p/locations/l/tuningJobs/1", "gemini-3.5-flash", "publishers/google/models/x"):
        assert names.full(whole) == whole
    assert VertexNames("p", hide=False).kept("projects/p/locations/l/endpoints/9").startswith("projects/p/")
    assert without_project("gemini-3.5-flash") == "gemini-3.5-flash"


class Plugin:
    """A provider of a plug-in that can tell what its trainings left."""

    def __init__(self, answer: object) -> None:
        self._answer = answer

    async def leftovers(self, *_: object, **__: object) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


async def _fails() -> bool:
    raise ValueError("no such thing")


def of_plugin(plugin: object) -> list[Leftover]:
    def make(*_: object) -> Any:
        return plugin

    made = GuardedProvider(cast("Any", None), PROFILE, make)
    return asyncio.run(made.leftovers("k", "job-9", models=True))


def test_a_plug_in_without_the_method_says_so() -> None:
    with pytest.raises(UsageError, match=r"plug-in 'echo' cannot say .* no method `leftovers`"):
        of_plugin(object())


@pytest.mark.parametrize("answer", [ValueError("no"), "files", ["file-1"]])
def test_what_a_plug_in_raises_or_returns_names_it(answer: object) -> None:
    with pytest.raises(Incomplete, match="plug-in 'echo' failed in leftovers for the job 'job-9'"):
        of_plugin(Plugin(answer))


def test_a_plug_in_that_fails_while_it_deletes_is_named() -> None:
    kept, found = of_plugin(
        Plugin([Leftover("model", "a", why="it is used"), Leftover("model", "b", _fails)])
    )
    assert kept.delete is None
    with pytest.raises(Incomplete, match="failed when it deleted the model 'b': ValueError"):
        asyncio.run(cast("Any", found.delete)())
