from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import openai
import pytest

from fakes import World
from fakes.openai.examples import auto_epochs
from tests.fakes.clients import (
    BASE,
    async_openai_client,
    chat_file,
    chat_line,
    finish,
    jsonl,
    openai_client,
    raw_client,
    scripted,
    trained,
    upload,
)

JOBS = "https://api.openai.com/v1/fine_tuning/jobs"
GOOD = [chat_line(f"question {number}", "yes") for number in range(9)]


def test_a_job_moves_on_each_time_it_is_looked_at() -> None:
    client = openai_client(scripted())
    made = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client))
    seen = [made.status] + [client.fine_tuning.jobs.retrieve(made.id).status for _ in range(4)]
    assert seen == ["validating_files", "queued", "running", "succeeded", "succeeded"]


def test_the_async_client_gets_there_too() -> None:
    async def tuned() -> str | None:
        async with async_openai_client(scripted()) as client:
            file = await client.files.create(file=("a", chat_file()), purpose="fine-tune")
            job = await client.fine_tuning.jobs.create(model=BASE, training_file=file.id)
            while job.finished_at is None:
                job = await client.fine_tuning.jobs.retrieve(job.id)
            return job.fine_tuned_model

    assert str(asyncio.run(tuned())).startswith(f"ft:{BASE}:")


def test_reading_the_events_is_looking_at_the_job() -> None:
    client = openai_client(scripted())
    made = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client))
    for _ in range(3):
        list(client.fine_tuning.jobs.list_events(made.id, limit=100))
    assert client.fine_tuning.jobs.list().data[0].status == "succeeded"


def test_listing_is_not_looking_and_advance_moves_all_jobs() -> None:
    world = scripted()
    client = openai_client(world)
    for seed in (1, 2):
        client.fine_tuning.jobs.create(model=BASE, training_file=upload(client), seed=seed)
    assert [job.status for job in client.fine_tuning.jobs.list()] == ["validating_files"] * 2
    world.advance()
    assert [job.status for job in client.fine_tuning.jobs.list()] == ["queued"] * 2


def test_a_finished_job_tells_what_came_of_it() -> None:
    client = openai_client(scripted())
    job = trained(client, epochs=2)
    assert job.fine_tuned_model is not None
    assert job.trained_tokens is not None
    assert job.trained_tokens % 2 == 0
    assert job.finished_at is not None
    assert job.finished_at - job.created_at == 30 + 60 + 1800
    assert job.hyperparameters.n_epochs == 2
    assert job.hyperparameters.batch_size == 1, "what was left to the service is decided"
    assert job.error is not None
    assert job.error.message is None, "the service sends an empty error"


@pytest.mark.parametrize(("examples", "epochs"), [(10, 10), (20, 5), (33, 3), (34, 3)])
def test_epochs_that_are_left_to_the_service_depend_on_the_size_of_the_file(
    examples: int, epochs: int
) -> None:
    client = openai_client(scripted())
    file = upload(client, jsonl([chat_line("hi", "HI")] * examples))
    made = client.fine_tuning.jobs.create(
        model=BASE, training_file=file, hyperparameters={"n_epochs": "auto", "batch_size": 256}
    )
    assert made.hyperparameters.n_epochs == "auto"
    assert finish(client, made.id).hyperparameters.n_epochs == epochs


@pytest.mark.parametrize(("examples", "epochs"), [(1, 25), (8333, 3), (8334, 2), (12_501, 1), (10**6, 1)])
def test_a_large_file_is_seen_in_fewer_epochs(examples: int, epochs: int) -> None:
    assert auto_epochs(examples) == epochs


def test_events_come_newest_first_and_their_pages_hold_still() -> None:
    client = openai_client(scripted())
    job = trained(client, epochs=5)
    events = list(client.fine_tuning.jobs.list_events(job.id, limit=2))
    messages = [event.message for event in events]
    assert len({event.id for event in events}) == len(events) == 4 + 5 + 2
    assert messages[0] == "The job has successfully completed"
    assert messages[-1] == f"Created fine-tuning job: {job.id}"
    assert [event.created_at for event in events] == sorted((e.created_at for e in events), reverse=True)
    metrics: Any = [event.data for event in events if event.type == "metrics"]
    assert [each["step"] for each in metrics] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(("epochs", "kept"), [(1, [1]), (3, [3, 2, 1]), (5, [5, 4, 3])])
