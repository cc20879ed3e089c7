"""Asking in batches: a file of requests, answered in its own time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Batch
from openai.types.chat import ChatCompletion

from fakes import World
from fakes.learners.scripted import ScriptedLearner
from fakes.timeline import ByClock
from tests.fakes.clients import BASE, jsonl, openai_client, raw_client, scripted, trained

CHAT = "/v1/chat/completions"
Endpoint = Literal["/v1/chat/completions", "/v1/responses"]


def _line(name: str, text: str = "hi", **body: object) -> dict[str, Any]:
    asked = {"model": BASE, "messages": [{"role": "user", "content": text}], **body}
    return {"custom_id": name, "method": "POST", "url": CHAT, "body": asked}


def _start(client: openai.OpenAI, lines: object, endpoint: Endpoint = CHAT) -> Batch:
    content = lines if isinstance(lines, bytes) else jsonl(lines)  # pyright: ignore[reportArgumentType] - any lines
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h")


def _finish(client: openai.OpenAI, batch: Batch) -> Batch:
    while batch.status not in ("completed", "failed", "cancelled"):
        batch = client.batches.retrieve(batch.id)
    return batch


def _lines(client: openai.OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    content = client.files.content(file_id or "").content
    return [json.loads(line) for line in content.splitlines()]  # of bytes: a text may hold other line ends


def test_a_batch_moves_on_each_time_it_is_looked_at() -> None:
    client = openai_client(scripted())
    batch = _start(client, [_line("a")])
    seen = [batch] + [client.batches.retrieve(batch.id) for _ in range(4)]
    assert [each.status for each in seen] == [
        "validating",
        "in_progress",
        "finalizing",
        "completed",
        "completed",
    ]
    last = seen[-1]
    assert last.in_progress_at is not None
    assert last.finalizing_at is not None
    assert last.completed_at is not None
    assert last.created_at < last.in_progress_at < last.finalizing_at < last.completed_at
    assert last.failed_at is last.cancelled_at is last.errors is last.error_file_id is None


@given(texts=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8))
def test_each_request_is_answered_as_it_would_be_alone(texts: list[str]) -> None:
    client = openai_client(scripted())
    lines = [_line(f"q{number}", text) for number, text in enumerate(texts)]
    batch = _finish(client, _start(client, lines))
    completions: Any = client.chat.completions
    ask: Callable[..., ChatCompletion] = completions.create
    answers = {row["custom_id"]: row["response"]["body"] for row in _lines(client, batch.output_file_id)}
    assert list(answers) == [line["custom_id"] for line in lines]
    usage = 0
    for line in lines:
        alone = ask(**line["body"])
        body = answers[line["custom_id"]]
        assert body["choices"][0]["message"]["content"] == alone.choices[0].message.content
        usage += body["usage"]["total_tokens"]
    assert batch.request_counts is not None
    assert (batch.request_counts.total, batch.request_counts.completed) == (len(texts), len(texts))
    assert batch.usage is not None
    assert batch.usage.total_tokens == usage


def test_a_request_that_fails_goes_to_the_error_file() -> None:
    client = openai_client(scripted())
    batch = _finish(client, _start(client, [_line("good"), _line("bad", temperature=9)]))
    assert batch.request_counts is not None
    assert batch.request_counts.to_dict() == {"total": 2, "completed": 1, "failed": 1}
    [good], [bad] = _lines(client, batch.output_file_id), _lines(client, batch.error_file_id)
    assert (good["custom_id"], good["response"]["status_code"]) == ("good", 200)
    assert (bad["custom_id"], bad["response"]["status_code"]) == ("bad", 400)
    assert bad["response"]["body"]["error"]["param"] == "temperature"
    assert {file.purpose for file in client.files.list()} == {"batch", "batch_output"}


def test_a_batch_to_a_model_that_is_gone_completes_with_errors_alone() -> None:
    client = openai_client(scripted())
    batch = _finish(client, _start(client, [_line("a", model="gpt-3.5-turbo")]))
    assert (batch.status, batch.output_file_id) == ("completed", None)
    assert _lines(client, batch.error_file_id)[0]["response"]["status_code"] == 404


def test_responses_are_asked_in_batches_too_and_by_tuned_models() -> None:
    client = openai_client(scripted())
    name = trained(client).fine_tuned_model
    line = {
        "custom_id": "a",
        "method": "POST",
        "url": "/v1/responses",
        "body": {"model": name, "input": "hi"},
    }
    batch = _finish(client, _start(client, [line], "/v1/responses"))
    [row] = _lines(client, batch.output_file_id)
    assert row["response"]["body"]["output"][0]["content"][0]["text"] == "HI"
    assert batch.usage is not None
    assert batch.usage.output_tokens == row["response"]["body"]["usage"]["output_tokens"] > 0


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("no JSON", "invalid_json_line"),
        ([], "invalid_json_line"),
        ({"method": "POST"}, "missing_required_parameter"),
        (_line("a"), "duplicate_custom_id"),
        (_line("b", model="gpt-4o-2024-08-06"), "mismatched_model"),
        (_line("b", model=None), "missing_required_parameter"),
        (_line("b", stream=True), "invalid_request"),
        ({**_line("b"), "url": "/v1/responses"}, "invalid_url"),
        ({**_line("b"), "method": "GET"}, "invalid_method"),
        ({**_line("b"), "body": []}, "missing_required_parameter"),
    ],
)
def test_a_bad_line_fails_the_batch_and_is_named(bad: object, code: str) -> None:
    client = openai_client(scripted())
    line = bad.encode() + b"\n" if isinstance(bad, str) else jsonl([bad])
    batch = _finish(client, _start(client, jsonl([_line("a")]) + b"\n" + line))
    assert (batch.status, batch.output_file_id) == ("failed", None)
    assert batch.failed_at is not None
    assert batch.errors is not None
    [error] = batch.errors.data or []
    assert (error.code, error.line) == (code, 3)


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_fails_the_batch(content: bytes) -> None:
    client = openai_client(scripted())
    batch = _finish(client, _start(client, content))
    assert batch.errors is not None
    assert [error.code for error in batch.errors.data or []] == ["empty_file"]


def test_a_file_that_is_deleted_before_it_is_read_fails_the_batch() -> None:
    client = openai_client(scripted())
    batch = _start(client, [_line("a")])
    client.files.delete(batch.input_file_id)
    assert _finish(client, batch).status == "failed"


@pytest.mark.parametrize("looks", [0, 1])
def test_a_batch_can_be_cancelled_until_it_is_finalized(looks: int) -> None:
    client = openai_client(scripted())
    batch = _start(client, [_line("a")])
    for _ in range(looks):
        client.batches.retrieve(batch.id)
    assert client.batches.cancel(batch.id).status == "cancelling"
    done = _finish(client, client.batches.retrieve(batch.id))
    assert (done.status, done.output_file_id) == ("cancelled", None)
    assert done.cancelling_at is not None
    assert done.cancelled_at is not None
    assert done.created_at < done.cancelling_at < done.cancelled_at
    with pytest.raises(openai.ConflictError, match="'cancelled'"):
        client.batches.cancel(batch.id)


def test_a_completed_batch_cannot_be_cancelled() -> None:
    client = openai_client(scripted())
    batch = _finish(client, _start(client, [_line("a")]))
    with pytest.raises(openai.ConflictError, match="'completed'"):
        client.batches.cancel(batch.id)
    assert client.batches.retrieve(batch.id).status == "completed"


def test_by_the_clock_a_batch_takes_its_time_and_a_list_shows_it() -> None:
    now = [0.0]
    client = openai_client(World(learner=ScriptedLearner(str.upper), pace=ByClock(1, lambda: now[0])))
    _start(client, [_line("a")])
    seen: list[str] = []
    for seconds in (0, 59, 60, 660, 720):
        now[0] = seconds
        seen.append(client.batches.list().data[0].status)
    assert seen == ["validating", "validating", "in_progress", "finalizing", "completed"]


def test_batches_are_listed_by_page_newest_first() -> None:
    client = openai_client(scripted())
    made = {_start(client, [_line(str(number))]).id for number in range(5)}
    found = list(client.batches.list(limit=2))
    assert len(found) == 5
    assert {batch.id for batch in found} == made
    assert [batch.created_at for batch in found] == sorted((b.created_at for b in found), reverse=True)


def test_two_worlds_of_a_seed_write_the_same_files() -> None:
    def output() -> bytes:
        client = openai_client(scripted())
        batch = _finish(client, _start(client, [_line("a"), _line("b", "x")]))
        return client.files.content(batch.output_file_id or "").content

    assert output() == output()


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input_file_id": "file-none"}, "input_file_id"),
        ({"input_file_id": None}, "input_file_id"),
        ({"endpoint": "/v1/embeddings"}, "endpoint"),
        ({"endpoint": {}}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
        ({"metadata": {"k": 1}}, "metadata.k"),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(change: dict[str, object], param: str) -> None:
    world = scripted()
    file = openai_client(world).files.create(file=("in", jsonl([_line("a")])), purpose="batch")
    with raw_client(world) as client:
        asked = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h", **change}
        answer = client.post("https://api.openai.com/v1/batches", json=asked)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert not world.openai.batches


def test_only_files_for_batches_are_taken_and_only_batches_found_that_there_are() -> None:
    client = openai_client(scripted())
    file = client.files.create(file=("in", b"{}"), purpose="fine-tune")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
    for gone in (client.batches.retrieve, client.batches.cancel):
        with pytest.raises(openai.NotFoundError):
            gone("batch_none")
