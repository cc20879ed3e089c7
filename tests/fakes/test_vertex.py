# pyright: reportUnknownMemberType=false
# google-genai's contents may be images of PIL, which need not be installed
from __future__ import annotations

import asyncio
import json
import warnings
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google.genai import errors, types
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from fakes.tokens import count
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

ROOT = "https://us-central1-aiplatform.googleapis.com/v1beta1/projects/p/locations/us-central1"
JOBS = f"{ROOT}/tuningJobs"
MODELS = f"{ROOT}/publishers/google/models"
DATA = "gs://bucket/train.jsonl"
GOOD: dict[str, Any] = {"baseModel": GEMINI, "supervisedTuningSpec": {"trainingDatasetUri": DATA}}


def stocked(content: bytes | None = None) -> World:
    """A world with a dataset at `DATA`."""
    world = scripted()
    put_object(world, "bucket", "train.jsonl", gemini_file() if content is None else content)
    return world


def test_a_tuning_job_moves_on_each_time_it_is_looked_at() -> None:
    client = gemini_client(stocked())
    made = tune(client, DATA)
    seen = [made.state] + [client.tunings.get(name=made.name or "").state for _ in range(3)]
    assert [state and state.value for state in seen] == [
        "JOB_STATE_PENDING",
        "JOB_STATE_RUNNING",
        "JOB_STATE_SUCCEEDED",
        "JOB_STATE_SUCCEEDED",
    ]


def test_a_tuned_model_has_an_endpoint_for_each_epoch() -> None:
    client = gemini_client(stocked())
    job = finish_tuning(client, tune(client, DATA, config=types.CreateTuningJobConfig(epoch_count=4)))
    tuned = job.tuned_model
    assert tuned is not None
    checkpoints = tuned.checkpoints or []
    assert [(each.checkpoint_id, each.epoch) for each in checkpoints] == [
        ("1", 1),
        ("2", 2),
        ("3", 3),
        ("4", 4),
    ]
    assert tuned.endpoint == checkpoints[-1].endpoint
    for each in checkpoints:
        assert client.models.generate_content(model=each.endpoint or "", contents="hi").text == "HI"
    assert job.start_time is not None
    assert job.end_time is not None
    assert (job.end_time - job.start_time).total_seconds() == 2400


def test_only_the_last_checkpoint_is_exported_where_that_is_asked() -> None:
    client = gemini_client(stocked())
    config = types.CreateTuningJobConfig(epoch_count=2, export_last_checkpoint_only=True)
    tuned = finish_tuning(client, tune(client, DATA, config=config)).tuned_model
    assert tuned is not None
    assert not tuned.checkpoints
    assert client.models.generate_content(model=tuned.endpoint or "", contents="hi").text == "HI"


def test_the_job_tells_how_much_it_was_taught() -> None:
    client = gemini_client(stocked())
    job = finish_tuning(client, tune(client, DATA, config=types.CreateTuningJobConfig(epoch_count=2)))
    assert job.tuning_data_stats is not None
    stats = job.tuning_data_stats.supervised_tuning_data_stats
    assert stats is not None
    assert stats.tuning_dataset_example_count == 3
    assert stats.total_billable_token_count == 2 * 3 * count("question 0yes")


def test_the_async_client_tunes_asks_and_streams_too() -> None:
    async def all_of_it() -> tuple[str | None, str]:
        client = gemini_client(stocked()).aio
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the SDK calls tuning experimental on every call
            job = await client.tunings.tune(
                base_model=GEMINI, training_dataset=types.TuningDataset(gcs_uri=DATA)
            )
        while not job.has_ended:
            job = await client.tunings.get(name=job.name or "")
        endpoint = (job.tuned_model and job.tuned_model.endpoint) or ""
        said = await client.models.generate_content(model=endpoint, contents="hi")
        stream = await client.models.generate_content_stream(model=endpoint, contents="one two")
        pieces = [piece.text or "" async for piece in stream]
        await client.aclose()
        return said.text, "|".join(pieces)

    assert asyncio.run(all_of_it()) == ("HI", "ONE |TWO")


def test_jobs_are_found_by_label_and_by_state() -> None:
    client = gemini_client(stocked())
    made = [
        tune(client, DATA, config=types.CreateTuningJobConfig(labels={"key": key})) for key in ("a", "b", "a")
    ]
    finish_tuning(client, made[0])

    def found(text: str) -> set[str | None]:
        return {job.name for job in client.tunings.list(config=types.ListTuningJobsConfig(filter=text))}

    assert found('labels.key="a"') == {made[0].name, made[2].name}
    assert found("labels.key=b") == {made[1].name}
    assert found('labels.other="a"') == set()
    assert found('state="JOB_STATE_SUCCEEDED"') == {made[0].name}
    with pytest.raises(errors.ClientError, match="Invalid filter"):
        found("size > 3")


