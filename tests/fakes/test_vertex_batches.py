# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from fakes import World
from fakes.failures import JobFailure, batch_cancelled, batch_expires, batch_partly_fails
from tests.fakes.clients import (
    GEMINI,
    finish_tuning,
    gemini_client,
    gemini_file,
    jsonl,
    put_object,
    raw_client,
    scripted,
    tune,
)

JOBS = "https://us-central1-aiplatform.googleapis.com/v1beta1/projects/p/locations/us-central1/batchPredictionJobs"
SOURCE = "gs://bucket/ask.jsonl"
DEST = types.CreateBatchJobConfig(display_name="b", dest="gs://bucket/out")


def question(text: str) -> dict[str, object]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def stocked(lines: bytes | None = None) -> World:
    world = scripted()
    good = jsonl({"request": question(text), "key": text} for text in ("one", "two"))
    put_object(world, "bucket", "ask.jsonl", good if lines is None else lines)
    return world


def finish(client: genai.Client, job: types.BatchJob) -> types.BatchJob:
    while not job.done:
        job = client.batches.get(name=job.name or "")
    return job


def output(world: World) -> list[dict[str, Any]]:
    [content] = [each.content for each in world.storage.objects.values() if "predictions" in each.name]
    return [json.loads(line) for line in content.splitlines()]


def texts(lines: list[dict[str, Any]]) -> list[str]:
    return [line["response"]["candidates"][0]["content"]["parts"][0]["text"] for line in lines]


def test_a_batch_answers_every_line_into_the_bucket() -> None:
    world = stocked()
    client = gemini_client(world)
    job = client.batches.create(model=GEMINI, src=SOURCE, config=DEST)
    seen = [job.state]
    while not job.done:
        job = client.batches.get(name=job.name or "")
        seen.append(job.state)
    assert [state and state.value for state in seen] == [
        "JOB_STATE_PENDING",
        "JOB_STATE_RUNNING",
        "JOB_STATE_SUCCEEDED",
    ]
    assert job.completion_stats is not None
    assert job.completion_stats.successful_count == 2
    lines = output(world)
    assert texts(lines) == ["ONE", "TWO"]
    assert [line["key"] for line in lines] == ["one", "two"], "what else a line holds comes back"
    assert {line["status"] for line in lines} == {""}
    [written] = [name for _, name in world.storage.objects if "predictions" in name]
    assert job.output_info is not None
    assert f"gs://bucket/{written}" == f"{job.output_info.gcs_output_directory}/predictions.jsonl"


def test_the_async_client_runs_batches_too() -> None:
    world = stocked()

    async def run() -> types.BatchJob:
        client = gemini_client(world).aio
        job = await client.batches.create(model=GEMINI, src=SOURCE, config=DEST)
        while not job.done:
            job = await client.batches.get(name=job.name or "")
        await client.aclose()
        return job

    assert asyncio.run(run()).state is types.JobState.JOB_STATE_SUCCEEDED
    assert texts(output(world)) == ["ONE", "TWO"]


def test_a_bad_line_has_its_error_and_no_other_suffers() -> None:
    lines = b"{\n" + jsonl([{"request": {"contents": []}}, {"request": question("hi")}, [], {"key": 1}])
    world = stocked(lines)
    client = gemini_client(world)
    job = finish(client, client.batches.create(model=GEMINI, src=SOURCE, config=DEST))
    assert job.completion_stats is not None
    assert (job.completion_stats.successful_count, job.completion_stats.failed_count) == (1, 4)
    made = output(world)
    assert [bool(line["status"]) for line in made] == [True, True, False, True, True]
    assert "not JSON" in made[0]["status"]
    assert "INVALID_ARGUMENT" in made[1]["status"]
    assert made[1]["response"] == {}


def test_a_tuned_model_answers_a_batch() -> None:
    world = stocked()
    put_object(world, "bucket", "train.jsonl", gemini_file())
    client = gemini_client(world)
    tuned = finish_tuning(client, tune(client, "gs://bucket/train.jsonl")).tuned_model
    assert tuned is not None
    finish(client, client.batches.create(model=tuned.model or "", src=SOURCE, config=DEST))
    assert {line["response"]["modelVersion"] for line in output(world)} == {tuned.model}