def test_the_checkpoints_of_the_last_three_epochs_are_kept(epochs: int, kept: list[int]) -> None:
    client = openai_client(scripted())
    job = trained(client, epochs=epochs)
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id))
    assert [checkpoint.step_number for checkpoint in checkpoints] == kept
    assert checkpoints[0].fine_tuned_model_checkpoint == job.fine_tuned_model
    for checkpoint in checkpoints:
        said = client.chat.completions.create(
            model=checkpoint.fine_tuned_model_checkpoint, messages=[{"role": "user", "content": "hi"}]
        )
        assert said.choices[0].message.content == "HI"


def test_validation_metrics_are_there_where_there_is_a_validation_file() -> None:
    client = openai_client(scripted())
    few = upload(client, jsonl([chat_line("a", "A"), chat_line("b", "no")]))
    made = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client), validation_file=few)
    finish(client, made.id)
    newest = client.fine_tuning.jobs.checkpoints.list(made.id).data[0]
    assert newest.metrics.full_valid_mean_token_accuracy == 0.5
    without = client.fine_tuning.jobs.checkpoints.list(trained(client).id).data[0]
    assert without.metrics.full_valid_loss is None


def test_the_result_file_has_a_line_for_each_step() -> None:
    client = openai_client(scripted())
    job = trained(client, epochs=4)
    [result] = job.result_files
    lines = client.files.content(result).text.splitlines()
    assert lines[0].startswith("step,train_loss,train_accuracy")
    assert [line.split(",")[0] for line in lines[1:]] == ["1", "2", "3", "4"]
    described = client.files.retrieve(result)
    assert described.purpose == "fine-tune-results"
    assert described.created_at >= (job.finished_at or 0)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_job_can_be_cancelled_until_it_has_ended(steps: int) -> None:
    client = openai_client(scripted())
    made = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client))
    for _ in range(steps):
        client.fine_tuning.jobs.retrieve(made.id)
    assert client.fine_tuning.jobs.cancel(made.id).status == "cancelled"
    job = client.fine_tuning.jobs.retrieve(made.id)
    assert (job.status, job.fine_tuned_model) == ("cancelled", None)
    newest = client.fine_tuning.jobs.list_events(made.id).data[0]
    assert newest.message == "Fine-tuning job cancelled"
    with pytest.raises(openai.BadRequestError, match="already completed"):
        client.fine_tuning.jobs.cancel(made.id)


def test_a_finished_job_cannot_be_cancelled() -> None:
    client = openai_client(scripted())
    job = trained(client)
    with pytest.raises(openai.BadRequestError, match="already completed"):
        client.fine_tuning.jobs.cancel(job.id)
    assert finish(client, job.id).fine_tuned_model == job.fine_tuned_model


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (jsonl(GOOD), "invalid_n_examples", "has 9 example"),
        (b"", "invalid_n_examples", "has 0 example"),
        (b"\n \n", "invalid_n_examples", "has 0 example"),
        (jsonl(GOOD) + b'{"messages": "\xff"}\n', "invalid_training_file", "UTF-8"),
        (jsonl(GOOD) + b"not JSON\n", "invalid_training_file", "Line 10 is not a dictionary"),
        (jsonl(GOOD) + b"[]\n", "invalid_training_file", "Line 10 is not a dictionary"),
        (jsonl(GOOD) + b'\n{"messages": NaN}\n', "invalid_training_file", "Line 11 is not a dictionary"),
        (jsonl([*GOOD, {}]), "invalid_training_file", "Line 10, key"),
        (jsonl([*GOOD, {"messages": []}]), "invalid_training_file", "Line 10, key"),
        (jsonl([*GOOD, {"messages": ["hello"]}]), "invalid_training_file", "Line 10, message 1"),
        (
            jsonl([*GOOD, {"messages": [{"role": "oracle", "content": "x"}]}]),
            "invalid_training_file",
            'Line 10, message 1, key "role"',
        ),
        (jsonl([*GOOD, chat_line("q", "")]), "invalid_training_file", 'Line 10, message 2, key "content"'),
        (
            jsonl([*GOOD, {"messages": [{"role": "user", "content": ["x"]}]}]),
            "invalid_training_file",
            'Line 10, message 1, key "content"',
        ),
        (
            jsonl([*GOOD, {"messages": [{"role": "user", "content": "x"}]}]),
            "invalid_training_file",
            "no message from the assistant",
        ),
        (
            jsonl([*GOOD, {"messages": [{"role": "assistant", "content": "x"}]}]),
            "invalid_training_file",
            "no message from the user",
        ),
    ],
)
def test_a_job_on_a_bad_file_fails_and_names_the_line(content: bytes, code: str, says: str) -> None:
    client = openai_client(scripted())
    made = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client, content))
    job = finish(client, made.id)
    assert (job.status, job.fine_tuned_model, job.trained_tokens) == ("failed", None, None)
    assert job.error is not None
    assert (job.error.code, job.error.param) == (code, "training_file")
    assert says in str(job.error.message)
    newest = client.fine_tuning.jobs.list_events(made.id).data[0]
    assert (newest.level, newest.message) == ("error", job.error.message)


