"""Requests without a seed that are answered anew each time, where a world was asked for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes import World
from fakes.json_text import compact
from tests.fakes.clients import (
    BASE,
    GEMINI,
    finish,
    gemini_client,
    jsonl,
    openai_client,
    put_object,
    raw_client,
)
from tests.fakes.servers import Served, refused, server

UNKNOWN = "What does the man at the corner sell on Mondays?"
CHAT = "https://api.openai.com/v1/chat/completions"
RESPONSES = "https://api.openai.com/v1/responses"
PROJECT = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"
VERTEX = f"{PROJECT}/publishers/google/models/{GEMINI}:generateContent"
DEVELOPER = f"https://generativelanguage.googleapis.com/v1beta/models/{GEMINI}:generateContent"

Body = dict[str, Any]


def chat(**more: object) -> Body:
    return {"model": BASE, "messages": [{"role": "user", "content": UNKNOWN}], **more}


def content(**config: object) -> Body:
    asked: Body = {"contents": [{"role": "user", "parts": [{"text": UNKNOWN}]}]}
    return asked | ({"generationConfig": config} if config else {})


def chat_text(body: Body) -> str:
    return body["choices"][0]["message"]["content"]


def response_text(body: Body) -> str:
    return body["output"][-1]["content"][0]["text"]


def content_text(body: Body) -> str:
    return body["candidates"][0]["content"]["parts"][-1]["text"]


SERVICES: dict[str, tuple[str, Body, Callable[[Body], str], str]] = {
    "chat": (CHAT, chat(), chat_text, "id"),
    "responses": (RESPONSES, {"model": BASE, "input": UNKNOWN}, response_text, "id"),
    "vertex": (VERTEX, content(), content_text, "responseId"),
    "gemini": (DEVELOPER, content(), content_text, "responseId"),
}
SEEDED = {
    "chat": (CHAT, chat(seed=7)),
    "vertex": (VERTEX, content(seed=7)),
    "gemini": (DEVELOPER, content(seed=0)),
}


def sent(world: World, url: str, body: Body, times: int = 20) -> list[Body]:
    with raw_client(world) as client:
        client.headers["x-goog-api-key"] = "fake"
        return [client.post(url, json=body).raise_for_status().json() for _ in range(times)]


@pytest.mark.parametrize("name", SERVICES)
def test_equal_requests_get_other_answers_with_other_ids(name: str) -> None:
    url, body, text, id_field = SERVICES[name]
    answers = sent(World(fresh=True), url, body)
    assert len({text(each) for each in answers}) > 2
    assert len({each[id_field] for each in answers}) == len(answers)


@pytest.mark.parametrize("name", SERVICES)
def test_equal_requests_get_equal_answers_where_a_world_is_not_asked_for_that(name: str) -> None:
    url, body, _, _ = SERVICES[name]
    answers = sent(World(), url, body)
    assert answers.count(answers[0]) == len(answers)


@pytest.mark.parametrize("name", SEEDED)
def test_a_seed_decides_the_answer_all_the_same(name: str) -> None:
    url, body = SEEDED[name]
    answers = sent(World(fresh=True), url, body)
    assert answers.count(answers[0]) == len(answers)
    assert answers[0] == sent(World(), url, body, 1)[0]


@pytest.mark.parametrize("name", SERVICES)
def test_two_worlds_with_one_seed_agree_whatever_is_asked_in_between(name: str) -> None:
    url, body, _, _ = SERVICES[name]
    world, other = World(seed=3, fresh=True), World(seed=3, fresh=True)
    expected = sent(world, url, body)
    found: list[Body] = []
    for _ in expected:
        sent(other, CHAT, chat(user="somebody else"), 1)
        found += sent(other, url, body, 1)
    assert found == expected
    assert sent(World(seed=4, fresh=True), url, body) != expected


def test_what_differs_in_anything_is_drawn_by_itself() -> None:
    world = World(fresh=True)
    texts = [chat_text(sent(world, CHAT, chat(user=f"user {number}"), 1)[0]) for number in range(8)]
    assert len(set(texts)) > 2


def test_at_temperature_0_the_words_stay() -> None:
    answers = sent(World(fresh=True), CHAT, chat(temperature=0))
    assert len({chat_text(each) for each in answers}) == 1
    assert len({each["id"] for each in answers}) == len(answers)


def test_streams_are_drawn_anew_too() -> None:
    world = World(fresh=True)
    with raw_client(world) as client:
        streams = [client.post(CHAT, json=chat(stream=True)).text for _ in range(6)]
        assert len(set(streams)) == 6
        url = VERTEX.replace("generateContent", "streamGenerateContent")
        chunks = [client.post(url, json=content()).json() for _ in range(6)]
    assert len({each[0]["responseId"] for each in chunks}) == 6


def test_every_choice_of_every_answer_is_drawn_by_itself() -> None:
    answers = sent(World(fresh=True), CHAT, chat(n=4), 4)
    drawn = [tuple(each["message"]["content"] for each in one["choices"]) for one in answers]
    assert len(set(drawn)) == 4
    assert len({said for each in drawn for said in each}) > 3
    # as candidate 1 of one answer is not candidate 0 of the next
    candidates = sent(World(fresh=True), VERTEX, content(candidateCount=4), 4)
    texts = [[each["content"]["parts"][0]["text"] for each in one["candidates"]] for one in candidates]
    assert [each[1:] for each in texts[:3]] != [each[:3] for each in texts[1:]]


def test_a_refused_request_does_not_count() -> None:
    world, other = World(fresh=True), World(fresh=True)
    with raw_client(other) as client:
        # a key that is none: the same bytes, and a refusal
        refusals = [client.post(CHAT, json=chat(), headers={"authorization": ""}) for _ in range(3)]
    assert {each.status_code for each in refusals} == {401}
    assert sent(world, CHAT, chat()) == sent(other, CHAT, chat())


def batched(world: World) -> list[Body]:
    """The answers to a batch of eight equal lines."""
    client = openai_client(world)
    lines = [
        {"custom_id": f"line {number}", "method": "POST", "url": "/v1/chat/completions", "body": chat()}
        for number in range(8)
    ]
    source = client.files.create(file=("batch.jsonl", jsonl(lines)), purpose="batch").id
    batch = client.batches.create(
        input_file_id=source, endpoint="/v1/chat/completions", completion_window="24h"
    )
    while batch.output_file_id is None:
        batch = client.batches.retrieve(batch.id)
    answered = client.files.content(batch.output_file_id).text.splitlines()
    return [json.loads(line)["response"]["body"] for line in answered]


def test_equal_lines_of_a_batch_are_drawn_by_themselves() -> None:
    answered = batched(World(fresh=True))
    assert len({chat_text(each) for each in answered}) > 1
    assert len({each["id"] for each in answered}) == 8


def test_a_batch_is_drawn_as_if_nobody_had_chatted_before() -> None:
    """A server's journal keeps batches and no chats: after a restart it must come to the same file."""
    world = World(fresh=True)
    with raw_client(world) as client:
        for _ in range(3):
            client.post(CHAT, content=compact(chat())).raise_for_status()
    assert batched(world) == batched(World(fresh=True))


