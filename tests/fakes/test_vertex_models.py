# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

from itertools import pairwise
from typing import Any

import httpx2
import pytest
from google.genai import errors, types
from hypothesis import given
from hypothesis import strategies as st

from fakes import World
from fakes.vertex.examples import distribution
from fakes.vertex.records import TRANSITIONS
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

V1 = "https://us-central1-aiplatform.googleapis.com/v1beta1"
ROOT = f"{V1}/projects/p/locations/us-central1"
DATA = "gs://bucket/train.jsonl"


def stocked(content: bytes | None = None, world: World | None = None) -> World:
    world = world or scripted()
    put_object(world, "bucket", "train.jsonl", gemini_file() if content is None else content)
    return world


def tuned(world: World, **config: Any) -> types.TuningJob:
    client = gemini_client(world)
    return finish_tuning(client, tune(client, DATA, config=types.CreateTuningJobConfig(**config)))


def model_of(job: types.TuningJob) -> str:
    assert job.tuned_model is not None
    return job.tuned_model.model or ""


def refused(answer: httpx2.Response, status: str) -> bool:
    return answer.json()["error"]["status"] == status


def test_a_tuned_model_is_in_the_registry() -> None:
    world = stocked()
    job = tuned(world, epoch_count=2, labels={"key": "a"}, tuned_model_display_name="mine")
    found = gemini_client(world).models.get(model=model_of(job))
    assert (found.display_name, found.version) == ("mine", "1")
    assert found.labels is not None
    assert (found.labels["key"], found.labels["tune-type"]) == ("a", "sft")
    assert [each.checkpoint_id for each in found.checkpoints or []] == ["1", "2"]
    assert found.default_checkpoint_id == "2"
    assert job.tuned_model is not None
    endpoints = {each.endpoint for each in job.tuned_model.checkpoints or []}
    assert {each.name for each in found.endpoints or []} == endpoints


def test_the_sdk_lists_tuned_models_and_base_models() -> None:
    world = stocked()
    jobs = [tuned(world, epoch_count=epochs) for epochs in (1, 2, 3)]
    client = gemini_client(world)
    listed = client.models.list(config={"query_base": False, "page_size": 2})
    assert {f"{each.name}@{each.version}" for each in listed} == {model_of(job) for job in jobs}
    assert f"publishers/google/models/{GEMINI}" in {each.name for each in client.models.list()}
    assert client.models.get(model=GEMINI).name == f"publishers/google/models/{GEMINI}"


def test_a_model_goes_when_no_endpoint_serves_it_any_more() -> None:
    world = stocked()
    job = tuned(world, epoch_count=2)
    model = f"{V1}/{model_of(job).partition('@')[0]}"
    with raw_client(world) as client:
        assert refused(client.delete(model), "FAILED_PRECONDITION")
        for endpoint in client.get(f"{ROOT}/endpoints").json()["endpoints"]:
            url = f"{V1}/{endpoint['name']}"
            assert refused(client.delete(url), "FAILED_PRECONDITION"), "a model is deployed to it"
            [deployed] = endpoint["deployedModels"]
            wrong = client.post(f"{url}:undeployModel", json={"deployedModelId": "1"})
            assert refused(wrong, "INVALID_ARGUMENT")
            assert client.post(f"{url}:undeployModel", json={"deployedModelId": deployed["id"]}).json()[
                "done"
            ]
            question = {"contents": [{"parts": [{"text": "hi"}]}]}
            assert refused(client.post(f"{url}:generateContent", json=question), "FAILED_PRECONDITION")
            assert "deployedModels" not in client.get(url).json()
            assert client.delete(url).json()["done"]
            assert refused(client.get(url), "NOT_FOUND")
            assert refused(client.post(f"{url}:generateContent", json=question), "NOT_FOUND")
        assert client.get(f"{ROOT}/endpoints").json() == {}
        assert client.delete(model).json()["done"]
        assert refused(client.get(model), "NOT_FOUND")
        assert client.get(f"{ROOT}/models").json() == {}


def test_models_and_endpoints_are_found_by_label_and_by_place() -> None:
    world = stocked()
    tuned(world, labels={"key": "a"})
    with raw_client(world) as client:
        for what in ("models", "endpoints"):
            assert what in client.get(f"{ROOT}/{what}", params={"filter": "labels.key=a"}).json()
            assert client.get(f"{ROOT}/{what}", params={"filter": "labels.other:*"}).json() == {}
            assert client.get(f"{V1}/projects/other/locations/us-central1/{what}").json() == {}


def test_tuning_goes_on_from_a_checkpoint_as_the_next_version() -> None:
    world = stocked(world=World())
    first = tuned(world, epoch_count=6)
    put_object(world, "bucket", "train.jsonl", gemini_file(1).replace(b"yes", b"no"))
    client = gemini_client(world)
    config = types.CreateTuningJobConfig(epoch_count=1, pre_tuned_model_checkpoint_id="1")
    job = finish_tuning(client, tune(client, DATA, model=model_of(first), config=config))
    assert job.pre_tuned_model is not None
    assert (job.pre_tuned_model.checkpoint_id, job.pre_tuned_model.base_model) == ("1", GEMINI)
    assert model_of(job) == model_of(first).replace("@1", "@2")
    other = finish_tuning(
        client,
        tune(
            client,
            DATA,
            model=model_of(first),
            config=types.CreateTuningJobConfig(epoch_count=1, tuned_model_display_name="another"),
        ),
    )
    assert model_of(other).endswith("@1"), "another name makes another model"
    assert model_of(other) != model_of(first)

    def said(job: types.TuningJob) -> str | None:
        endpoint = (job.tuned_model and job.tuned_model.endpoint) or ""
        return client.models.generate_content(
            model=endpoint, contents="question 1", config=types.GenerateContentConfig(temperature=0)
        ).text

    assert said(other) == "yes", "what was taught until the last checkpoint is still known"
    assert said(job) != "yes", "the first checkpoint had not learned it yet"
    with raw_client(world) as raw:
        listed = raw.get(f"{V1}/{model_of(first).partition('@')[0]}:listVersions").json()["models"]
    assert [each["versionId"] for each in listed] == ["1", "2"]
    assert [each.get("versionAliases") for each in listed] == [None, ["default"]]