def test_jobs_of_another_place_are_not_listed() -> None:
    world = stocked()
    tune(gemini_client(world), DATA)
    with raw_client(world) as client:
        assert client.get(JOBS.replace("/p/", "/other/")).json() == {}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_pages_hold_every_job_once_and_in_order(size: int) -> None:
    world = stocked()
    client = gemini_client(world)
    for epochs in range(1, 6):
        tune(client, DATA, config=types.CreateTuningJobConfig(epoch_count=epochs))
    with raw_client(world) as raw:
        whole = [job["name"] for job in raw.get(JOBS).json()["tuningJobs"]]
        page = raw.get(JOBS, params={"pageSize": size}).json()
    assert len(whole) == 5
    assert ("nextPageToken" in page) == (size < 5)
    config = types.ListTuningJobsConfig(page_size=size)
    assert [job.name for job in client.tunings.list(config=config)] == whole, "the SDK turns the pages"


def test_a_page_token_holds_while_jobs_leave_the_list() -> None:
    world = stocked()
    client = gemini_client(world)
    for epochs in range(1, 5):
        tune(client, DATA, config=types.CreateTuningJobConfig(epoch_count=epochs))
    pending = {"filter": 'state="JOB_STATE_PENDING"', "pageSize": 2}
    with raw_client(world) as raw:
        first = raw.get(JOBS, params=pending).json()
        for job in first["tuningJobs"]:
            raw.get(f"{JOBS}/{job['name'].rpartition('/')[2]}")
        rest = raw.get(JOBS, params={**pending, "pageToken": first["nextPageToken"]}).json()
    names = [job["name"] for job in first["tuningJobs"] + rest["tuningJobs"]]
    assert len(set(names)) == len(names) == 4


@pytest.mark.parametrize(
    "query", [{"pageSize": "-1"}, {"pageSize": "²"}, {"pageSize": "x"}, {"pageToken": "x"}]
)
def test_a_page_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    with raw_client(stocked()) as client:
        answer = client.get(JOBS, params=query)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("steps", [0, 1])
def test_a_job_can_be_cancelled_until_it_has_ended(steps: int) -> None:
    client = gemini_client(stocked())
    name = tune(client, DATA).name or ""
    for _ in range(steps):
        client.tunings.get(name=name)
    client.tunings.cancel(name=name)
    job = client.tunings.get(name=name)
    assert job.state is types.JobState.JOB_STATE_CANCELLED
    assert job.tuned_model is None
    assert (job.start_time is None) == (steps == 0), "a job that ran keeps the time when it began to"
    assert job.end_time == job.update_time
    with pytest.raises(errors.ClientError, match="FAILED_PRECONDITION"):
        client.tunings.cancel(name=name)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no examples"),
        (b"\xff\n", "not UTF-8"),
        (gemini_file(1) + b"{\n", "line 2: it is not JSON"),
        (gemini_file(1) + b"\n[]\n", "line 3: it has no contents"),
        (jsonl([{"contents": []}]), "line 1: it has no contents"),
        (jsonl([{"contents": [{"role": "oracle", "parts": [{"text": "x"}]}]}]), "role 'oracle'"),
        (b'{"contents": [{"role": "user", "parts": []}]}', "has no text"),
        (jsonl([{"contents": [{"role": "user", "parts": [{"text": "x"}]}]}]), "one of the model"),
        (jsonl([{"contents": [{"role": "model", "parts": [{"text": "x"}]}]}]), "a turn of the user"),
    ],
)
def test_a_job_on_a_bad_dataset_fails_and_names_the_line(content: bytes, says: str) -> None:
    client = gemini_client(stocked(content))
    job = finish_tuning(client, tune(client, DATA))
    assert job.state is types.JobState.JOB_STATE_FAILED
    assert job.error is not None
    assert says in (job.error.message or "")
    assert job.tuned_model is None


def test_a_job_on_a_missing_dataset_fails() -> None:
    client = gemini_client(scripted())
    job = finish_tuning(client, tune(client, "gs://bucket/nothing"))
    assert job.error is not None
    assert "gs://bucket/nothing was not found" in (job.error.message or "")


def test_a_validation_dataset_is_read_too() -> None:
    client = gemini_client(stocked())
    config = types.CreateTuningJobConfig(
        validation_dataset=types.TuningValidationDataset(gcs_uri="gs://bucket/nothing")
    )
    assert finish_tuning(client, tune(client, DATA, config=config)).state is types.JobState.JOB_STATE_FAILED


