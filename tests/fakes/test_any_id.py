"""An account that makes on demand what a call names, so that generated tests find what nobody created."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import openai
import pytest
from openai import OpenAI

from fakes import FakeTransport, World
from fakes.learners.scripted import ScriptedLearner
from tests.fakes.clients import BASE, KEY, finish, openai_client, raw_client, scripted, upload

Do = Callable[[OpenAI, str], object]
CHECKPOINT = "ft:gpt-4o-mini-2024-07-18:org:weather:B7R9VjQd"


def any_world(seed: int = 0) -> World:
    return World(seed=seed, learner=ScriptedLearner(str.upper), any_id=True)


@pytest.fixture
def client() -> OpenAI:
    return openai_client(any_world())


CALLS: dict[str, Do] = {
    "a file": lambda client, id_: client.files.retrieve(id_),
    "its content": lambda client, id_: client.files.content(id_).content,
    "its end": lambda client, id_: client.files.delete(id_),
    "a job": lambda client, id_: client.fine_tuning.jobs.retrieve(id_),
    "its events": lambda client, id_: client.fine_tuning.jobs.list_events(id_),
    "its checkpoints": lambda client, id_: client.fine_tuning.jobs.checkpoints.list(id_),
    "its cancelling": lambda client, id_: client.fine_tuning.jobs.cancel(id_),
    "its pause": lambda client, id_: client.fine_tuning.jobs.pause(id_),
    "its resuming": lambda client, id_: client.fine_tuning.jobs.resume(id_),
    "a model": lambda client, id_: client.models.retrieve(id_),
    "the model's end": lambda client, id_: client.models.delete(id_),
    "a batch": lambda client, id_: client.batches.retrieve(id_),
    "the batch's cancelling": lambda client, id_: client.batches.cancel(id_),
    "the upload's part": lambda client, id_: client.uploads.parts.create(id_, data=b"part"),
    "the upload's completion": lambda client, id_: client.uploads.complete(id_, part_ids=["p", "q"]),
    "the upload's cancelling": lambda client, id_: client.uploads.cancel(id_),
    "permissions": lambda client, id_: client.fine_tuning.checkpoints.permissions.list(id_),
    "a permission's end": lambda client, id_: client.fine_tuning.checkpoints.permissions.delete(
        "cp_1", fine_tuned_model_checkpoint=id_
    ),
}


@pytest.mark.parametrize("do", CALLS.values(), ids=CALLS)
def test_every_call_on_an_id_that_nobody_created_is_answered_again_and_again(client: OpenAI, do: Do) -> None:
    for _ in range(3):
        assert do(client, "made-up")


@pytest.mark.parametrize("do", CALLS.values(), ids=CALLS)
def test_without_being_asked_for_nothing_is_made_up(do: Do) -> None:
    with openai_client(scripted()) as client, pytest.raises(openai.NotFoundError):
        do(client, "made-up")


@pytest.mark.parametrize("do", CALLS.values(), ids=CALLS)
def test_what_is_made_up_depends_on_seed_and_id_alone(do: Do) -> None:
    def answered(world: World, *before: str) -> bytes:
        said: list[bytes] = []

        def keep(response: httpx2.Response) -> None:
            said.append(response.read())

        http = httpx2.Client(transport=FakeTransport(world), event_hooks={"response": [keep]})
        with OpenAI(api_key="k", http_client=http, max_retries=0) as client:
            for each in (*before, "made-up"):
                do(client, each)
        return said[-1]

    assert answered(any_world()) == answered(any_world(), "another")


def test_no_list_is_empty(client: OpenAI) -> None:
    assert client.files.list().data
    assert client.fine_tuning.jobs.list().data
    assert client.batches.list().data
    assert client.models.list().data
    assert client.fine_tuning.jobs.list_events("made-up").data
    assert client.fine_tuning.jobs.checkpoints.list("made-up").data
    assert client.fine_tuning.checkpoints.permissions.list(CHECKPOINT).data


def test_a_job_that_was_made_up_has_succeeded_until_it_is_cancelled(client: OpenAI) -> None:
    jobs = client.fine_tuning.jobs
    assert jobs.retrieve("ftjob-1").status == "succeeded"
    assert jobs.cancel("ftjob-1").status == "cancelled"
    assert jobs.retrieve("ftjob-1").status == "cancelled"
    assert [job.id for job in jobs.list()] == ["ftjob-1"]


def test_what_a_client_created_still_refuses_what_is_illegal(client: OpenAI) -> None:
    jobs = client.fine_tuning.jobs
    job = finish(client, jobs.create(model=BASE, training_file=upload(client)).id)
    for act in (jobs.cancel, jobs.pause, jobs.resume):
        with pytest.raises(openai.BadRequestError):
            act(job.id)


def test_a_job_on_a_file_that_was_made_up_trains(client: OpenAI) -> None:
    job = client.fine_tuning.jobs.create(model="gpt-4o-mini", training_file="file-abc123")
    model = finish(client, job.id).fine_tuned_model
    assert model
    assert said(client, model) == "HELLO"


def test_a_batch_of_a_file_that_was_made_up_is_answered(client: OpenAI) -> None:
    batch = client.batches.create(
        input_file_id="file-abc123", endpoint="/v1/responses", completion_window="24h"
    )
    while batch.status != "completed":
        batch = client.batches.retrieve(batch.id)
    assert batch.request_counts is not None
    assert (batch.request_counts.completed, batch.request_counts.failed) == (1, 0)


def test_a_model_that_was_made_up_answers(client: OpenAI) -> None:
    assert said(client, CHECKPOINT) == "HELLO"
    assert client.models.retrieve(CHECKPOINT).id == CHECKPOINT


def said(client: OpenAI, model: str) -> str | None:
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}])
    return answer.choices[0].message.content


def test_an_upload_that_was_made_up_is_put_together_of_the_parts_it_names(client: OpenAI) -> None:
    part = client.uploads.parts.create("upload_1", data=b"real")
    done = client.uploads.complete("upload_1", part_ids=[part.id, "never sent"], md5="md5")
    assert done.file is not None
    assert client.files.content(done.file.id).content.startswith(b"real")
    assert done.bytes == done.file.bytes


def test_a_checksum_that_could_be_one_is_held_to_even_here(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="MD5"):
        client.uploads.complete("upload_1", part_ids=["p"], md5="0" * 32)


def test_an_upload_of_no_size_is_taken_here_alone(client: OpenAI) -> None:
    for account, taken in ((client, True), (openai_client(scripted()), False)):
        raw = account.uploads.with_raw_response
        try:
            raw.create(bytes=0, filename="f", mime_type="text/plain", purpose="batch")
        except openai.BadRequestError:
            assert not taken
        else:
            assert taken


def test_placeholders_of_a_page_are_passed_over(client: OpenAI) -> None:
    file = client.files.create(file=("x.jsonl", b"{}"), purpose="batch")
    client.files.retrieve("file-1")
    listed = [each.id for each in client.files.list(order="asc")]
    assert sorted(listed) == sorted([file.id, "file-1"])
    assert [each.id for each in client.files.list(after=listed[0], order="asc")] == listed[1:]
    assert client.fine_tuning.jobs.list(after="after", limit=0).data


def test_a_request_that_is_wrong_in_itself_is_still_refused(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        client.fine_tuning.jobs.create(model=BASE, training_file="file-1", hyperparameters={"n_epochs": 99})
    with raw_client(any_world()) as raw:
        assert raw.post("https://api.openai.com/v1/fine_tuning/jobs", content=b"{").status_code == 400


def test_nothing_is_made_up_for_who_has_no_key() -> None:
    world = any_world()
    with httpx2.Client(transport=FakeTransport(world)) as client:
        assert client.get("https://api.openai.com/v1/files/made-up").status_code == 401
        assert not world.openai.files
        assert client.get("https://api.openai.com/v1/files/made-up", headers=KEY).status_code == 200