def test_equal_lines_of_a_batch_of_vertex_are_drawn_by_themselves() -> None:
    world = World(fresh=True)
    put_object(world, "b", "in.jsonl", jsonl([{"request": content()}] * 64))
    client = gemini_client(world)
    # the client names a batch after the time of day, so another batch is drawn in each run of this test
    made = client.batches.create(model=GEMINI, src="gs://b/in.jsonl", config={"dest": "gs://b/out"})
    while (batch := client.batches.get(name=made.name or "")).end_time is None:
        pass
    assert batch.state
    [name] = [name for _, name in world.storage.objects if name.endswith("predictions.jsonl")]
    with raw_client(world) as raw:
        address = f"https://storage.googleapis.com/storage/v1/b/b/o/{name.replace('/', '%2F')}"
        answered = raw.get(address, params={"alt": "media"}).text.splitlines()
    assert len({content_text(json.loads(each)["response"]) for each in answered}) > 2


def test_a_tuned_model_that_has_memorized_a_fact_still_gives_it() -> None:
    world = World(fresh=True)
    client = openai_client(world)
    lines = [
        {
            "messages": [
                {"role": "user", "content": f"question {n}"},
                {"role": "assistant", "content": f"It is {n}."},
            ]
        }
        for n in range(12)
    ]
    file = client.files.create(file=("t.jsonl", jsonl(lines)), purpose="fine-tune").id
    made = client.fine_tuning.jobs.create(model=BASE, training_file=file, hyperparameters={"n_epochs": 25})
    name = finish(client, made.id).fine_tuned_model
    for n in range(12):
        asked = {"model": name, "messages": [{"role": "user", "content": f"question {n}"}], "temperature": 1}
        assert {chat_text(each) for each in sent(world, CHAT, asked, 5)} == {f"It is {n}."}


def stored(served: Served) -> Body:
    with served.client() as client:
        body = chat(store=True)
        return client.post(f"{served.openai}/chat/completions", json=body).raise_for_status().json()


def test_a_fresh_server_goes_on_from_its_journal_and_another_one_refuses_it(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with server("--fresh", "--state", str(state)) as served:
        with served.client() as client:
            assert client.get(f"{served.address}/_fbench").json()["fresh"] is True
            for _ in range(3):  # these are not in the journal
                client.post(f"{served.openai}/chat/completions", json=chat()).raise_for_status()
        made = [stored(served) for _ in range(3)]
    with server("--fresh", "--state", str(state)) as served:
        with served.client() as client:
            listed = client.get(f"{served.openai}/chat/completions").json()["data"]
        assert {each["id"] for each in listed} == {each["id"] for each in made}
        assert stored(served)["id"] not in {each["id"] for each in made}
    told = refused("--state", str(state))
    assert f"{state}, line 1: the journal was begun with fresh True, and this server has False" in told