NONSENSE: list[tuple[dict[str, object], int]] = [
    ({"baseModel": "gemini-1.5-flash-002"}, 404),
    ({"baseModel": ["gemini-2.5-flash"]}, 404),
    ({"baseModel": None}, 404),
    ({"supervisedTuningSpec": None}, 400),
    ({"supervisedTuningSpec": {}}, 400),
    ({"supervisedTuningSpec": {"trainingDatasetUri": "https://x/y"}}, 400),
    ({"supervisedTuningSpec": {"trainingDatasetUri": DATA, "validationDatasetUri": 1}}, 400),
    ({"labels": {"Key": "x"}}, 400),
    ({"labels": {"key": "X"}}, 400),
    ({"labels": {"key": 1}}, 400),
    ({"labels": {"key": "x" * 64}}, 400),
    ({"labels": ["key"]}, 400),
    ({"labels": {f"k{number}": "x" for number in range(65)}}, 400),
    *(
        ({"supervisedTuningSpec": {"trainingDatasetUri": DATA, "hyperParameters": hyper}}, 400)
        for hyper in (
            {"epochCount": 0},
            {"epochCount": "101"},
            {"epochCount": "²"},
            {"epochCount": True},
            {"epochCount": 1.5},
            {"learningRateMultiplier": 0},
            {"learningRateMultiplier": "1"},
            {"learningRateMultiplier": 10**400},
        )
    ),
]


@pytest.mark.parametrize(("asked", "status"), NONSENSE)
def test_a_job_that_makes_no_sense_is_refused(asked: dict[str, object], status: int) -> None:
    world = stocked()
    with raw_client(world) as client:
        answer = client.post(JOBS, json={**GOOD, **asked})
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status
    assert not world.vertex.jobs


def test_numbers_may_travel_as_strings() -> None:
    hyper = {"epochCount": "2", "learningRateMultiplier": 0.5}
    with raw_client(stocked()) as client:
        spec = {"trainingDatasetUri": DATA, "hyperParameters": hyper}
        made = client.post(JOBS, json={**GOOD, "supervisedTuningSpec": spec}).json()
        assert made["supervisedTuningSpec"] == spec
        url = f"{JOBS}/{made['name'].rpartition('/')[2]}"
        done = [client.get(url).json() for _ in range(2)][-1]
    assert [each["epoch"] for each in done["tunedModel"]["checkpoints"]] == ["1", "2"]


@pytest.mark.parametrize("model", ["gemini-1.5-flash", "gemini-1.5-pro-002", "mischief"])
def test_a_retired_model_is_not_found(model: str) -> None:
    client = gemini_client(scripted())
    with pytest.raises(errors.ClientError, match=r"404 NOT_FOUND.*Publisher Model"):
        client.models.generate_content(model=model, contents="hi")
    with pytest.raises(errors.ClientError, match="404 NOT_FOUND"):
        tune(client, DATA, model=model)


def test_an_endpoint_or_a_job_that_is_not_there_is_not_found() -> None:
    client = gemini_client(scripted())
    place = "projects/p/locations/us-central1"
    with pytest.raises(errors.ClientError, match="404 NOT_FOUND"):
        client.models.generate_content(model=f"{place}/endpoints/1", contents="hi")
    with pytest.raises(errors.ClientError, match="404 NOT_FOUND"):
        client.tunings.get(name=f"{place}/tuningJobs/1")


def test_a_publisher_model_answers_the_last_turn_of_the_user() -> None:
    client = gemini_client(scripted())
    said = client.models.generate_content(
        model=GEMINI,
        contents=[
            types.Content(role="user", parts=[types.Part(text="one")]),
            types.Content(role="model", parts=[types.Part(text="ONE")]),
            types.Content(role="user", parts=[types.Part(text="t"), types.Part(text="wo")]),
        ],
        config=types.GenerateContentConfig(system_instruction="be loud", temperature=0, seed=-1),
    )
    assert said.text == "TWO"
    assert said.candidates is not None
    assert said.candidates[0].finish_reason is types.FinishReason.STOP
    assert said.usage_metadata is not None
    assert said.usage_metadata.prompt_token_count == 5
    assert said.usage_metadata.thoughts_token_count, "this model thinks where it is not told otherwise"
    assert said.usage_metadata.total_token_count == 6 + said.usage_metadata.thoughts_token_count


@settings(max_examples=30)
@given(text=st.text(min_size=1), limit=st.integers(1, 20))
def test_a_limit_cuts_the_answer_and_says_so(text: str, limit: int) -> None:
    client = gemini_client(World(learner=ScriptedLearner(lambda _: text)))
    said = client.models.generate_content(
        model=GEMINI,
        contents="?",
        config=types.GenerateContentConfig(
            max_output_tokens=limit, thinking_config=types.ThinkingConfig(thinking_budget=0)
        ),
    )
    assert said.candidates is not None
    assert text.startswith(said.text or "")
    cut = said.candidates[0].finish_reason is types.FinishReason.MAX_TOKENS
    assert cut == (count(text) > limit)