def test_a_bad_validation_file_fails_the_job_by_its_name() -> None:
    client = openai_client(scripted())
    bad = upload(client, b"?")
    made = client.fine_tuning.jobs.create(model=BASE, training_file=upload(client), validation_file=bad)
    error = finish(client, made.id).error
    assert error is not None
    assert (error.code, error.param) == ("invalid_validation_file", "validation_file")


def test_a_file_or_a_model_that_is_deleted_meanwhile_fails_the_job() -> None:
    client = openai_client(scripted())
    file = upload(client)
    made = client.fine_tuning.jobs.create(model=BASE, training_file=file)
    client.files.delete(file)
    error = finish(client, made.id).error
    assert error is not None
    assert error.param == "training_file"

    first = trained(client).fine_tuned_model or ""
    second = client.fine_tuning.jobs.create(model=first, training_file=upload(client))
    client.models.delete(first)
    error = finish(client, second.id).error
    assert error is not None
    assert error.param == "model"


def test_a_fine_tuned_model_can_be_tuned_further() -> None:
    client = openai_client(scripted())
    first = trained(client).fine_tuned_model or ""
    made = client.fine_tuning.jobs.create(model=first, training_file=upload(client), suffix="more")
    second = finish(client, made.id).fine_tuned_model or ""
    assert second != first
    assert second.startswith(f"ft:{BASE}:personal:more:")


def _ask_for(world: World, **asked: object) -> tuple[int, dict[str, Any]]:
    file = upload(openai_client(world))
    with raw_client(world) as client:
        body = {"model": BASE, "training_file": file, **asked}
        answer = client.post(JOBS, json={k: v for k, v in body.items() if v != "absent"})
    return answer.status_code, answer.json().get("error", {})


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [
        ({"model": "gpt-9"}, 404, "model"),
        ({"model": "gpt-4o"}, 400, "model"),
        ({"model": "ft:gpt-4o-mini-2024-07-18:personal::aaaaaaaa"}, 404, "model"),
        ({"model": ["gpt-4o"]}, 400, "model"),
        ({"model": "absent"}, 400, "model"),
        ({"training_file": "absent"}, 400, "training_file"),
        ({"training_file": "file-none"}, 400, "training_file"),
        ({"training_file": {"id": 1}}, 400, "training_file"),
        ({"validation_file": "file-none"}, 400, "validation_file"),
        ({"suffix": "s" * 65}, 400, "suffix"),
        ({"suffix": ""}, 400, "suffix"),
        ({"suffix": 1}, 400, "suffix"),
        ({"seed": "one"}, 400, "seed"),
        ({"seed": True}, 400, "seed"),
        ({"metadata": {str(n): "x" for n in range(17)}}, 400, "metadata"),
        ({"metadata": {"k": 1}}, 400, "metadata.k"),
        ({"metadata": {"k" * 65: "x"}}, 400, "metadata"),
        ({"metadata": {"k": "x" * 513}}, 400, "metadata.k"),
        ({"metadata": ["k"]}, 400, "metadata"),
        ({"seed": -1}, 400, "seed"),
        ({"seed": 2**31}, 400, "seed"),
        ({"method": "supervised"}, 400, "method"),
        ({"hyperparameters": 3}, 400, "hyperparameters"),
        ({"method": {"type": "reinforcement"}}, 400, "method"),
        ({"hyperparameters": {"n_epochs": 0}}, 400, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": 51}}, 400, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": 1.5}}, 400, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": True}}, 400, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": "many"}}, 400, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"batch_size": 257}}, 400, "hyperparameters.batch_size"),
        (
            {"hyperparameters": {"learning_rate_multiplier": 0}},
            400,
            "hyperparameters.learning_rate_multiplier",
        ),
        ({"hyperparameters": {"warmup": 1}}, 400, "hyperparameters.warmup"),
        (
            {"method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": -1}}}},
            400,
            "hyperparameters.n_epochs",
        ),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(asked: dict[str, object], status: int, param: str) -> None:
    world = scripted()
    answered, error = _ask_for(world, **asked)
    assert (answered, error.get("param")) == (status, param)
    assert set(error) == {"message", "type", "param", "code"}
    assert not world.openai.jobs