@pytest.mark.parametrize("name", ["{model}@7", "{model}0", "projects/p/locations/l/models/1", "x"])
def test_a_tuned_model_that_is_not_there_cannot_be_tuned_further(name: str) -> None:
    world = stocked()
    model = model_of(tuned(world)).partition("@")[0]
    asked = {"supervisedTuningSpec": {"trainingDatasetUri": DATA}}
    with raw_client(world) as client:

        def ask(**more: object) -> httpx2.Response:
            return client.post(f"{ROOT}/tuningJobs", json={**asked, **more})

        assert refused(ask(preTunedModel={"tunedModelName": name.format(model=model)}), "NOT_FOUND")
        source = {"tunedModelName": model, "checkpointId": "9"}
        assert refused(ask(preTunedModel=source), "NOT_FOUND")
        both = ask(preTunedModel={"tunedModelName": model}, baseModel=GEMINI)
        assert refused(both, "INVALID_ARGUMENT")


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("bad", [False, True])
def test_a_job_only_goes_where_the_table_lets_it(steps: int, bad: bool) -> None:
    client = gemini_client(stocked(b"{" if bad else None))
    job = tune(client, DATA)
    seen = [job.state]
    seen += [client.tunings.get(name=job.name or "").state for _ in range(steps)]
    last = seen[-1]
    assert last is not None
    if "JOB_STATE_CANCELLING" in TRANSITIONS[last.value]:
        client.tunings.cancel(name=job.name or "")
    else:
        with pytest.raises(errors.ClientError, match="FAILED_PRECONDITION"):
            client.tunings.cancel(name=job.name or "")
    seen += [job.state for job in client.tunings.list()]
    seen += [client.tunings.get(name=job.name or "").state for _ in range(2)]
    states = [state.value for state in seen if state]
    for before, after in pairwise(states):
        assert after == before or after in TRANSITIONS[before]
    assert not TRANSITIONS[states[-1]]


def test_a_failed_job_says_which_field_was_wrong() -> None:
    world = stocked(b"{")
    with raw_client(world) as client:
        asked = {"baseModel": GEMINI, "supervisedTuningSpec": {"trainingDatasetUri": DATA}}
        name = client.post(f"{ROOT}/tuningJobs", json=asked).json()["name"]
        [detail] = client.get(f"{V1}/{name}").json()["error"]["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert detail["fieldViolations"][0]["field"] == "supervised_tuning_spec.training_dataset_uri"


def lesson(prompt: str) -> dict[str, object]:
    texts = (("user", prompt), ("model", "yes"))
    return {"contents": [{"role": role, "parts": [{"text": text}]} for role, text in texts]}


@pytest.mark.parametrize(("letters", "fits"), [(4 * 131_071, True), (4 * 131_071 + 1, False)])
def test_an_example_has_a_most_of_tokens(letters: int, fits: bool) -> None:
    job = tuned(stocked(jsonl([lesson("short"), lesson("x" * letters)])))
    assert (job.error is None) == fits
    assert fits or "line 2" in str(job.error)


@pytest.mark.parametrize(("size", "fits"), [(5000, True), (5001, False)])
def test_a_validation_dataset_has_a_most_of_examples(size: int, fits: bool) -> None:
    world = stocked()
    put_object(world, "bucket", "valid.jsonl", b"\n" + gemini_file(size))
    job = tuned(world, validation_dataset=types.TuningValidationDataset(gcs_uri="gs://bucket/valid.jsonl"))
    assert (job.error is None) == fits
    assert fits or "line 5002" in str(job.error)


def test_the_statistics_of_a_dataset_travel_as_the_specification_has_them() -> None:
    job = tuned(stocked(), epoch_count=2)
    stats = job.tuning_data_stats and job.tuning_data_stats.supervised_tuning_data_stats
    assert stats is not None
    assert (stats.tuning_dataset_example_count, stats.tuning_step_count) == (3, 2)
    spread = stats.user_message_per_example_distribution
    assert spread is not None
    assert (spread.sum, spread.mean, spread.median) == (6, 2, 2)
    assert [each.parts and each.parts[0].text for each in stats.user_dataset_examples or []] == [
        f"question {number}" for number in range(3)
    ]


@given(values=st.lists(st.integers(0, 10**6), min_size=1))
def test_a_distribution_counts_every_value_between_its_ends(values: list[int]) -> None:
    made: dict[str, Any] = distribution(values)
    assert sum(bucket["count"] for bucket in made["buckets"]) == len(values)
    assert made["sum"] == str(sum(values))
    assert made["min"] <= made["p5"] <= made["median"] <= made["p95"] <= made["max"]
    assert made["buckets"][0]["left"] == made["min"]
    assert made["buckets"][-1]["right"] == pytest.approx(made["max"])