@pytest.mark.parametrize("limit", [1, 5, 20, 24, 40])
def test_what_is_thought_is_output_too(limit: int) -> None:
    said = gemini_client(scripted()).models.generate_content(
        model=GEMINI, contents="one two three", config=types.GenerateContentConfig(max_output_tokens=limit)
    )
    usage = said.usage_metadata or types.GenerateContentResponseUsageMetadata()
    thought, told = usage.thoughts_token_count or 0, usage.candidates_token_count or 0
    assert 0 < thought + told <= limit
    assert said.text == ("ONE TWO THREE" if limit == 40 else None if limit <= 20 else "ONE TWO "[: told * 4])
    reason = (said.candidates or [types.Candidate()])[0].finish_reason
    assert reason is (types.FinishReason.STOP if limit == 40 else types.FinishReason.MAX_TOKENS)


@settings(max_examples=30)
@given(text=st.text())
@example(text=" \n")
def test_the_pieces_of_a_stream_are_the_whole_answer(text: str) -> None:
    client = gemini_client(World(learner=ScriptedLearner(lambda _: text)))
    chunks = list(client.models.generate_content_stream(model=GEMINI, contents="?"))
    assert "".join(chunk.text or "" for chunk in chunks) == text
    usage = chunks[-1].usage_metadata
    assert usage is not None
    assert (usage.candidates_token_count or 0) == count(text)


def test_a_stream_is_made_as_it_is_read() -> None:
    answer = FakeTransport(scripted()).handle_request(
        httpx2.Request(
            "POST",
            f"{MODELS}/{GEMINI}:streamGenerateContent?alt=sse",
            headers={"authorization": "Bearer x"},
            json={"contents": [{"parts": [{"text": "one two three"}]}]},
        )
    )
    pieces = answer.iter_raw()
    assert b"ONE " in next(pieces)
    assert b"TWO " in next(pieces)
    last = next(pieces)
    assert b"THREE" in last
    assert b"finishReason" in last
    assert next(pieces, None) is None


QUESTIONS: list[dict[str, object]] = [
    {"contents": []},
    {"contents": "hi"},
    {"contents": [{"role": "user", "parts": []}]},
    {"contents": [{"role": "oracle", "parts": [{"text": "x"}]}]},
    {"generationConfig": {"temperature": 3}},
    {"generationConfig": {"temperature": True}},
    {"generationConfig": {"seed": 0.5}},
    {"generationConfig": {"maxOutputTokens": "many"}},
]


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_that_makes_no_sense_is_refused(asked: dict[str, object]) -> None:
    body = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}], **asked}
    with raw_client(scripted()) as client:
        answer = client.post(f"{MODELS}/{GEMINI}:generateContent", json=body)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"x": Infinity}', b'{"x": 1e999}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with raw_client(scripted()) as client:
        answer = client.post(JOBS, content=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid JSON payload received.")


def test_without_a_token_nothing_is_answered() -> None:
    with httpx2.Client(transport=FakeTransport(scripted())) as client:
        answer = client.get(JOBS)
        assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert client.get(JOBS, headers={"authorization": "Bearer "}).status_code == 401
        assert client.get(JOBS, headers={"x-goog-api-key": "key"}).status_code == 200
        assert client.get(JOBS, params={"key": "key"}).status_code == 200


def test_an_unknown_path_and_an_unknown_method_are_not_found() -> None:
    with raw_client(scripted()) as client:
        for answer in (client.get(f"{ROOT}/mischief"), client.delete(JOBS)):
            assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "host",
    [
        "aiplatform.googleapis.com",
        "europe-west4-aiplatform.googleapis.com",
        "aiplatform.eu.rep.googleapis.com",
        "us-central1-aiplatform.googleapis.com:443",
    ],
)
def test_every_region_is_served(host: str) -> None:
    with raw_client(scripted()) as client:
        assert client.get(f"https://{host}/v1/projects/p/locations/l/tuningJobs").status_code == 200


def test_an_answer_looks_like_one_recorded_from_the_service(shared: Path) -> None:
    lines = (shared / "specs/recorded/google.jsonl").read_text().splitlines()
    recorded = [row for row in map(json.loads, lines) if row["uri"].endswith("2.5-flash:generateContent")]
    assert recorded
    for row in recorded:
        [real], [asked] = row["body_segments"], row["request_body"]
        with raw_client(scripted()) as client:
            made = client.post(row["uri"], json=asked).json()
        assert set(made) == set(real)
        assert set(made["candidates"][0]) == set(real["candidates"][0])
        assert set(made["usageMetadata"]) == set(real["usageMetadata"])
        assert made["usageMetadata"]["billablePromptUsage"] == real["usageMetadata"]["billablePromptUsage"]