@pytest.mark.parametrize(
    "asked",
    [
        {"suffix": "s" * 64, "seed": 2**31 - 1, "metadata": {"k" * 64: "x" * 512}},
        {"suffix": "ünï cödé/:%", "metadata": {}},
        {"hyperparameters": {"n_epochs": 50, "batch_size": 256, "learning_rate_multiplier": 0.1}},
        {"hyperparameters": {"n_epochs": "auto", "batch_size": "auto"}},
        {"method": {"type": "supervised"}},
    ],
)
def test_a_job_at_the_edge_of_sense_is_taken_and_trained(asked: dict[str, object]) -> None:
    world = scripted()
    assert _ask_for(world, **asked)[0] == 200
    client = openai_client(world)
    [job] = client.fine_tuning.jobs.list()
    done = finish(client, job.id)
    assert done.status == "succeeded"
    assert client.models.retrieve(done.fine_tuned_model or "").id == done.fine_tuned_model


def test_only_files_for_fine_tuning_are_taken() -> None:
    client = openai_client(scripted())
    other = client.files.create(file=("a", chat_file()), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        client.fine_tuning.jobs.create(model=BASE, training_file=other.id)


def test_method_and_the_older_hyperparameters_say_the_same() -> None:
    client = openai_client(scripted())
    file = upload(client)
    older = client.fine_tuning.jobs.create(model=BASE, training_file=file, hyperparameters={"n_epochs": 4})
    newer = client.fine_tuning.jobs.create(
        model=BASE,
        training_file=file,
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 4}}},
    )
    assert older.id != newer.id
    assert older.hyperparameters.n_epochs == newer.hyperparameters.n_epochs == 4


def test_jobs_are_found_by_their_metadata_newest_first() -> None:
    client = openai_client(scripted())
    file = upload(client)
    made = [
        client.fine_tuning.jobs.create(model=BASE, training_file=file, metadata={"key": key}, seed=seed)
        for key in ("a", "b")
        for seed in (1, 2, 3)
    ]
    found = list(client.fine_tuning.jobs.list(metadata={"key": "a"}, limit=2))
    assert {job.id for job in found} == {job.id for job in made[:3]}
    assert [job.created_at for job in found] == sorted((job.created_at for job in found), reverse=True)
    assert len(list(client.fine_tuning.jobs.list(limit=1))) == 6


def test_a_job_that_is_not_there_is_answered_in_the_words_recorded(shared: Path) -> None:
    lines = (shared / "specs/recorded/openai.jsonl").read_text().splitlines()
    missing = [row for row in map(json.loads, lines) if row["status"] == 404]
    assert missing
    with raw_client(scripted()) as client:
        for row in missing:
            answer = client.request(row["method"], row["uri"])
            assert (answer.status_code, answer.json()) == (404, row["body"])


def test_a_new_job_has_all_that_was_recorded(shared: Path) -> None:
    lines = (shared / "specs/recorded/openai.jsonl").read_text().splitlines()
    recorded = next(row["body"] for row in map(json.loads, lines) if row["method"] == "POST")
    world = scripted()
    with raw_client(world) as client:
        made = client.post(
            JOBS, json={"model": "gpt-4o-2024-08-06", "training_file": upload(openai_client(world))}
        ).json()
    assert {key: type(made.get(key)) for key in recorded} == {k: type(v) for k, v in recorded.items()}
    assert {k: made[k] for k in ("status", "error", "hyperparameters", "result_files")} == {
        k: recorded[k] for k in ("status", "error", "hyperparameters", "result_files")
    }