def test_a_wildcard_takes_all_that_match_in_order() -> None:
    world = scripted()
    for name in ("b", "a"):
        put_object(world, "bucket", f"in/{name}.jsonl", jsonl([{"request": question(name)}]))
    client = gemini_client(world)
    finish(client, client.batches.create(model=GEMINI, src="gs://bucket/in/*.jsonl", config=DEST))
    assert texts(output(world)) == ["A", "B"]


@pytest.mark.parametrize("content", [None, b"\n"])
def test_a_batch_without_questions_fails(content: bytes | None) -> None:
    world = scripted() if content is None else stocked(content)
    client = gemini_client(world)
    job = finish(client, client.batches.create(model=GEMINI, src=SOURCE, config=DEST))
    assert job.state is types.JobState.JOB_STATE_FAILED
    assert job.error is not None


def test_a_batch_is_cancelled_and_deleted_when_it_is_over() -> None:
    world = stocked()
    client = gemini_client(world)
    job = client.batches.create(model=GEMINI, src=SOURCE, config=DEST)
    name = job.name or ""
    with pytest.raises(errors.ClientError, match="FAILED_PRECONDITION"):
        client.batches.delete(name=name)
    client.batches.cancel(name=name)
    [listed] = client.batches.list()
    assert listed.state is types.JobState.JOB_STATE_CANCELLING
    assert client.batches.get(name=name).state is types.JobState.JOB_STATE_CANCELLED
    with pytest.raises(errors.ClientError, match="FAILED_PRECONDITION"):
        client.batches.cancel(name=name)
    client.batches.delete(name=name)
    assert list(client.batches.list()) == []
    with pytest.raises(errors.ClientError, match="404 NOT_FOUND"):
        client.batches.get(name=name)


@pytest.mark.parametrize(
    ("fate", "state", "failed"),
    [
        (batch_expires(1), "JOB_STATE_EXPIRED", 0),
        (batch_cancelled(1), "JOB_STATE_CANCELLED", 0),
        (batch_partly_fails(1), "JOB_STATE_PARTIALLY_SUCCEEDED", 1),
    ],
)
def test_a_batch_that_ends_early_keeps_what_it_has_answered(
    fate: JobFailure, state: str, failed: int
) -> None:
    world = stocked()
    world.faults.set([fate])
    client = gemini_client(world)
    job = client.batches.create(model=GEMINI, src=SOURCE, config=DEST)
    for _ in range(4):
        job = client.batches.get(name=job.name or "")
    assert job.state is not None
    assert job.state.value == state
    assert job.completion_stats is not None
    assert job.completion_stats.successful_count == 1
    lines = output(world)
    assert texts(lines[:1]) == ["ONE"]
    assert ["INTERNAL" in line["status"] for line in lines[1:]] == [True] * failed


def test_the_world_moves_batches_on() -> None:
    world = stocked()
    client = gemini_client(world)
    client.batches.create(model=GEMINI, src=SOURCE, config=DEST)
    for _ in range(2):
        world.advance()
    assert texts(output(world)) == ["ONE", "TWO"]


GOOD: dict[str, Any] = {
    "displayName": "b",
    "model": f"publishers/google/models/{GEMINI}",
    "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": [SOURCE]}},
    "outputConfig": {"predictionsFormat": "jsonl", "gcsDestination": {"outputUriPrefix": "gs://bucket/out"}},
}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"displayName": ""}, 400),
        ({"model": "x"}, 400),
        ({"model": "publishers/google/models/gemini-1.5-flash"}, 404),
        ({"model": "projects/p/locations/us-central1/models/1"}, 404),
        ({"inputConfig": {"instancesFormat": "bigquery"}}, 400),
        ({"inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": ["x"]}}}, 400),
        ({"outputConfig": {"predictionsFormat": "jsonl"}}, 400),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(asked: dict[str, object], status: int) -> None:
    world = stocked()
    with raw_client(world) as client:
        assert client.post(JOBS, json={**GOOD, **asked}).status_code == status
    assert not world.vertex.batches
